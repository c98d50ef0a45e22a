import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { WaitingEntry } from '../contract/seats.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

/** SQL of the waiting list: who came first is offered the next free seat. */

type Row = {
  id: string;
  place: number;
  route_id: string;
  user_id: string;
  passenger_name: string;
  status: WaitingEntry['status'];
  ticket_id: string | null;
  created_at: Date;
  position: number;
  seat_number: string | null;
  expires_at: Date | null;
};

const toEntry = (row: Row): WaitingEntry => ({
  id: row.id,
  routeId: row.route_id,
  userId: row.user_id,
  passengerName: row.passenger_name,
  status: row.status,
  position: row.position,
  ticketId: row.ticket_id,
  seatNumber: row.seat_number,
  expiresAt: row.expires_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});

const SELECT = `select w.*, t.seat_number, t.expires_at,
    case when w.status = 'waiting' then (
      select count(*) from seat_waiting o where o.route_id = w.route_id and o.status = 'waiting' and o.place <= w.place
    ) else 0 end as position
  from seat_waiting w left join tickets t on t.id = w.ticket_id`;

export const findWaiting = async (id: string): Promise<WaitingEntry | undefined> => {
  const [row] = await query<Row>(`${SELECT} where w.id = $1`, [id]);
  return row && toEntry(row);
};

/** Puts somebody at the end of the line; undefined when they stand in it already. */
export const insertWaiting = async (
  routeId: string,
  userId: string,
  passengerName: string,
): Promise<string | undefined> => {
  const [row] = await query<{ id: string }>(
    `insert into seat_waiting (id, route_id, user_id, passenger_name) values ($1, $2, $3, $4)
     on conflict (route_id, user_id) where status in ('waiting', 'offered') do nothing returning id`,
    [randomUUID(), routeId, userId, passengerName],
  );
  return row?.id;
};

/** Who waits longest. */
export const nextWaiting = async (routeId: string) => {
  const [row] = await query<Row>(
    `select * from seat_waiting where route_id = $1 and status = 'waiting' order by place limit 1`,
    [routeId],
  );
  return row && { id: row.id, userId: row.user_id, passengerName: row.passenger_name };
};

const noted = (row: Row) => ({
  id: row.id,
  routeId: row.route_id,
  userId: row.user_id,
  status: row.status,
  ticketId: row.ticket_id,
});

export const offerWaiting = async (id: string, ticketId: string) => {
  const [row] = await query<Row>(
    `update seat_waiting set status = 'offered', ticket_id = $2, updated_at = clock_timestamp() where id = $1 returning *`,
    [id, ticketId],
  );
  return noted(row!);
};

/** Ends the waiting that led to this ticket, if any did. */
export const endWaiting = async (ticketId: string, status: 'taken' | 'gone') => {
  const [row] = await query<Row>(
    `update seat_waiting set status = $2, updated_at = clock_timestamp()
     where ticket_id = $1 and status = 'offered' returning *`,
    [ticketId, status],
  );
  return row && noted(row);
};

export const leaveWaiting = async (id: string): Promise<void> => {
  await query(
    `update seat_waiting set status = 'gone', updated_at = clock_timestamp() where id = $1 and status = 'waiting'`,
    [id],
  );
};

/** Everybody in the line of a departure that will not leave. */
export const dismissWaiting = async (routeId: string) => {
  const rows = await query<Row>(
    `update seat_waiting set status = 'gone', updated_at = clock_timestamp()
     where route_id = $1 and status = 'waiting' returning *`,
    [routeId],
  );
  return rows.map(noted);
};

/** One page of the line in its order: one's own entries, or with `userId` null all. */
export const listWaiting = async (
  routeId: string,
  userId: string | null,
  limit: number,
  cursor: string | undefined,
) => {
  const rows = await query<Row>(
    `${SELECT} where w.route_id = $1 and ($2::text is null or w.user_id = $2) and w.place > $3 order by w.place limit $4`,
    [routeId, userId, decodeCursor(cursor, z.int()) ?? 0, limit + 1],
  );
  const places = new Map(rows.map(({ id, place }) => [id, place]));
  return toPage(rows.map(toEntry), limit, ({ id }) => places.get(id));
};
