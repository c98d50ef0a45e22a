import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { GatewayEvent, Payment, PaymentQuery, PaymentStatus } from '../contract/seats.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { addLine, type TicketScope } from './ticketStore.ts';

/** SQL of money: what was taken, what was given back, and what the gateway told. */

type Row = {
  id: string;
  ticket_id: string;
  status: PaymentStatus;
  amount: number;
  currency: string;
  method: string;
  reference: string | null;
  reason: string | null;
  created_at: Date;
  updated_at: Date;
};

const toPayment = (row: Row): Payment => ({
  id: row.id,
  ticketId: row.ticket_id,
  status: row.status,
  amount: row.amount,
  currency: row.currency,
  method: row.method,
  reference: row.reference,
  reason: row.reason,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

type NewPayment = Pick<Payment, 'ticketId' | 'status' | 'amount' | 'currency' | 'method'> & {
  reference?: string;
  reason?: string;
  by: string | null;
};

export const insertPayment = async (payment: NewPayment): Promise<Payment> => {
  const { ticketId, status, amount, currency, method, reference, by, reason } = payment;
  const [row] = await query<Row>(
    `insert into payments (id, ticket_id, status, amount, currency, method, reference, by, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *`,
    [randomUUID(), ticketId, status, amount, currency, method, reference ?? null, by, reason ?? null],
  );
  return toPayment(row!);
};

export const setPayment = async (id: string, status: PaymentStatus, reason: string | null = null): Promise<Payment> => {
  const [row] = await query<Row>(
    `update payments set status = $2, reason = coalesce($3, reason), updated_at = clock_timestamp() where id = $1 returning *`,
    [id, status, reason],
  );
  return toPayment(row!);
};

/** Gives back what was paid for a ticket. */
export const refundTicket = async (ticketId: string, reason: string, by: string | null): Promise<void> => {
  const rows = await query<Row>(
    `update payments set status = 'refunded', reason = $2, updated_at = clock_timestamp()
     where ticket_id = $1 and status = 'succeeded' returning *`,
    [ticketId, reason],
  );
  for (const { amount, currency } of rows)
    await addLine(ticketId, { kind: 'refunded', by, note: `${amount} ${currency}: ${reason}` });
};

/**
 * The payment that a gateway's charge belongs to: the one that has its reference, else one that waits for the gateway.
 */
export const findCharge = async ({ ticketId, amount, currency, reference }: GatewayEvent['data']) => {
  const [row] = await query<Row>(
    `select * from payments where ticket_id = $1 and amount = $2 and currency = $3
       and (reference = $4 or (reference is null and status = 'pending'))
     order by reference nulls last limit 1`,
    [ticketId, amount, currency, reference],
  );
  if (!row) return undefined;
  if (row.reference === null) await query('update payments set reference = $2 where id = $1', [row.id, reference]);
  return toPayment({ ...row, reference });
};

/** A customer's payment under way; another click finds it again. */
export const findPending = async (ticketId: string): Promise<Payment | undefined> => {
  const [row] = await query<Row>(
    `select * from payments where ticket_id = $1 and status = 'pending' and reference is null order by created_at limit 1`,
    [ticketId],
  );
  return row && toPayment(row);
};

type EventRow = {
  id: string;
  type: GatewayEvent['type'];
  ticket_id: string;
  amount: number;
  currency: string;
  reference: string;
};
const toEvent = (row: EventRow): GatewayEvent => ({
  id: row.id,
  type: row.type,
  data: { ticketId: row.ticket_id, amount: row.amount, currency: row.currency, reference: row.reference },
});

/** Notes an event of the gateway. Undefined: it was new. Otherwise what was said under this id the first time. */
export const noteEvent = async ({ id, type, data }: GatewayEvent): Promise<GatewayEvent | undefined> => {
  const added = await query(
    `insert into gateway_events (id, type, ticket_id, amount, currency, reference) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do nothing returning id`,
    [id, type, data.ticketId, data.amount, data.currency, data.reference],
  );
  if (added.length > 0) return undefined;
  const [row] = await query<EventRow>('select * from gateway_events where id = $1', [id]);
  return toEvent(row!);
};

export const settleEvent = async (id: string): Promise<void> => {
  await query('update gateway_events set settled_at = clock_timestamp() where id = $1', [id]);
};

/** Events whose ticket exists by now, or that have waited for it too long; nobody else takes them meanwhile. */
export const claimUnsettled = async (patienceSeconds: number) => {
  const rows = await query<EventRow & { known: boolean }>(
    `select e.*, exists (select 1 from tickets t where t.id = e.ticket_id) as known from gateway_events e
     where e.settled_at is null and (
       exists (select 1 from tickets t where t.id = e.ticket_id)
       or e.received_at < now() - make_interval(secs => $1))
     order by e.received_at, e.id limit 1 for update skip locked`,
    [patienceSeconds],
  );
  return rows.map((row) => ({ event: toEvent(row), known: row.known }))[0];
};

const Place = z.tuple([z.iso.datetime(), z.string()]);

/** One page of payments for tickets that the scope may read, newest first. */
export const listPayments = async ({ userId, companies }: TicketScope, filter: PaymentQuery) => {
  const parameters: unknown[] = [];
  const add = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const where: string[] = [];
  if (companies === null) where.push(`t.user_id = ${add(userId)}`);
  else if (companies !== 'all') where.push(`(r.company_id = ${add(companies)} or t.user_id = ${add(userId)})`);
  if (filter.ticketId) where.push(`p.ticket_id = ${add(filter.ticketId)}`);
  if (filter.status) where.push(`p.status = ${add(filter.status)}`);
  if (filter.updatedSince) where.push(`p.updated_at >= ${add(filter.updatedSince)}`);
  const position = decodeCursor(filter.cursor, Place);
  if (position) where.push(`(p.created_at, p.id) < (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const rows = await query<Row>(
    `select p.* from payments p left join tickets t on t.id = p.ticket_id left join routes r on r.id = t.route_id
     where ${where.join(' and ') || 'true'} order by p.created_at desc, p.id desc limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toPayment), filter.limit, ({ createdAt, id }) => [createdAt, id]);
};
