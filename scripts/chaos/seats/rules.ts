/**
 * The rules of seats, holds and money as a person would tell them, with plain arrays and no database: what the server
 * is held against. Each function answers the HTTP status that the server must answer.
 */

export type Live = 'reserved' | 'confirmed' | 'suspended';
export type ModelTicket = {
  route: number;
  seat: string;
  user: number;
  status: Live | 'cancelled';
  from: 'reserved' | 'confirmed' | null;
  extended: boolean;
  offer: 'late_payment' | 'waiting_list' | null;
  /** Whether money that comes now may still get a seat. */
  expired: boolean;
};
type Payment = { ticket: number; status: 'succeeded' | 'failed' | 'refunded'; amount: number; reference: string };
export type Waiting = { user: number; status: 'waiting' | 'offered' | 'taken' | 'gone'; ticket: number | null };

export const PRICE = 1250;

export const createModel = (routes: number, seatNumbers: string[]) => {
  const tickets: ModelTicket[] = [];
  const payments: Payment[] = [];
  const lines: Waiting[][] = Array.from({ length: routes }, () => []);

  const at = (route: number, seat: string) =>
    tickets.findIndex((ticket) => ticket.route === route && ticket.seat === seat && ticket.status !== 'cancelled');
  const free = (route: number) => seatNumbers.filter((seat) => at(route, seat) < 0);
  const paidBy = (ticket: number) => payments.find((one) => one.ticket === ticket && one.status === 'succeeded');
  const waitingOf = (ticket: number) =>
    lines[tickets[ticket]!.route]!.find((entry) => entry.ticket === ticket && entry.status === 'offered');

  const add = (route: number, seat: string, user: number, offer: ModelTicket['offer'] = null): number =>
    tickets.push({ route, seat, user, status: 'reserved', from: null, extended: false, offer, expired: false }) - 1;
  const offerNext = (route: number, seat: string) => {
    const next = lines[route]!.find(({ status }) => status === 'waiting');
    if (!next) return;
    next.status = 'offered';
    next.ticket = add(route, seat, next.user, 'waiting_list');
  };
  const end = (id: number, byTime: boolean) => {
    const ticket = tickets[id]!;
    const payment = paidBy(id);
    if (payment) payment.status = 'refunded';
    ticket.expired = byTime && !payment && ticket.offer !== 'late_payment';
    Object.assign(ticket, { status: 'cancelled', from: null, offer: null });
    const entry = waitingOf(id);
    if (entry) entry.status = 'gone';
    offerNext(ticket.route, ticket.seat);
  };
  const confirm = (id: number) => {
    Object.assign(tickets[id]!, { status: 'confirmed', offer: null, expired: false });
    const entry = waitingOf(id);
    if (entry) entry.status = 'taken';
  };

  const credit = (id: number) => {
    const ticket = tickets[id]!;
    if (ticket.status === 'reserved') return confirm(id);
    if (ticket.from === 'reserved') ticket.from = 'confirmed';
    const entry = waitingOf(id);
    if (entry) entry.status = 'taken';
  };
  const late = (id: number, payment: Payment) => {
    const ticket = tickets[id]!;
    const open = free(ticket.route);
    const same = open.includes(ticket.seat);
    const seat = same ? ticket.seat : open[0];
    if (!ticket.expired || seat === undefined) {
      payment.status = 'refunded';
      return;
    }
    payment.status = 'succeeded';
    Object.assign(ticket, { status: 'reserved', seat, offer: 'late_payment', expired: false });
    if (same) confirm(id);
  };

  return {
    tickets,
    payments,
    lines,
    at,
    reserve: (route: number, seats: string[], user: number): number => {
      if (seats.some((seat) => at(route, seat) >= 0)) return 409;
      for (const seat of seats) add(route, seat, user);
      return 201;
    },
    confirm: (id: number): number => {
      if (tickets[id]!.status !== 'reserved') return 409;
      confirm(id);
      return 200;
    },
    suspend: (id: number): number => {
      const ticket = tickets[id]!;
      if (!['reserved', 'confirmed'].includes(ticket.status) || ticket.offer === 'late_payment') return 409;
      Object.assign(ticket, { from: ticket.status, status: 'suspended' });
      return 200;
    },
    reinstate: (id: number): number => {
      const ticket = tickets[id]!;
      if (ticket.status !== 'suspended') return 409;
      Object.assign(ticket, { status: ticket.from, from: null });
      return 200;
    },
    cancel: (id: number): number => {
      if (tickets[id]!.status === 'cancelled') return 409;
      end(id, false);
      return 200;
    },
    extend: (id: number): number => {
      const ticket = tickets[id]!;
      if (ticket.status !== 'reserved' || ticket.offer || ticket.extended) return 409;
      ticket.extended = true;
      return 200;
    },
    reassign: (id: number, seat: string): number => {
      const ticket = tickets[id]!;
      if (!['reserved', 'confirmed'].includes(ticket.status) || at(ticket.route, seat) >= 0) return 409;
      const left = ticket.seat;
      ticket.seat = seat;
      offerNext(ticket.route, left);
      return 200;
    },
    answer: (id: number, accept: boolean): number => {
      const ticket = tickets[id]!;
      if (!ticket.offer || ticket.status !== 'reserved') return 409;
      if (!accept) end(id, false);
      else if (ticket.offer === 'waiting_list') return 409;
      else confirm(id);
      return 200;
    },
    expire: (id: number): void => {
      if (tickets[id]!.status === 'reserved') end(id, true);
    },
    desk: (id: number): number => {
      const ticket = tickets[id]!;
      if (ticket.status === 'cancelled' || ticket.status === 'suspended' || paidBy(id)) return 409;
      payments.push({ ticket: id, status: 'succeeded', amount: PRICE, reference: '' });
      credit(id);
      return 201;
    },
    gateway: (kind: 'succeeded' | 'failed' | 'refunded', id: number, amount: number, reference: string): void => {
      const ticket = tickets[id]!;
      const known = payments.find((one) => one.ticket === id && one.amount === amount && one.reference === reference);
      if (kind === 'failed') {
        if (!known) payments.push({ ticket: id, status: 'failed', amount, reference });
        return;
      }
      if (kind === 'refunded') {
        const had = known?.status;
        if (known) known.status = 'refunded';
        else payments.push({ ticket: id, status: 'refunded', amount, reference });
        if (had === 'succeeded' && ticket.status !== 'cancelled') end(id, false);
        return;
      }
      if (known && known.status !== 'failed') return;
      const payment = known ?? { ticket: id, status: 'failed' as const, amount, reference };
      if (!known) payments.push(payment);
      if (amount !== PRICE || paidBy(id)) payment.status = 'refunded';
      else if (ticket.status === 'cancelled') late(id, payment);
      else {
        payment.status = 'succeeded';
        credit(id);
      }
    },
    wait: (route: number, user: number): number => {
      if (lines[route]!.some((entry) => entry.user === user && ['waiting', 'offered'].includes(entry.status)))
        return 409;
      lines[route]!.push({ user, status: 'waiting', ticket: null });
      for (const seat of free(route)) offerNext(route, seat);
      return 201;
    },
  };
};
