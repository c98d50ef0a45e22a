import { randomUUID } from 'node:crypto';
import type { User } from '../contract/auth.ts';
import type { CreateTicket, Ticket } from '../contract/seats.ts';
import { config } from '../platform/config.ts';
import { AppError, conflict, forbidden, unprocessable } from '../platform/errors.ts';
import { grouped, type Outcome } from '../platform/grouped.ts';
import { isStaffOf } from './access.ts';
import { atDeparture, type Departure } from './departure.ts';
import { seatUpdate } from './seatEvents.ts';
import { heldSeats, insertTickets, type Order } from './ticketStore.ts';

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

/** Sells to those who may buy, with the departure locked. */
const sellAt = async (departure: Departure, sales: Sale[], outcomes: Outcomes): Promise<void> => {
  let open = sales;
  while (open.length > 0) {
    const [first, later] = firstComers(open);
    const { held, takenSeats } = await insertTickets(
      departure,
      first.map(({ order }) => order),
    );
    const got = new Map(held.map(({ ticket }) => [ticket.id, ticket]));
    for (const sale of first) {
      const tickets = sale.order.seats.flatMap(({ id }) => got.get(id) ?? []);
      if (tickets.length === 0) {
        outcomes.set(sale, taken(numbersOf(sale)));
        continue;
      }
      // Somebody sold past the departure's lock: what this transaction wrote for anybody is undone, and each tried alone.
      if (tickets.length < sale.order.seats.length) throw taken(numbersOf(sale));
      for (const ticket of tickets) {
        departure.publish(seatUpdate('SEAT_RESERVED', ticket));
        departure.tell(ticket);
      }
      outcomes.set(sale, tickets);
    }
    if (held.length > 0) departure.counted(takenSeats);
    // Nobody else can sell meanwhile: those who come too late for what was just sold need no further look.
    const sold = new Set(held.map(({ ticket }) => ticket.seatNumber));
    open = refuse(later, sold, outcomes);
  }
};

const sell = async (routeId: string, sales: Sale[], last: boolean): Promise<Outcome<Ticket[]>[]> => {
  const outcomes: Outcomes = new Map();
  // Five hundred who want the same seat: all but a few are told without the departure's lock.
  const open = await refuseTaken(routeId, sales, outcomes);
  if (open.length > 0) {
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
  }
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
