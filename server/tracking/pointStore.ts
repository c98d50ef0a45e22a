import type { ParcelLocation, ParcelStatus } from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { databaseWriteSeconds } from '../platform/metrics.ts';
import { START, type State } from './filters.ts';
import type { Point } from './geo.ts';
import type { Revisions } from './remembered.ts';
import { type NewPoint, toTrailRows } from './trailStore.ts';

/** SQL of where parcels are: many parcels and many fixes a statement. */

export type Located = {
  awb: string;
  companyId: string;
  riderId: string | null;
  senderId: string | null;
  recipientId: string | null;
  status: ParcelStatus;
  statusChangedAt: string;
  destination: Partial<Point> | null;
  approached: boolean;
  eta: string | null;
  etaSource: 'staff' | 'computed' | null;
  location: ParcelLocation | null;
  state: State & Told;
  /** `xmin` of its row in `parcels`, as it was locked. */
  revision: string;
};

/** The newest moment that any device named, believed or not; the version before did not note it. */
type Told = { toldAt?: string | null };

type LocatedRow = {
  awb: string;
  company_id: string;
  rider_id: string | null;
  sender_id: string | null;
  recipient_id: string | null;
  status: ParcelStatus;
  status_changed_at: Date;
  destination: Point;
  approached: boolean;
  eta: Date | null;
  eta_source: 'staff' | 'computed' | null;
  revision: string;
};

/** Locks parcels, always in the same order, and answers what a position may change. Those that do not exist are absent. */
export const lockLocated = async (awbs: string[]): Promise<Map<string, Located>> => {
  const rows = await query<LocatedRow>(
    `select awb, company_id, rider_id, sender_id, recipient_id, status, status_changed_at, destination, approached, eta, eta_source,
       xmin::text as revision
     from parcels where awb = any($1) order by awb for no key update`,
    [awbs],
  );
  // After the lock: a statement sees what was committed when it began, and somebody may have been writing then.
  const positions = new Map(
    (
      await query<{ awb: string; location: ParcelLocation; state: State & Told }>(
        'select awb, location, state from parcel_positions where awb = any($1)',
        [rows.map(({ awb }) => awb)],
      )
    ).map((row) => [row.awb, row]),
  );
  return new Map(
    rows.map((row) => [
      row.awb,
      {
        awb: row.awb,
        companyId: row.company_id,
        riderId: row.rider_id,
        senderId: row.sender_id,
        recipientId: row.recipient_id,
        status: row.status,
        statusChangedAt: row.status_changed_at.toISOString(),
        destination: row.destination,
        approached: row.approached,
        eta: row.eta?.toISOString() ?? null,
        etaSource: row.eta_source,
        location: positions.get(row.awb)?.location ?? null,
        state: positions.get(row.awb)?.state ?? START,
        revision: row.revision,
      },
    ]),
  );
};

/** Where a parcel is believed to be is the last fix that its filters believed. */
type Move = { awb: string; state: State & Told };

const TRAIL = `json_to_recordset($1) as t(awb text, device text, source text, from_at timestamptz, to_at timestamptz,
  clock_ahead boolean, fixes json)`;

/**
 * Adds to trails and sets where parcels are believed to be, of many at once, in one statement. Answers the revisions of
 * the rows in `parcel_positions`.
 */
export const writeMoves = async (points: NewPoint[], moves: Move[]): Promise<Map<string, string>> => {
  const rows = await query<{ awb: string; revision: string }>(
    `with trail as (
       insert into parcel_trail (awb, device, source, from_at, to_at, clock_ahead, received_at, fixes)
       select awb, device, source, from_at, to_at, clock_ahead, clock_timestamp(), fixes from ${TRAIL}
     )
     insert into parcel_positions (awb, location, state)
     select awb, state -> 'good', state from json_to_recordset($2) as p(awb text, state jsonb)
     on conflict (awb) do update set location = excluded.location, state = excluded.state
     returning awb, xmin::text as revision`,
    [JSON.stringify(toTrailRows(points)), JSON.stringify(moves)],
  );
  return new Map(rows.map(({ awb, revision }) => [awb, revision]));
};

/**
 * The same, outside a transaction, of those parcels whose rows still have the given revisions; they are locked as
 * `lockLocated` locks them, and compared as they are under the lock. Answers the new revisions; of a parcel that is
 * absent nothing was written.
 */
export const writeMovesOf = async (points: NewPoint[], moves: (Move & Revisions)[]): Promise<Map<string, string>> => {
  const done = databaseWriteSeconds.startTimer();
  const rows = await query<{ awb: string; revision: string }>(
    `with moves as (
       select * from json_to_recordset($2) as m(awb text, state jsonb, parcel xid, position xid)
     ), held as (
       select p.awb, m.state, m.position from parcels p join moves m on m.awb = p.awb and m.parcel = p.xmin
       where p.awb = any($3) order by p.awb for no key update of p
     ), moved as (
       update parcel_positions q set location = h.state -> 'good', state = h.state
       from held h where q.awb = h.awb and q.xmin = h.position
       returning q.awb, q.xmin::text as revision
     ), trail as (
       insert into parcel_trail (awb, device, source, from_at, to_at, clock_ahead, received_at, fixes)
       select t.awb, device, source, from_at, to_at, clock_ahead, clock_timestamp(), fixes
       from ${TRAIL} join moved on moved.awb = t.awb
     )
     select awb, revision from moved`,
    [JSON.stringify(toTrailRows(points)), JSON.stringify(moves), moves.map(({ awb }) => awb)],
  );
  done();
  return new Map(rows.map(({ awb, revision }) => [awb, revision]));
};

/** Notes computed ETAs and announced riders of many parcels, in one statement. */
export const writeForecasts = (forecasts: { awb: string; eta: string | null; approached: boolean }[]) =>
  query(
    `update parcels p set
       eta = coalesce(f.eta, p.eta),
       eta_source = case when f.eta is null then p.eta_source else 'computed' end,
       approached = p.approached or f.approached,
       updated_at = clock_timestamp()
     from unnest($1::text[], $2::timestamptz[], $3::boolean[]) as f(awb, eta, approached) where p.awb = f.awb`,
    [forecasts.map(({ awb }) => awb), forecasts.map(({ eta }) => eta), forecasts.map(({ approached }) => approached)],
  );
