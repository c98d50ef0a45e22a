import { randomUUID } from 'node:crypto';
import type { User } from '../contract/auth.ts';
import type { CreateTicket, Ticket } from '../contract/seats.ts';
import { config } from '../platform/config.ts';
import { commitBehind } from '../platform/database.ts';
import { AppError, conflict, forbidden, unprocessable } from '../platform/errors.ts';
import { grouped, type Outcome } from '../platform/grouped.ts';
import { publishEach } from '../websocket/publish.ts';
import { isStaffOf } from './access.ts';
import { atDeparture, type Departure } from './departure.ts';
import { insertTickets, type Order, sellPlainly } from './saleStore.ts';
import { routeNotice, seatUpdate, ticketNotice } from './seatEvents.ts';
import { heldSeats } from './ticketStore.ts';

/**
 * Selling seats. Those who ask at one departure while it is busy are sold to together: one lock, one insert and one
 * flush to disk for all of them, in the order in which they came.
 */

type Sale = { user: User; forUserId: string | undefined; order: Order };

const numbersOf = ({ order }: Sale) => order.seats.map(({ seatNumber }) => seatNumber);

export const taken = (seatNumbers: string[]) =>
  conflict(
    seatNumbers.length === 1
      ? `Seat ${seatNumbers[0]} is already taken`
      : `Seats ${seatNumbers.join(', ')} are already taken`,
  );

export const requireOnSale = (departure: Departure, user: User, seatNumbers: string[]): void => {
  if (departure.status === 'cancelled') throw conflict('This departure was cancelled');
  // Whoever stands at the bus may still sell while it waits; nobody else can know.
  if (departure.hasLeft && !isStaffOf(user, departure.companyId)) throw conflict('This bus has left');
  const unknown = seatNumbers.find((number) => !departure.seatNumbers.includes(number));
  if (unknown !== undefined) throw unprocessable(`seatNumber: this bus has no seat ${unknown}`);
};

const requireMayBuy = (departure: Departure, sale: Sale): void => {
  requireOnSale(departure, sale.user, numbersOf(sale));
  const { user, forUserId } = sale;
  if (forUserId !== undefined && forUserId !== user.id && !isStaffOf(user, departure.companyId))
    throw forbidden('Only staff of the bus company may reserve for somebody else');
};

type Outcomes = Map<Sale, Outcome<Ticket[]>>;

/** Refuses those who want one of these seats. Answers the others. */
const refuse = (sales: Sale[], held: Set<string>, outcomes: Outcomes): Sale[] =>
  sales.filter((sale) => {
    const gone = numbersOf(sale).filter((number) => held.has(number));
    if (gone.length > 0) outcomes.set(sale, taken(gone));
    return gone.length === 0;
  });

/** Refuses those whose seats somebody has, by one look that waits for nobody. Answers the others. */
const refuseTaken = async (routeId: string, sales: Sale[], outcomes: Outcomes): Promise<Sale[]> => {
  const held = await heldSeats(routeId, [...new Set(sales.flatMap(numbersOf))]);
  return refuse(sales, new Set(held), outcomes);
};

/** Who comes first for each seat, and those who have to wait how that goes. */
const firstComers = (sales: Sale[]): [first: Sale[], later: Sale[]] => {
  const wanted = new Set<string>();
  const first: Sale[] = [];
  const later: Sale[] = [];
  for (const sale of sales) {
    const numbers = numbersOf(sale);
    (numbers.some((number) => wanted.has(number)) ? later : first).push(sale);
    for (const number of numbers) wanted.add(number);
  }
  return [first, later];
};

/**
 * Notes what an order got, all of its seats or none; `gone` are seats that somebody is known to have. Throws where it got
 * some: somebody sold past the departure's lock, so what this transaction wrote for anybody is undone and each tried alone.
 */
const settle = (sale: Sale, got: Map<string, Ticket>, gone: Set<string>, outcomes: Outcomes): Ticket[] => {
  const numbers = numbersOf(sale);
  const tickets = sale.order.seats.flatMap(({ id }) => got.get(id) ?? []);
  if (tickets.length > 0 && tickets.length < numbers.length) throw taken(numbers);
  const missing = numbers.filter((number) => gone.has(number));
  outcomes.set(sale, tickets.length > 0 ? tickets : taken(missing.length > 0 ? missing : numbers));
  return tickets;
};

/**
 * Sells without looking first, so that a group costs two round trips: one sells, the other tells and commits. Answers
 * those about whom nothing is decided: everybody where the departure is no ordinary one, and nobody as a rule.
 */
