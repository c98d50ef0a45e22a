import type { User } from '../contract/auth.ts';
import type { CreatePayment, GatewayEvent, Payment, Ticket } from '../contract/seats.ts';
import { config } from '../platform/config.ts';
import { transaction } from '../platform/database.ts';
import { conflict, forbidden, unprocessable } from '../platform/errors.ts';
import { log } from '../platform/log.ts';
import { isDesk, isStaffOf, requireOwnerOrDesk } from './access.ts';
import { atDeparture, type Departure, endTicket } from './departure.ts';
import * as store from './paymentStore.ts';
import { emitSeatUpdate } from './seatEvents.ts';
import { addLine, findTicket, type Held, heldSeats } from './ticketStore.ts';
import { apply, atTicket, confirmHeld } from './tickets.ts';
import { endWaiting } from './waitingStore.ts';

/**
 * Money. A ticket is paid once; whatever else arrives is given back, and nothing that arrived is ever forgotten.
 */

const shown = ({ amount, currency }: { amount: number; currency: string }) => `${amount} ${currency}`;

/** Whether this user's payment for a ticket of this company is taken at once, waits for the gateway, or is refused. */
const howPaid = (user: User, companyId: string): 'succeeded' | 'pending' => {
  if (config.PAYMENT_PROVIDER === 'test') return 'succeeded';
  if (isDesk(user) && isStaffOf(user, companyId)) return 'succeeded';
  if (config.PAYMENT_PROVIDER === 'webhook') return 'pending';
  throw forbidden('Pay at the desk: agents and admins of the bus company record what they took');
};

/** Money is there for a ticket that has none yet: reserved and suspended-from-reserved tickets count as paid from now on. */
const creditTicket = async (departure: Departure, held: Held, by: string | null, note: string): Promise<Ticket> => {
  const { ticket } = held;
  if (ticket.status === 'reserved') return confirmHeld(departure, ticket, { kind: 'paid', by, note });
  const waited = await endWaiting(ticket.id, 'taken');
  if (waited) departure.tellWaiting(waited);
  return apply(departure, ticket.id, held.suspendedFrom === 'reserved' ? { suspendedFrom: 'confirmed' } : {}, {
    kind: 'paid',
    by,
    note,
  });
};

/** Records what was paid, or that the gateway will say. Throws CONFLICT for a ticket that is not to be paid any more. */
export const pay = (user: User, { ticketId, amount, currency, method }: CreatePayment): Promise<Payment> =>
  atTicket(
    user,
    ticketId,
    undefined,
    (held) => {
      requireOwnerOrDesk(user, held);
      howPaid(user, held.companyId);
    },
    async ({ departure, held, ticket }) => {
      const status = howPaid(user, held.companyId);
      if (ticket.status === 'cancelled') throw conflict('This ticket is cancelled; its seat is held no more');
      if (ticket.paid) throw conflict('This ticket is paid');
      if (ticket.status === 'suspended') throw conflict('This ticket is suspended');
      if (amount !== ticket.price.amount || currency !== ticket.price.currency)
        throw unprocessable(`amount: the ticket costs ${shown(ticket.price)}`);
      if (status === 'pending') {
        const pending = await store.findPending(ticketId);
        if (pending) return pending;
      }
      const payment = await store.insertPayment({ ticketId, status, amount, currency, method, by: user.username });
      if (status === 'succeeded') await creditTicket(departure, held, user.username, `${shown(payment)}, ${method}`);
      return payment;
    },
  );

const giveBack = async (payment: Payment, reason: string): Promise<void> => {
  await store.setPayment(payment.id, 'refunded', reason);
  await addLine(payment.ticketId, { kind: 'refunded', by: null, note: `${shown(payment)}: ${reason}` });
};

/** Money for a hold that has ended: the same seat, else another one to say yes or no to, else back it goes. */
const settleLate = async (departure: Departure, held: Held, payment: Payment): Promise<void> => {
  const { ticket } = held;
  await addLine(ticket.id, { kind: 'paid_late', by: null, note: shown(payment) });
  if (!held.expired) return giveBack(payment, 'The ticket was cancelled before the money arrived');
  if (departure.status === 'cancelled') return giveBack(payment, 'The departure was cancelled');
  if (departure.hasLeft) return giveBack(payment, 'The bus has left');
  const taken = new Set(await heldSeats(departure.id, departure.seatNumbers));
  const sameSeat = !taken.has(ticket.seatNumber);
  const seatNumber = sameSeat ? ticket.seatNumber : departure.seatNumbers.find((number) => !taken.has(number));
  if (seatNumber === undefined) return giveBack(payment, 'The hold had ended and the bus is full');
  await store.setPayment(payment.id, 'succeeded');
  const offered = await apply(
    departure,
    ticket.id,
    {
      status: 'reserved',
      seatNumber,
      holdSeconds: config.SEAT_OFFER_SECONDS,
      offer: 'late_payment',
      expired: false,
      reason: null,
    },
    {
      kind: 'offered',
      by: null,
      note: sameSeat ? 'The seat was still free' : `Seat ${seatNumber} instead of ${ticket.seatNumber}`,
    },
  );
  await emitSeatUpdate('SEAT_RESERVED', offered);
  if (sameSeat) await confirmHeld(departure, offered, { kind: 'confirmed', by: null, note: 'Paid late' });
};

