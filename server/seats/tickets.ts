import type { User } from '../contract/auth.ts';
import type { Ticket } from '../contract/seats.ts';
import { config } from '../platform/config.ts';
import { conflict, notFound } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { mayRead, requireDesk, requireOwnerOrDesk } from './access.ts';
import { atDeparture, type Departure, endTicket, offerSeat } from './departure.ts';
import { requireOnSale, taken } from './sales.ts';
import { emitSeatFreed, emitSeatUpdate } from './seatEvents.ts';
import { type Change, changeTicket, findTicket, type Held, heldSeats, type Line } from './ticketStore.ts';
import { endWaiting } from './waitingStore.ts';

/** What happens to tickets: row, history, events and notices in one transaction, one departure at a time. */

/** Throws NOT_FOUND where the user may not read it, which looks the same as where there is none. */
export const getTicket = async (user: User, id: string): Promise<Held> => {
  const held = await findTicket(id);
  if (!held || !mayRead(user, held)) throw notFound('Ticket');
  return held;
};

type Step = { departure: Departure; held: Held; ticket: Ticket };

/** Runs `work` with the ticket's departure locked and the ticket as it is then. */
export const atTicket = async <Result>(
  user: User,
  id: string,
  expected: number | undefined,
  allow: (held: Held) => void,
  work: (step: Step) => Promise<Result>,
): Promise<Result> => {
  const seen = await getTicket(user, id);
  allow(seen);
  return atDeparture(seen.ticket.routeId, async (departure) => {
    const held = (await findTicket(id))!;
    requireVersion(expected, held.ticket.version);
    return work({ departure, held, ticket: held.ticket });
  });
};

/** Changes the ticket and tells its owner. The caller tells those who look at the seat. */
export const apply = async (departure: Departure, id: string, change: Change, line: Line): Promise<Ticket> => {
  const { ticket } = await changeTicket(id, change, line);
  departure.tell(ticket);
  return ticket;
};

const deskOf = (user: User) => (held: Held) => requireDesk(user, held.companyId);
const ownerOrDesk = (user: User) => (held: Held) => requireOwnerOrDesk(user, held);
const not = (ticket: Ticket, what: string) =>
  conflict(
    ticket.status === 'cancelled'
      ? `This ticket is cancelled${ticket.reason ? `: ${ticket.reason}` : ''}`
      : `A ${ticket.status} ticket cannot be ${what}`,
  );

/** The seat is the passenger's now. For a held ticket, with the departure locked. */
export const confirmHeld = async (departure: Departure, ticket: Ticket, line: Line): Promise<Ticket> => {
  const confirmed = await apply(
    departure,
    ticket.id,
    { status: 'confirmed', holdSeconds: null, offer: null, expired: false, reason: null },
    line,
  );
  const waited = await endWaiting(ticket.id, 'taken');
  if (waited) departure.tellWaiting(waited);
  await emitSeatUpdate('SEAT_CONFIRMED', confirmed);
  return confirmed;
};

type Act = [user: User, id: string, expected: number | undefined, reason: string | undefined];

export const confirmTicket = (...[user, id, expected, reason]: Act): Promise<Ticket> =>
  atTicket(user, id, expected, deskOf(user), async ({ departure, ticket }) => {
    if (ticket.status !== 'reserved') throw not(ticket, 'confirmed');
    return confirmHeld(departure, ticket, { kind: 'confirmed', by: user.username, note: reason });
  });

/** Withdraws a ticket without giving its seat away; the clock of an unpaid hold stands still meanwhile. */
export const suspendTicket = (...[user, id, expected, reason]: Act): Promise<Ticket> =>
  atTicket(user, id, expected, deskOf(user), async ({ departure, ticket }) => {
    if (ticket.status !== 'reserved' && ticket.status !== 'confirmed') throw not(ticket, 'suspended');
    if (ticket.offer?.kind === 'late_payment')
      throw conflict('Its owner is asked about another seat; wait for the answer');
    const suspended = await apply(
      departure,
      id,
      {
        status: 'suspended',
        suspendedFrom: ticket.status,
        holdSeconds: null,
        keepHold: ticket.status === 'reserved',
        reason: reason ?? null,
      },
      { kind: 'suspended', by: user.username, note: reason },
    );
    await emitSeatUpdate('SEAT_SUSPENDED', suspended, { reason: reason ?? null });
    return suspended;
  });