const sellUnseen = async (routeId: string, sales: Sale[], outcomes: Outcomes, last: boolean): Promise<Sale[]> => {
  // Only staff of the departure's company may do that, and whose it is is not known yet.
  if (sales.some(({ user, forUserId }) => forUserId !== undefined && forUserId !== user.id)) return sales;
  const [first, later] = firstComers(sales);
  const sale = await sellPlainly(
    routeId,
    first.map(({ order }) => order),
  );
  if (!sale) return sales;
  const sold = first.flatMap((one) => settle(one, sale.tickets, sale.gone, outcomes));
  const open = refuse(later, new Set([...sale.gone, ...sold.map(({ seatNumber }) => seatNumber)]), outcomes);
  if (sold.length > 0) {
    const telling = publishEach([
      ...sold.map((ticket) => seatUpdate('SEAT_RESERVED', ticket)),
      ...sold.map(ticketNotice),
      routeNotice({ id: routeId, ...sale.board }),
    ]);
    if (last && open.length === 0) commitBehind();
    await telling;
  }
  return open;
};

/** Sells to those who may buy, with the departure locked. */
const sellAt = async (departure: Departure, sales: Sale[], outcomes: Outcomes): Promise<void> => {
  let open = sales;
  while (open.length > 0) {
    const [first, later] = firstComers(open);
    const { held, takenSeats } = await insertTickets(
      departure.id,
      first.map(({ order }) => order),
    );
    const got = new Map(held.map(({ ticket }) => [ticket.id, ticket]));
    for (const sale of first) {
      for (const ticket of settle(sale, got, new Set(), outcomes)) {
        departure.publish(seatUpdate('SEAT_RESERVED', ticket));
        departure.tell(ticket);
      }
    }
    if (held.length > 0) departure.counted(takenSeats);
    // Nobody else can sell meanwhile: those who come too late for what was just sold need no further look.
    const sold = new Set(held.map(({ ticket }) => ticket.seatNumber));
    open = refuse(later, sold, outcomes);
  }
};

/** Sells after a look at the departure: what has ended there ends first, and who may not buy hears why. */
const sellAfterLook = async (routeId: string, sales: Sale[], outcomes: Outcomes, last: boolean): Promise<void> => {
  // Five hundred who want the same seat: all but a few are told without the departure's lock.
  const open = await refuseTaken(routeId, sales, outcomes);
  if (open.length === 0) return;
  const atCounter = async (departure: Departure) => {
    const allowed = open.filter((sale) => {
      try {
        requireMayBuy(departure, sale);
        return true;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        outcomes.set(sale, error);
        return false;
      }
    });
    await sellAt(departure, allowed, outcomes);
  };
  await atDeparture(routeId, atCounter, last);
};

const sell = async (routeId: string, sales: Sale[], last: boolean): Promise<Outcome<Ticket[]>[]> => {
  const outcomes: Outcomes = new Map();
  const open = await sellUnseen(routeId, sales, outcomes, last);
  if (open.length > 0) await sellAfterLook(routeId, open, outcomes, last);
  return sales.map((sale) => outcomes.get(sale)!);
};

/** A counter for each departure where somebody is being served: a group waits for the lock of its own departure only. */
const counters = new Map<string, { sell: (sale: Sale) => Promise<Ticket[]>; customers: number }>();

const openCounter = (routeId: string) => ({
  sell: grouped<Sale, Ticket[]>(
    // Nobody's ticket is anybody else's: all who wait are served in one round.
    ({ order }) => order.seats[0]!.id,
    (sales, { last }) => sell(routeId, sales, last),
    // A second group would only wait for the departure's lock.
    { atOnce: 1 },
  ),
  customers: 0,
});

const queueAt = async (routeId: string, sale: Sale): Promise<Ticket[]> => {
  const counter = counters.get(routeId) ?? openCounter(routeId);
  counters.set(routeId, counter);
  counter.customers += 1;
  try {
    return await counter.sell(sale);
  } finally {
    counter.customers -= 1;
    if (counter.customers === 0) counters.delete(routeId);
  }
};

/**
 * Holds seats for SEAT_HOLD_SECONDS, all of them or none. Throws CONFLICT when somebody has one of them. `ids` are for
 * callers who have told somebody of the tickets before.
 */
export const reserve = (user: User, body: CreateTicket, ids: string[] = []): Promise<Ticket[]> => {
  const { routeId, userId, seatNumber, seatNumbers, passengerName } = body;
  const wanted =
    body.seats ??
    (seatNumbers ?? [seatNumber!]).map((number) => ({ seatNumber: number, passengerName: passengerName! }));
  return queueAt(routeId, {
    user,
    forUserId: userId,
    order: {
      userId: userId ?? user.id,
      by: user.username,
      seconds: config.SEAT_HOLD_SECONDS,
      seats: wanted.map((seat, n) => ({ ...seat, id: ids[n] ?? randomUUID() })),
    },
  });
};
