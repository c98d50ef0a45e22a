import { z } from 'zod';
import type { ParcelLocation, ParcelStatus, TrailPoint } from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { START, type State, takeAll } from './filters.ts';
import type { Point } from './geo.ts';

/** SQL of positions and trails: many parcels and many fixes a statement. */

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
  state: State;
};

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
      await query<{ awb: string; location: ParcelLocation; state: State }>(
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

export type NewPoint = { awb: string; key: string; receivedAt: string; fix: ParcelLocation };

/**
 * Adds to trails in one statement. Answers, by AWB, the keys that were new: repeats change nothing. As one JSON text, since
 * the driver writes arrays value by value.
 */
export const insertPoints = async (points: NewPoint[]): Promise<Map<string, Set<string>>> => {
  const rows = await query<{ awb: string; key: string }>(
    `insert into parcel_points (awb, key, recorded_at, received_at, lat, long, heading, speed, accuracy, source)
     select awb, key, "recordedAt", "receivedAt", lat, long, heading, speed, accuracy, source
     from json_to_recordset($1) as p(awb text, key text, "recordedAt" timestamptz, "receivedAt" timestamptz,
       lat float8, long float8, heading real, speed real, accuracy real, source text)
     on conflict do nothing returning awb, key`,
    [JSON.stringify(points.map(({ fix, ...point }) => ({ ...point, ...fix })))],
  );
  const added = new Map<string, Set<string>>();
  for (const { awb, key } of rows) {
    const keys = added.get(awb);
    if (keys) keys.add(key);
    else added.set(awb, new Set([key]));
  }
  return added;
};

type PointRow = {
  awb: string;
  key: string;
  recorded_at: Date;
  received_at: Date;
  lat: number;
  long: number;
  heading: number | null;
  speed: number | null;
  accuracy: number | null;
  source: ParcelLocation['source'];
};
const toFix = (row: PointRow): ParcelLocation => ({
  lat: row.lat,
  long: row.long,
  ...(row.heading !== null && { heading: row.heading }),
  ...(row.speed !== null && { speed: row.speed }),
  ...(row.accuracy !== null && { accuracy: row.accuracy }),
  recordedAt: row.recorded_at.toISOString(),
  source: row.source,
});

/** So far back a trail is judged anew when something joins it late. */
const WINDOW = 1_000;

/** The last fixes of each trail, in the order of recording. */
export const readWindows = async (awbs: string[]): Promise<Map<string, ParcelLocation[]>> => {
  const rows = await query<PointRow>(
    `select p.* from unnest($1::text[]) as a(awb) cross join lateral (
       select * from parcel_points where awb = a.awb order by recorded_at desc, key desc limit ${WINDOW}
     ) p order by p.awb, p.recorded_at, p.key`,
    [awbs],
  );
  const windows = new Map<string, ParcelLocation[]>();
  for (const row of rows) {
    const fixes = windows.get(row.awb);
    if (fixes) fixes.push(toFix(row));
    else windows.set(row.awb, [toFix(row)]);
  }
  return windows;
};

/** Sets where many parcels are believed to be, in one statement. */
export const writePositions = (positions: { awb: string; location: ParcelLocation; state: State }[]) =>
  query(
    `insert into parcel_positions (awb, location, state)
     select awb, location, state from json_to_recordset($1) as p(awb text, location jsonb, state jsonb)
     on conflict (awb) do update set location = excluded.location, state = excluded.state`,
    [JSON.stringify(positions)],
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

const Cursor = z.tuple([z.iso.datetime(), z.string()]);
/** So many before a page say what to make of its first. */
const LEAD = 100;

/** One page of a trail, oldest first, with what is not believed marked. */
export const readTrail = async (awb: string, limit: number, cursor: string | undefined) => {
  const after = decodeCursor(cursor, Cursor);
  const page = toPage(
    await query<PointRow>(
      `select * from parcel_points
       where awb = $1 and ($2::timestamptz is null or (recorded_at, key) > ($2, $3)) order by recorded_at, key limit $4`,
      [awb, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    ),
    limit,
    (row) => [row.recorded_at, row.key],
  );
  const lead = after
    ? await query<PointRow>(
        `select * from (
           select * from parcel_points where awb = $1 and (recorded_at, key) <= ($2::timestamptz, $3)
           order by recorded_at desc, key desc limit ${LEAD}
         ) l order by recorded_at, key`,
        [awb, after[0], after[1]],
      )
    : [];
  const { state } = takeAll(START, lead.map(toFix));
  const { marks } = takeAll(state, page.items.map(toFix));
  return {
    items: page.items.map(
      (row, n): TrailPoint => ({ ...toFix(row), receivedAt: row.received_at.toISOString(), mark: marks[n]! }),
    ),
    nextCursor: page.nextCursor,
  };
};
