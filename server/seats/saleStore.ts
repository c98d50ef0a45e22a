import { randomBytes } from 'node:crypto';
import type { RouteStatus, Ticket } from '../contract/seats.ts';
import { query } from '../platform/database.ts';
import { type Held, type Row, toHeld } from './ticketStore.ts';

/** SQL that sells seats. Whoever sells holds the departure's lock; the unique index is the judge all the same. */

/** Seats for one customer, all of them or none. */
export type Order = {
  userId: string;
  by: string | null;
  /** How long they are held. */
  seconds: number;
  offer?: 'waiting_list';
  seats: { id: string; seatNumber: string; passengerName: string }[];
};

/** The parameter that INPUT reads. */
const toInput = (orders: Order[]): string =>
  JSON.stringify(
    orders.flatMap(({ userId, by, seconds, offer, seats }, n) =>
      seats.map(({ id, seatNumber, passengerName }) => ({
        n,
        id,
        seat_number: seatNumber,
        passenger_name: passengerName,
        code: randomBytes(16).toString('base64url'),
        user_id: userId,
        by,
        seconds,
        offer,
      })),
    ),
  );
const INPUT = `select * from jsonb_to_recordset($1) as i(
  n int, id text, seat_number text, passenger_name text, code text, user_id text, by text, seconds float8, offer text
)`;

/** Of which orders somebody has which seats. */
const GONE = `select i.n, i.seat_number from input i
  join tickets x on x.route_id = $2 and x.seat_number = i.seat_number and x.status <> 'cancelled'`;

/** Takes the seats of the orders that nobody has one of, writes their history, and notes that the departure changed. */
const sale = (from: string) => `t as (
    insert into tickets (id, route_id, seat_number, passenger_name, user_id, status, price_amount, price_currency, expires_at, offer, code)
    select i.id, r.id, i.seat_number, i.passenger_name, i.user_id, 'reserved', r.price_amount, r.price_currency,
      clock_timestamp() + make_interval(secs => i.seconds), i.offer, i.code
    from input i cross join ${from} r where i.n not in (select n from gone)
    on conflict (route_id, seat_number) where status <> 'cancelled' do nothing
    returning *
  ), line as (
    insert into ticket_history (ticket_id, kind, by, seat_number, note)
    select t.id, case when t.offer is null then 'reserved' else 'offered' end, input.by, t.seat_number, t.offer
    from t join input on input.id = t.id
  ), touched as (
    update routes set updated_at = clock_timestamp() where id = $2 and exists (select from t)
  )`;
const TAKEN_BEFORE = `(select count(*) from tickets x where x.route_id = $2 and x.status <> 'cancelled') as taken_before`;

/**
 * Takes the seats of those orders of which nobody has one, for the holder of the departure's lock; no two of the orders
 * may want the same seat. Answers how many of the departure's seats are taken now, too.
 */
export const insertTickets = async (
  routeId: string,
  orders: Order[],
): Promise<{ held: Held[]; takenSeats: number }> => {
  const rows = await query<Row & { taken_before: number }>(
    `with input as (${INPUT}), gone as (${GONE}), r as (select * from routes where id = $2), ${sale('r')}
     select t.*, r.company_id, r.origin, r.destination, r.departs_at, false as paid, ${TAKEN_BEFORE}
     from t cross join r`,
    [toInput(orders), routeId],
  );
  return { held: rows.map(toHeld), takenSeats: (rows[0]?.taken_before ?? 0) + rows.length };
};

/** Locks the departure where one of these seats may be free: who wants what is sold waits for nobody. */
const LOCK_IF_FREE = `with locked as materialized (
    select r.id from routes r where r.id = $1 and exists (
      select from unnest($2::text[]) as wanted(seat_number) where not exists (
        select from tickets x where x.route_id = $1 and x.seat_number = wanted.seat_number and x.status <> 'cancelled'
          and (x.expires_at is null or x.expires_at > clock_timestamp())
      )
    ) for no key update
  )
  select set_config('waybeat.departure', id, true) from locked`;

/** Nothing about the departure that the rules would have to look at; `requireOnSale` says what a rule would say. */
const ORDINARY = `select r.* from routes r
  where r.id = $2 and r.status = 'scheduled' and r.departs_at > clock_timestamp()
    and r.seat_numbers @> array(select seat_number from input)
    and not exists (
      select from tickets x where x.route_id = $2 and x.status = 'reserved' and x.expires_at <= statement_timestamp()
    )`;

type SoldRow = Omit<Row, 'id'> & {
  id: string | null;
  wanted_id: string;
  wanted_seat: string;
  is_gone: boolean;
  is_decided: boolean;
  taken_before: number;
  total: number;
};

export type Sold = {
  /** By the id that was asked for. */
  tickets: Map<string, Ticket>;
  /** Seats that somebody has. */
  gone: Set<string>;
  /** How the departure stands now. */
  board: { companyId: string; status: RouteStatus; departsAt: string; available: number; total: number };
};

/**
 * Locks the departure and sells in one round trip, where nothing is out of the ordinary. Undefined where something is:
 * then nothing was sold, and whoever calls has to look what it is. Whoever got no ticket wants a seat that is gone.
 * Inside a transaction; no two of the orders may want the same seat.
 */
export const sellPlainly = async (routeId: string, orders: Order[]): Promise<Sold | undefined> => {
  const seatNumbers = orders.flatMap(({ seats }) => seats.map(({ seatNumber }) => seatNumber));
  const [, rows] = await Promise.all([
    query(LOCK_IF_FREE, [routeId, seatNumbers]),
    // A statement of its own: it sees what those did who had the lock before. It sells to nobody unless that was locked.
    query<SoldRow>(
      `with input as (${INPUT}), gone as (${GONE}), r as (${ORDINARY}), mine as (
         select * from r where id = current_setting('waybeat.departure', true)
       ), ${sale('mine')}
       select i.id as wanted_id, i.seat_number as wanted_seat, exists (select from gone g where g.seat_number = i.seat_number) as is_gone,
         exists (select from mine) or exists (select from r) and not exists (select from input where n not in (select n from gone))
           as is_decided,
         t.*, r.company_id, r.origin, r.destination, r.departs_at, false as paid, ${TAKEN_BEFORE},
         cardinality(r.seat_numbers) as total
       from input i left join t on t.id = i.id left join r on true`,
      [toInput(orders), routeId],
    ),
  ]);
  const [some] = rows;
  if (!some?.is_decided) return undefined;
  const tickets = new Map(
    rows.flatMap((row) => (row.id === null ? [] : [[row.wanted_id, toHeld(row as Row).ticket] as const])),
  );
  return {
    tickets,
    gone: new Set(rows.flatMap((row) => (row.is_gone ? [row.wanted_seat] : []))),
    board: {
      companyId: some.company_id,
      status: 'scheduled',
      departsAt: some.departs_at.toISOString(),
      available: some.total - some.taken_before - tickets.size,
      total: some.total,
    },
  };
};
