import { z } from 'zod';
import type { Ticket, TicketHistoryEntry, TicketQuery, TicketStatus } from '../contract/seats.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

/** SQL of tickets and their history. Whether a hold has ended is the database's clock's affair alone. */

/** A ticket's row with what its answer needs of its departure and its money. */
export type Row = {
  id: string;
  route_id: string;
  company_id: string;
  seat_number: string;
  passenger_name: string;
  user_id: string;
  status: TicketStatus;
  price_amount: number;
  price_currency: string;
  expires_at: Date | null;
  extended: boolean;
  suspended_from: 'reserved' | 'confirmed' | null;
  hold_left: number | null;
  offer: 'late_payment' | 'waiting_list' | null;
  expired: boolean;
  reason: string | null;
  code: string;
  version: number;
  created_at: Date;
  updated_at: Date;
  origin: string;
  destination: string;
  departs_at: Date;
  paid: boolean;
};

/** A ticket with what only the rules need to know. */
export type Held = {
  ticket: Ticket;
  companyId: string;
  userId: string;
  suspendedFrom: 'reserved' | 'confirmed' | null;
  holdLeft: number | null;
  expired: boolean;
};

export const toHeld = (row: Row): Held => ({
  companyId: row.company_id,
  userId: row.user_id,
  suspendedFrom: row.suspended_from,
  holdLeft: row.hold_left,
  expired: row.expired,
  ticket: {
    id: row.id,
    routeId: row.route_id,
    seatNumber: row.seat_number,
    passengerName: row.passenger_name,
    userId: row.user_id,
    status: row.status,
    expiresAt: row.expires_at?.toISOString() ?? null,
    extended: row.extended,
    paid: row.paid,
    offer:
      row.offer && row.expires_at
        ? { kind: row.offer, seatNumber: row.seat_number, expiresAt: row.expires_at.toISOString() }
        : null,
    code: row.code,
    reason: row.reason,
    origin: row.origin,
    destination: row.destination,
    departsAt: row.departs_at.toISOString(),
    price: { amount: row.price_amount, currency: row.price_currency },
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  },
});

/** What a ticket's answer needs besides its own row `t`. */
const BESIDES = `r.company_id, r.origin, r.destination, r.departs_at,
  exists (select 1 from payments p where p.ticket_id = t.id and p.status = 'succeeded') as paid`;
const SELECT = `select t.*, ${BESIDES} from tickets t join routes r on r.id = t.route_id`;

export const findTicket = async (id: string): Promise<Held | undefined> => {
  const [row] = await query<Row>(`${SELECT} where t.id = $1`, [id]);
  return row && toHeld(row);
};

/** Live tickets of a departure; with `overdue` only unpaid holds whose time is up. In the order in which they end. */
export const liveTickets = async (routeId: string, { overdue = false } = {}): Promise<Held[]> => {
  const due = overdue ? `and t.status = 'reserved' and t.expires_at <= clock_timestamp()` : '';
  const rows = await query<Row>(
    `${SELECT} where t.route_id = $1 and t.status <> 'cancelled' ${due} order by t.expires_at, t.id`,
    [routeId],
  );
  return rows.map(toHeld);
};

/** Which of these seats somebody holds, without waiting for anybody: whoever comes far too late need not queue. */
export const heldSeats = async (routeId: string, seatNumbers: string[]): Promise<string[]> => {
  const rows = await query<{ seat_number: string }>(
    `select seat_number from tickets where route_id = $1 and seat_number = any($2) and status <> 'cancelled'
       and (expires_at is null or expires_at > clock_timestamp())`,
    [routeId, seatNumbers],
  );
  return rows.map(({ seat_number }) => seat_number);
};

export type Line = { kind: TicketHistoryEntry['kind']; by: string | null; note?: string | null | undefined };
export type Change = {
  status?: TicketStatus;
  seatNumber?: string;
  /** The hold ends so many seconds from now; null: it is no hold any more. */
  holdSeconds?: number | null;
  extended?: boolean;
  suspendedFrom?: 'reserved' | 'confirmed' | null;
  /** Keeps what is left of the hold for later. */
  keepHold?: boolean;
  offer?: 'late_payment' | null;
  expired?: boolean;
  reason?: string | null;
};