/** Makes a suspended ticket what it was before; an unpaid hold has as long left as it had then. */
export const reinstateTicket = (...[user, id, expected, reason]: Act): Promise<Ticket> =>
  atTicket(user, id, expected, deskOf(user), async ({ departure, held, ticket }) => {
    if (ticket.status !== 'suspended') throw not(ticket, 'reinstated');
    const status = held.suspendedFrom!;
    const reinstated = await apply(
      departure,
      id,
      {
        status,
        suspendedFrom: null,
        reason: null,
        ...(status === 'reserved' && { holdSeconds: held.holdLeft ?? config.SEAT_HOLD_SECONDS }),
      },
      { kind: 'reinstated', by: user.username, note: reason },
    );
    await emitSeatUpdate(status === 'confirmed' ? 'SEAT_CONFIRMED' : 'SEAT_RESERVED', reinstated);
    return reinstated;
  });

export const cancelTicket = (...[user, id, expected, reason]: Act): Promise<Ticket> =>
  atTicket(user, id, expected, ownerOrDesk(user), async ({ departure, held, ticket }) => {
    if (ticket.status === 'cancelled') throw not(ticket, 'cancelled');
    return endTicket(departure, held, { kind: 'cancelled', by: user.username, reason: reason ?? null });
  });

/** Starts the hold once more from now. */
export const extendTicket = (user: User, id: string, expected: number | undefined): Promise<Ticket> =>
  atTicket(user, id, expected, ownerOrDesk(user), async ({ departure, ticket }) => {
    if (ticket.status !== 'reserved') throw not(ticket, 'extended');
    if (ticket.offer) throw conflict('An offered seat is held for a fixed time');
    if (ticket.extended) throw conflict('A hold is extended once');
    const extended = await apply(
      departure,
      id,
      { extended: true, holdSeconds: config.SEAT_HOLD_SECONDS },
      { kind: 'extended', by: user.username },
    );
    await emitSeatUpdate('SEAT_RESERVED', extended);
    return extended;
  });

/** Moves a ticket to another seat of the same bus. The unique index says whether that one is free. */
export const reassignTicket = (
  user: User,
  id: string,
  expected: number | undefined,
  { seatNumber, reason }: { seatNumber: string; reason?: string | undefined },
): Promise<Ticket> =>
  atTicket(user, id, expected, deskOf(user), async ({ departure, ticket }) => {
    if (ticket.status !== 'reserved' && ticket.status !== 'confirmed') throw not(ticket, 'moved');
    requireOnSale(departure, user, [seatNumber]);
    if (seatNumber === ticket.seatNumber) throw conflict(`The ticket is for seat ${seatNumber} already`);
    if ((await heldSeats(departure.id, [seatNumber])).length > 0) throw taken([seatNumber]);
    const moved = await apply(
      departure,
      id,
      { seatNumber },
      { kind: 'reassigned', by: user.username, note: `from ${ticket.seatNumber}${reason ? `: ${reason}` : ''}` },
    );
    await emitSeatFreed(moved, ticket.seatNumber, reason ?? null);
    await emitSeatUpdate(moved.status === 'confirmed' ? 'SEAT_CONFIRMED' : 'SEAT_RESERVED', moved);
    await offerSeat(departure, ticket.seatNumber);
    return moved;
  });

/** The owner's answer to the seat that is offered instead of the one they paid too late for, or from the waiting list. */
export const answerOffer = (user: User, id: string, expected: number | undefined, accept: boolean): Promise<Ticket> =>
  atTicket(user, id, expected, ownerOrDesk(user), async ({ departure, held, ticket }) => {
    if (!ticket.offer) throw conflict('No seat is offered for this ticket');
    if (!accept)
      return endTicket(departure, held, {
        kind: 'offer_declined',
        by: user.username,
        reason: 'The offered seat was declined',
      });
    if (ticket.offer.kind === 'waiting_list') throw conflict('Pay for the seat to take it');
    return confirmHeld(departure, ticket, { kind: 'offer_accepted', by: user.username });
  });