const succeeded = async (departure: Departure, held: Held, event: GatewayEvent): Promise<void> => {
  const { ticket } = held;
  const known = await store.findCharge(event.data);
  // Told again under another name, or its refund came first.
  if (known?.status === 'succeeded' || known?.status === 'refunded') return;
  const charge =
    known ?? (await store.insertPayment({ ...event.data, status: 'pending', method: 'gateway', by: null }));
  if (charge.amount !== ticket.price.amount || charge.currency !== ticket.price.currency)
    return giveBack(charge, `The ticket costs ${shown(ticket.price)}`);
  if (ticket.paid) return giveBack(charge, 'The ticket was paid before');
  if (ticket.status === 'cancelled') return settleLate(departure, held, charge);
  await store.setPayment(charge.id, 'succeeded');
  await creditTicket(departure, held, null, shown(charge));
};

const failed = async (event: GatewayEvent): Promise<void> => {
  const known = await store.findCharge(event.data);
  if (known && known.status !== 'pending') return;
  if (known) await store.setPayment(known.id, 'failed');
  else await store.insertPayment({ ...event.data, status: 'failed', method: 'gateway', by: null });
  await addLine(event.data.ticketId, { kind: 'payment_failed', by: null, note: shown(event.data) });
};

const refunded = async (departure: Departure, held: Held, event: GatewayEvent): Promise<void> => {
  const known = await store.findCharge(event.data);
  if (known?.status === 'refunded') return;
  const reason = 'The gateway gave the money back';
  if (!known) await store.insertPayment({ ...event.data, status: 'refunded', method: 'gateway', reason, by: null });
  else await giveBack(known, reason);
  // What was paid for is not paid for any more.
  if (known?.status === 'succeeded' && held.ticket.status !== 'cancelled')
    await endTicket(
      departure,
      { ...held, ticket: { ...held.ticket, paid: false } },
      { kind: 'cancelled', by: null, reason },
    );
};

const settle = (event: GatewayEvent, routeId: string): Promise<void> =>
  atDeparture(routeId, async (departure) => {
    const held = (await findTicket(event.data.ticketId))!;
    if (event.type === 'payment.succeeded') await succeeded(departure, held, event);
    else if (event.type === 'payment.refunded') await refunded(departure, held, event);
    else await failed(event);
    await store.settleEvent(event.id);
  });

const same = (a: GatewayEvent, b: GatewayEvent) =>
  a.type === b.type && Object.entries(a.data).every(([key, value]) => b.data[key as 'ticketId'] === value);

/** Takes what the gateway tells. Answers whether this was news; an event counts once, however often it comes. */
export const takeGatewayEvent = (event: GatewayEvent): Promise<boolean> =>
  transaction(async () => {
    const before = await store.noteEvent(event);
    if (before) {
      if (!same(before, event))
        log.warn({ eventId: event.id }, 'a gateway event came again with another body; the first one counts');
      return false;
    }
    const held = await findTicket(event.data.ticketId);
    // A ticket that is not there yet may be soon: whoever sweeps looks again.
    if (held) await settle(event, held.ticket.routeId);
    return true;
  });

/** How long money waits for a ticket that nobody knows, before it is marked to be given back. */
const PATIENCE_SECONDS = 3600;

/** Settles one event that waited for its ticket. Answers whether there was one. */
export const settleWaitingEvent = (): Promise<boolean> =>
  transaction(async () => {
    const claimed = await store.claimUnsettled(PATIENCE_SECONDS);
    if (!claimed) return false;
    const { event, known } = claimed;
    if (known) await settle(event, (await findTicket(event.data.ticketId))!.ticket.routeId);
    else {
      if (event.type === 'payment.succeeded' && !(await store.findCharge(event.data)))
        await store.insertPayment({
          ...event.data,
          status: 'refunded',
          method: 'gateway',
          reason: 'There is no such ticket',
          by: null,
        });
      await store.settleEvent(event.id);
    }
    return true;
  });