/** Changes a ticket and writes a line of its history. For those who hold the departure's lock. */
export const changeTicket = async (id: string, change: Change, line: Line): Promise<Held> => {
  const parameters: unknown[] = [id, line.kind, line.by, line.note ?? null];
  const add = (value: unknown) => `$${parameters.push(value)}`;
  const sets = ['version = version + 1', 'updated_at = clock_timestamp()'];
  const set = (column: string, value: unknown) => {
    if (value !== undefined) sets.push(`${column} = ${add(value)}`);
  };
  set('status', change.status);
  set('seat_number', change.seatNumber);
  set('extended', change.extended);
  set('suspended_from', change.suspendedFrom);
  set('offer', change.offer);
  set('expired', change.expired);
  set('reason', change.reason);
  if (change.keepHold)
    sets.push('hold_left = greatest(1, extract(epoch from expires_at - clock_timestamp())::double precision)');
  if (change.holdSeconds === null) sets.push('expires_at = null');
  else if (change.holdSeconds !== undefined)
    sets.push(`expires_at = clock_timestamp() + make_interval(secs => ${add(change.holdSeconds)})`);
  const [row] = await query<Row>(
    `with t as (update tickets set ${sets.join(', ')} where id = $1 returning *), line as (
       insert into ticket_history (ticket_id, kind, by, seat_number, note) select id, $2, $3, seat_number, $4 from t
     )
     select t.*, ${BESIDES} from t join routes r on r.id = t.route_id`,
    parameters,
  );
  return toHeld(row!);
};

/** Writes a line where the ticket itself stays as it is. */
export const addLine = async (ticketId: string, line: Line): Promise<void> => {
  await query(
    `insert into ticket_history (ticket_id, kind, by, seat_number, note)
     select id, $2, $3, seat_number, $4 from tickets where id = $1`,
    [ticketId, line.kind, line.by, line.note ?? null],
  );
};

const Place = z.tuple([z.iso.datetime(), z.string()]);
export type TicketScope = { userId: string; companies: 'all' | string | null };

/** One page of what the scope may read: one's own, and those of the company one works for; newest first. */
export const listTickets = async ({ userId, companies }: TicketScope, filter: TicketQuery) => {
  const parameters: unknown[] = [];
  const add = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const where: string[] = [];
  if (companies === null) where.push(`t.user_id = ${add(userId)}`);
  else if (companies !== 'all') where.push(`(r.company_id = ${add(companies)} or t.user_id = ${add(userId)})`);
  if (filter.routeId) where.push(`t.route_id = ${add(filter.routeId)}`);
  if (filter.status) where.push(`t.status = any(${add(filter.status)})`);
  if (filter.code) where.push(`t.code = ${add(filter.code)}`);
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`t.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 't.updated_at' : 't.created_at';
  const position = decodeCursor(filter.cursor, Place);
  if (position)
    where.push(`(${column}, t.id) ${changed ? '>' : '<'} (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const direction = changed ? 'asc' : 'desc';
  const rows = await query<Row>(
    `${SELECT} where ${where.join(' and ') || 'true'}
     order by ${column} ${direction}, t.id ${direction} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(
    rows.map((row) => toHeld(row).ticket),
    filter.limit,
    (ticket) => [changed ? ticket.updatedAt : ticket.createdAt, ticket.id],
  );
};

type LineRow = {
  id: number;
  at: Date;
  kind: TicketHistoryEntry['kind'];
  by: string | null;
  seat_number: string;
  note: string | null;
};

/** One page of a ticket's history, oldest first. */
export const listHistory = async (ticketId: string, limit: number, cursor: string | undefined) => {
  const rows = await query<LineRow>(
    'select * from ticket_history where ticket_id = $1 and id > $2 order by id limit $3',
    [ticketId, decodeCursor(cursor, z.int()) ?? 0, limit + 1],
  );
  const lines = rows.map(
    ({ id, at, kind, by, seat_number, note }): TicketHistoryEntry => ({
      id: String(id),
      at: at.toISOString(),
      kind,
      by,
      seatNumber: seat_number,
      note,
    }),
  );
  return toPage(lines, limit, ({ id }) => Number(id));
};
