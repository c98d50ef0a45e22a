import type { Route, SeatEventType, SeatStatus, Ticket, WaitingEntry } from '../contract/seats.ts';
import { publish, publishNotice, publishNotices } from '../websocket/publish.ts';
import { userRoom } from '../websocket/rooms.ts';
import { NAMESPACE, routeRoom, routeStream, seatsAudience } from './access.ts';

/**
 * What happens to seats, as their watchers hear it. Called in the transaction of the change; the events go out when it
 * commits. None of them ever holds a passenger's name.
 */

const SEAT_STATUS: Record<SeatEventType, SeatStatus> = {
  SEAT_RESERVED: 'reserved',
  SEAT_CONFIRMED: 'confirmed',
  SEAT_SUSPENDED: 'suspended',
  SEAT_CANCELLED: 'available',
  SEAT_AVAILABLE: 'available',
};

/** A reason that names the passenger stays in the ticket's history, where strangers do not read. */
const tellable = (reason: string | null, passengerName: string): string | undefined => {
  if (!reason) return undefined;
  const said = reason.toLowerCase();
  const named = passengerName
    .toLowerCase()
    .split(/\s+/)
    .some((word) => word.length > 1 && said.includes(word));
  return named ? undefined : reason;
};

type Said = { seatNumber?: string; reason?: string | null };

/** One step of one seat. */
export const seatUpdate = (
  eventType: SeatEventType,
  ticket: Ticket,
  { seatNumber = ticket.seatNumber, reason = null }: Said = {},
) => {
  const told = tellable(reason, ticket.passengerName);
  return {
    stream: routeStream(ticket.routeId),
    namespace: NAMESPACE,
    rooms: [routeRoom(ticket.routeId)],
    type: 'seat_update',
    payload: {
      eventType,
      routeId: ticket.routeId,
      seatNumber,
      ticketId: eventType === 'SEAT_AVAILABLE' ? null : ticket.id,
      status: SEAT_STATUS[eventType],
      metadata: {
        ...(told !== undefined && { reason: told }),
        ...(eventType === 'SEAT_RESERVED' && ticket.expiresAt !== null && { expiresAt: ticket.expiresAt }),
      },
    },
  };
};

/** Tells of one step of one seat. Answers the departure's new version. */
export const emitSeatUpdate = (...step: Parameters<typeof seatUpdate>): Promise<number> => publish(seatUpdate(...step));

/** A seat is given back: by cancelling, by the end of a hold, or for another seat. */
export const emitSeatFreed = async (ticket: Ticket, seatNumber: string, reason: string | null): Promise<void> => {
  await emitSeatUpdate('SEAT_CANCELLED', ticket, { seatNumber, reason });
  await emitSeatUpdate('SEAT_AVAILABLE', ticket, { seatNumber });
};

type Notice = Parameters<typeof publishNotices>[0][number];

export const ticketNotice = (ticket: Ticket): Notice => ({
  namespace: NAMESPACE,
  rooms: [userRoom(ticket.userId)],
  type: 'ticket:updated',
  payload: {
    ticketId: ticket.id,
    routeId: ticket.routeId,
    seatNumber: ticket.seatNumber,
    status: ticket.status,
    expiresAt: ticket.expiresAt,
    reason: ticket.reason && (tellable(ticket.reason, ticket.passengerName) ?? null),
  },
});

export const waitingNotice = (
  entry: Pick<WaitingEntry, 'id' | 'routeId' | 'userId' | 'status' | 'ticketId'>,
): Notice => ({
  namespace: NAMESPACE,
  rooms: [userRoom(entry.userId)],
  type: 'waiting:updated',
  payload: { waitingId: entry.id, routeId: entry.routeId, status: entry.status, ticketId: entry.ticketId },
});

type Board = Pick<Route, 'id' | 'companyId' | 'available' | 'total' | 'status' | 'departsAt'>;
export const routeNotice = ({ id, companyId, available, total, status, departsAt }: Board): Notice => ({
  namespace: NAMESPACE,
  rooms: seatsAudience(companyId),
  type: 'route:updated',
  payload: { routeId: id, available, total, status, departsAt },
});

const created = (route: Route): Notice => ({
  namespace: NAMESPACE,
  rooms: seatsAudience(route.companyId),
  type: 'route:created',
  payload: { routeId: route.id, route },
});
export const emitRouteCreated = (route: Route): Promise<void> => publishNotice(created(route));
/** The same for many at once, as an import adds them. */
export const emitRoutesCreated = (routes: Route[]): Promise<void> => publishNotices(routes.map(created));
export const emitRoutesUpdated = (routes: Route[]): Promise<void> => publishNotices(routes.map(routeNotice));
