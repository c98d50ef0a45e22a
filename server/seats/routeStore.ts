import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Route, RouteQuery, RouteStatus, SeatMap, SeatStatus } from '../contract/seats.ts';
import { batched } from '../platform/batch.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

/** SQL of departures and of which seats are free. A departure's version is its stream's. */

type RouteRow = {
  id: string;
  company_id: string;
  origin: string;
  destination: string;
  departs_at: Date;
  seat_numbers: string[];
  price_amount: number;
  price_currency: string;
  status: RouteStatus;
  created_at: Date;
  updated_at: Date;
  taken: number;
  version: number;
};

const toRoute = (row: RouteRow): Route => ({
  id: row.id,
  companyId: row.company_id,
  origin: row.origin,
  destination: row.destination,
  departsAt: row.departs_at.toISOString(),
  seatNumbers: row.seat_numbers,
  price: { amount: row.price_amount, currency: row.price_currency },
  status: row.status,
  available: row.status === 'cancelled' ? 0 : row.seat_numbers.length - row.taken,
  total: row.seat_numbers.length,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const TAKEN = `(select count(*) from tickets t where t.route_id = r.id and t.status <> 'cancelled')`;
const SELECT = `select r.*, ${TAKEN} as taken, coalesce(v.version, 0) as version
  from routes r left join streams v on v.name = 'route:' || r.id`;

/** Throws NOT_FOUND. */
export const getRoute = async (id: string): Promise<Route> => {
  const [row] = await query<RouteRow>(`${SELECT} where r.id = $1`, [id]);
  if (!row) throw notFound('Departure');
  return toRoute(row);
};

/** Those of `ids` that exist, the next to leave first. */
export const readRoutes = async (ids: string[]): Promise<Route[]> =>
  ids.length === 0
    ? []
    : (await query<RouteRow>(`${SELECT} where r.id = any($1) order by r.departs_at, r.id`, [ids])).map(toRoute);

/** What a change of a departure's seats has to know of it. */
export type Locked = {
  id: string;
  companyId: string;
  departsAt: Date;
  /** By the database's clock. */
  hasLeft: boolean;
  /** Whether a hold had ended when the lock was asked for. */
  overdue: boolean;
  seatNumbers: string[];
  price: { amount: number; currency: string };
  status: RouteStatus;
};

/**
 * Locks a departure until the transaction ends. Every change of its seats, tickets, money and waiting list comes by
 * here first, so they happen one after the other and no two of them can wait for each other. Throws NOT_FOUND.
 */
export const lockRoute = async (id: string): Promise<Locked> => {
  const [row] = await query<RouteRow & { has_left: boolean; overdue: boolean }>(
    `select r.*, r.departs_at <= clock_timestamp() as has_left,
       exists (select 1 from tickets t where t.route_id = r.id and t.status = 'reserved' and t.expires_at <= statement_timestamp()) as overdue
     from routes r where r.id = $1 for no key update`,
    [id],
  );
  if (!row) throw notFound('Departure');
  return {
    id: row.id,
    companyId: row.company_id,
    departsAt: row.departs_at,
    hasLeft: row.has_left,
    overdue: row.overdue,
    seatNumbers: row.seat_numbers,
    price: { amount: row.price_amount, currency: row.price_currency },
    status: row.status,
  };
};

/** Notes that something of it changed; answers how many of its seats are free now. */
export const touchRoute = async (id: string): Promise<{ available: number; total: number }> => {
  const [row] = await query<{ status: RouteStatus; taken: number; total: number }>(
    `update routes r set updated_at = clock_timestamp() where id = $1
     returning status, ${TAKEN} as taken, cardinality(seat_numbers) as total`,
    [id],
  );
  const { status, taken, total } = row!;
  return { available: status === 'cancelled' ? 0 : total - taken, total };
};

export const setRouteCancelled = async (id: string): Promise<void> => {
  await query(`update routes set status = 'cancelled' where id = $1`, [id]);
};

export type NewRoute = {
  origin: string;
  destination: string;
  departsAt: string;
  seatNumbers: string[];
  price: { amount: number; currency: string };
};

export const insertRoute = async (companyId: string, route: NewRoute): Promise<Route> => {
  const [row] = await query<RouteRow>(
    `insert into routes (id, company_id, origin, destination, departs_at, seat_numbers, price_amount, price_currency)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning *, 0 as taken, 0 as version`,
    [
      randomUUID(),
      companyId,
      route.origin,
      route.destination,
      route.departsAt,
      route.seatNumbers,
      route.price.amount,
      route.price.currency,
    ],
  );
  return toRoute(row!);
};

type SeatsRow = {
  id: string;
  seat_numbers: string[];
  version: number;
  status: RouteStatus;
  held: Record<string, SeatStatus> | null;
};

const toSeatMap = ({ id, seat_numbers, version, status, held }: SeatsRow): SeatMap => {
  const seats = seat_numbers.map((seatNumber) => ({
    seatNumber,
    status: held?.[seatNumber] ?? ('available' as const),
  }));
  const free = seats.filter((seat) => seat.status === 'available').length;
  return { routeId: id, version, seats, available: status === 'cancelled' ? 0 : free, total: seats.length };
};

/** How the seats of departures stand, with the version that this is: one statement, so the two belong together. */
export const readSeatMaps = batched(async (ids: string[]): Promise<Map<string, SeatMap>> => {
  const rows = await query<SeatsRow>(
    `select r.id, r.seat_numbers, r.status, coalesce(v.version, 0) as version,
       (select jsonb_object_agg(t.seat_number, t.status) from tickets t
        where t.route_id = r.id and t.status <> 'cancelled') as held
     from routes r left join streams v on v.name = 'route:' || r.id where r.id = any($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, toSeatMap(row)]));
});

/** Throws NOT_FOUND. */
export const getSeatMap = async (id: string): Promise<SeatMap> => {
  const found = (await readSeatMaps([id])).get(id);
  if (!found) throw notFound('Departure');
  return found;
};

const Position = z.tuple([z.iso.datetime(), z.string()]);
const pattern = (value: string) => `%${value.replace(/[\\%_]/g, '\\$&')}%`;

/** One page; the next to leave first, or with `updatedSince` oldest change first, so that a reader can follow along. */
export const listRoutes = async (filter: RouteQuery) => {
  const parameters: unknown[] = [];
  const add = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const where = ['true'];
  const changed = filter.updatedSince !== undefined;
  if (filter.origin) where.push(`r.origin ilike ${add(pattern(filter.origin))}`);
  if (filter.destination) where.push(`r.destination ilike ${add(pattern(filter.destination))}`);
  if (filter.q) where.push(`concat_ws(' ', r.origin, r.destination) ilike ${add(pattern(filter.q))}`);
  if (filter.status) where.push(`r.status = ${add(filter.status)}`);
  if (filter.companyId) where.push(`r.company_id = ${add(filter.companyId)}`);
  if (filter.date) {
    const day = add(`${filter.date}T00:00:00Z`);
    where.push(`r.departs_at >= ${day}::timestamptz and r.departs_at < ${day}::timestamptz + interval '1 day'`);
  }
  if (filter.departsFrom) where.push(`r.departs_at >= ${add(filter.departsFrom)}`);
  if (filter.departsTo) where.push(`r.departs_at < ${add(filter.departsTo)}`);
  // Who asks for a time or follows changes gets what was asked for.
  const upcoming = filter.past !== 'true' && !filter.date && !filter.departsFrom && !filter.departsTo && !changed;
  if (upcoming) where.push('r.departs_at > now()');
  if (changed) where.push(`r.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 'r.updated_at' : 'r.departs_at';
  const position = decodeCursor(filter.cursor, Position);
  if (position) where.push(`(${column}, r.id) > (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const rows = await query<RouteRow>(
    `${SELECT} where ${where.join(' and ')} order by ${column}, r.id limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toRoute), filter.limit, (route) => [changed ? route.updatedAt : route.departsAt, route.id]);
};
