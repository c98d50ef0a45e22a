import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { User } from '../../../server/contract/auth.ts';
import type { Route, SeatEventType, Ticket } from '../../../server/contract/seats.ts';
import { isStaffOf } from './access.ts';
import { departureKey, readRouteTickets, routeTicketsKey, TICKETS_KEY } from './calls.ts';
import type { RouteState } from './map.ts';

/** What concerns the user's own tickets, or any to staff, is read again this long after the first event. */
const SOON_MS = 250;
/** The rest may only be what came by the waiting list or another window; a crowd of watchers must not read at once. */
const LATER_MS = 2_500;

/**
 * The tickets of one departure that the user may see, read again whenever the departure has moved on. What an event
 * already said of one of them counts at once.
 */
export const useRouteTickets = (
  { id: routeId, companyId, seatNumbers }: Route,
  user: User,
  state: RouteState | undefined,
) => {
  const client = useQueryClient();
  const { data, refetch } = useQuery({
    queryKey: routeTicketsKey(routeId),
    queryFn: ({ signal }) => readRouteTickets(routeId, signal),
    refetchOnMount: 'always',
  });
  const timer = useRef<{ at: number; id: ReturnType<typeof setTimeout> }>(undefined);
  useEffect(() => () => clearTimeout(timer.current?.id), []);
  const staff = isStaffOf(user, companyId);
  const ids = useRef(new Set<string>());
  ids.current = new Set(data?.filter(({ userId }) => userId === user.id).map(({ id }) => id));
  const latest = state?.recent[0];
  useEffect(() => {
    if (!latest) return;
    const soon = staff || (latest.ticketId !== null && ids.current.has(latest.ticketId));
    const wait = soon ? SOON_MS : LATER_MS * (1 + Math.random());
    const at = performance.now() + wait;
    if (timer.current && timer.current.at <= at) return;
    clearTimeout(timer.current?.id);
    const id = setTimeout(() => {
      timer.current = undefined;
      void refetch({ cancelRefetch: false });
      void client.invalidateQueries({ queryKey: departureKey(routeId) });
    }, wait);
    timer.current = { at, id };
  }, [latest, staff, refetch, client, routeId]);

  const tickets = useMemo(() => told(data ?? [], state), [data, state]);
  const own = useMemo(() => {
    const places = new Map(seatNumbers.map((seatNumber, place) => [seatNumber, place]));
    const placeOf = ({ seatNumber }: Ticket) => places.get(seatNumber) ?? 0;
    // As they stand in the bus, however they were read.
    return tickets.filter(({ userId }) => userId === user.id).sort((a, b) => placeOf(a) - placeOf(b));
  }, [tickets, user.id, seatNumbers]);
  const bySeat = useMemo(
    () => new Map(tickets.filter(({ status }) => status !== 'cancelled').map((ticket) => [ticket.seatNumber, ticket])),
    [tickets],
  );
  const reread = useCallback(() => void client.invalidateQueries({ queryKey: TICKETS_KEY }), [client]);
  return { known: data !== undefined, tickets, own, bySeat, staff, reread };
};

/** What events said after the tickets were read: a hold that ended must not wait for an answer to be shown. */
const told = (tickets: Ticket[], state: RouteState | undefined): Ticket[] => {
  if (!state || state.recent.length === 0) return tickets;
  const latest = new Map<string, SeatEventType>();
  for (const { eventType, ticketId } of state.recent)
    if (ticketId !== null && !latest.has(ticketId)) latest.set(ticketId, eventType);
  return tickets.map((ticket) => {
    if (ticket.status !== 'reserved') return ticket;
    const event = latest.get(ticket.id);
    if (event === 'SEAT_CANCELLED') return { ...ticket, status: 'cancelled' };
    return event === 'SEAT_CONFIRMED' ? { ...ticket, status: 'confirmed' } : ticket;
  });
};
