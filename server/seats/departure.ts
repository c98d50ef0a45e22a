import { randomUUID } from 'node:crypto';
import type { Ticket } from '../contract/seats.ts';
import { config } from '../platform/config.ts';
import { commitBehind, transaction } from '../platform/database.ts';
import { publishEach } from '../websocket/publish.ts';
import { refundTicket } from './paymentStore.ts';
import { type Locked, lockRoute, touchRoute } from './routeStore.ts';
import { insertTickets } from './saleStore.ts';
import {
  emitSeatFreed,
  emitSeatUpdate,
  routeNotice,
  type seatUpdate,
  ticketNotice,
  waitingNotice,
} from './seatEvents.ts';
import { changeTicket, type Held, heldSeats, liveTickets } from './ticketStore.ts';
import { endWaiting, nextWaiting, offerWaiting } from './waitingStore.ts';

/**
 * Working at one departure: it is locked, holds that have ended are ended first, and in the end everybody concerned is
 * told once. What the rules see is therefore always true now, whichever node looks and whatever its clock says.
 */

type SeatStep = ReturnType<typeof seatUpdate>;

export type Departure = Locked & {
  /** Tells of a seat's step in the end, together with everything else that is still to be told. */
  publish: (update: SeatStep) => void;
  /** Notes that this ticket changed, for its owner; the last state of each is told. */
  tell: (ticket: Ticket) => void;
  /** Says how many seats are taken, where a sale has just counted them and nothing else happens. */
  counted: (takenSeats: number) => void;
  tellWaiting: (entry: Parameters<typeof waitingNotice>[0]) => void;
};

const open = async (routeId: string) => {
  const route = await lockRoute(routeId);
  const updates: SeatStep[] = [];
  const tickets = new Map<string, Ticket>();
  const waiting = new Map<string, Parameters<typeof waitingNotice>[0]>();
  let taken: number | null = null;
  const departure: Departure = {
    ...route,
    counted: (seats) => {
      taken = seats;
    },
    publish: (update) => {
      updates.push(update);
    },
    tell: (ticket) => tickets.set(ticket.id, ticket),
    tellWaiting: (entry) => waiting.set(entry.id, entry),
  };
  const close = async (last: boolean) => {
    if (tickets.size + waiting.size === 0) return;
    const total = route.seatNumbers.length;
    const seats = taken === null || route.overdue ? await touchRoute(routeId) : { available: total - taken, total };
    const { companyId, status, departsAt } = departure;
    const telling = publishEach([
      ...updates,
      ...[...tickets.values()].map(ticketNotice),
      ...[...waiting.values()].map(waitingNotice),
      routeNotice({ id: routeId, companyId, status, departsAt: departsAt.toISOString(), ...seats }),
    ]);
    if (last) commitBehind();
    await telling;
  };
  return { departure, close };
};

/** Offers a free seat to whoever waits longest, for SEAT_OFFER_SECONDS. */
export const offerSeat = async (departure: Departure, seatNumber: string): Promise<void> => {
  if (departure.status === 'cancelled') return;
  const next = await nextWaiting(departure.id);
  if (!next) return;
  const { held: got } = await insertTickets(departure.id, [
    {
      userId: next.userId,
      by: null,
      seconds: config.SEAT_OFFER_SECONDS,
      offer: 'waiting_list',
      seats: [{ id: randomUUID(), seatNumber, passengerName: next.passengerName }],
    },
  ]);
  const [held] = got;
  if (!held) return;
  departure.tellWaiting(await offerWaiting(next.id, held.ticket.id));
  await emitSeatUpdate('SEAT_RESERVED', held.ticket);
  departure.tell(held.ticket);
};

/** Offers every free seat while somebody waits. */
export const offerFreeSeats = async (departure: Departure): Promise<void> => {
  const held = new Set(await heldSeats(departure.id, departure.seatNumbers));
  for (const seatNumber of departure.seatNumbers) if (!held.has(seatNumber)) await offerSeat(departure, seatNumber);
};

type End = { kind: 'cancelled' | 'expired' | 'offer_declined'; by: string | null; reason: string | null };

/** Ends a live ticket: its money goes back, its seat is free, and the next who waits is offered it. */
export const endTicket = async (departure: Departure, held: Held, { kind, by, reason }: End): Promise<Ticket> => {
  const { id, seatNumber, paid, offer } = held.ticket;
  if (paid) await refundTicket(id, reason ?? 'The ticket was cancelled', by);
  const { ticket } = await changeTicket(
    id,
    {
      status: 'cancelled',
      holdSeconds: null,
      suspendedFrom: null,
      offer: null,
      reason,
      // Who had paid already has been settled by the refund; nothing more can come late.
      expired: kind === 'expired' && !paid && offer?.kind !== 'late_payment',
    },
    { kind, by, note: reason },
  );
  const waited = await endWaiting(id, 'gone');
  if (waited) departure.tellWaiting(waited);
  await emitSeatFreed(ticket, seatNumber, reason);
  departure.tell(ticket);
  await offerSeat(departure, seatNumber);
  return ticket;
};

const EXPIRED = 'The hold ended without payment';

const endOverdue = async (departure: Departure): Promise<number> => {
  const overdue = await liveTickets(departure.id, { overdue: true });
  for (const held of overdue) await endTicket(departure, held, { kind: 'expired', by: null, reason: EXPIRED });
  return overdue.length;
};

/**
 * Runs `work` in one transaction with the departure locked and true. Throws NOT_FOUND. `last` says that whoever opened
 * the transaction does nothing in it afterwards.
 */
export const atDeparture = <Result>(
  routeId: string,
  work: (departure: Departure) => Promise<Result>,
  last = false,
): Promise<Result> =>
  transaction(async () => {
    const { departure, close } = await open(routeId);
    if (departure.overdue) await endOverdue(departure);
    const result = await work(departure);
    await close(last);
    return result;
  });
