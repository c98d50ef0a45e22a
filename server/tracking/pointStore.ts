import type { ParcelLocation, ParcelStatus } from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { START, type State } from './filters.ts';
import type { Point } from './geo.ts';
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
};

/** Locks parcels, always in the same order, and answers what a position may change. Those that do not exist are absent. */
export const lockLocated = async (awbs: string[]): Promise<Map<string, Located>> => {
  const rows = await query<LocatedRow>(
    `select awb, company_id, rider_id, sender_id, recipient_id, status, status_changed_at, destination, approached, eta, eta_source
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
      },
    ]),
  );
};

/** Adds to trails and sets where parcels are believed to be, of many at once, in one statement. */
export const writeMoves = (
  points: NewPoint[],
  positions: { awb: string; location: ParcelLocation; state: State & Told }[],
) =>
  query(
    `with trail as (
       insert into parcel_trail (awb, device, source, from_at, to_at, clock_ahead, received_at, fixes)
       select awb, device, source, from_at, to_at, clock_ahead, clock_timestamp(), fixes
       from json_to_recordset($1) as t(awb text, device text, source text, from_at timestamptz, to_at timestamptz,
         clock_ahead boolean, fixes json)
     )
     insert into parcel_positions (awb, location, state)
     select awb, location, state from json_to_recordset($2) as p(awb text, location jsonb, state jsonb)
     on conflict (awb) do update set location = excluded.location, state = excluded.state`,
    [JSON.stringify(toTrailRows(points)), JSON.stringify(positions)],
  );

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
