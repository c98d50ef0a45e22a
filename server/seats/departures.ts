import type { User } from '../contract/auth.ts';
import type { CreateRoute, Route, WaitingEntry } from '../contract/seats.ts';
import { transaction } from '../platform/database.ts';
import { conflict, notFound } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { publishNotice } from '../websocket/publish.ts';
import { companyFor, isStaffOf, requireStaff, requireStaffOf } from './access.ts';
import { atDeparture, endTicket, offerFreeSeats } from './departure.ts';
import { getRoute, insertRoute, setRouteCancelled } from './routeStore.ts';
import { emitRouteCreated, routeNotice } from './seatEvents.ts';
import { liveTickets } from './ticketStore.ts';
import { dismissWaiting, findWaiting, insertWaiting, leaveWaiting } from './waitingStore.ts';

/** Departures as a whole, and who waits for a seat on them. */

export const createRoute = (user: User, body: CreateRoute): Promise<Route> =>
  transaction(async () => {
    requireStaff(user);
    const { seatCount, seatNumbers, companyId, ...rest } = body;
    const numbers = seatNumbers ?? Array.from({ length: seatCount! }, (_, n) => String(n + 1));
    const route = await insertRoute(companyFor(user, companyId), { ...rest, seatNumbers: numbers });
    await emitRouteCreated(route);
    return route;
  });

/** Cancels a departure with all its tickets, money and waiting list: all of it or nothing, one notice to each passenger. */
export const cancelRoute = async (
  user: User,
  id: string,
  reason: string,
  expected: number | undefined,
): Promise<Route> => {
  requireStaffOf(user, (await getRoute(id)).companyId);
  return atDeparture(id, async (departure) => {
    requireVersion(expected, (await getRoute(id)).version);
    if (departure.status === 'cancelled') throw conflict('This departure is cancelled already');
    await setRouteCancelled(id);
    // Nobody is offered what will not leave.
    departure.status = 'cancelled';
    const tickets = await liveTickets(id);
    for (const held of tickets) await endTicket(departure, held, { kind: 'cancelled', by: user.username, reason });
    for (const entry of await dismissWaiting(id)) departure.tellWaiting(entry);
    const route = await getRoute(id);
    if (tickets.length === 0) await publishNotice(routeNotice(route));
    return route;
  });
};

export const joinWaiting = async (user: User, routeId: string, passengerName: string): Promise<WaitingEntry> =>
  atDeparture(routeId, async (departure) => {
    if (departure.status === 'cancelled') throw conflict('This departure was cancelled');
    if (departure.hasLeft) throw conflict('This bus has left');
    const id = await insertWaiting(routeId, user.id, passengerName);
    if (id === undefined) throw conflict('You are on the waiting list already');
    await offerFreeSeats(departure);
    return (await findWaiting(id))!;
  });

export const quitWaiting = async (user: User, routeId: string, id: string): Promise<WaitingEntry> =>
  atDeparture(routeId, async (departure) => {
    const entry = await findWaiting(id);
    const readable = entry?.routeId === routeId && (entry.userId === user.id || isStaffOf(user, departure.companyId));
    if (!entry || !readable) throw notFound('Waiting list entry');
    if (entry.status === 'offered') throw conflict('A seat is held for you; decline it instead');
    await leaveWaiting(id);
    const left = (await findWaiting(id))!;
    departure.tellWaiting(left);
    return left;
  });
