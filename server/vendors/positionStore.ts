import { z } from 'zod';
import type { Position, TrailBatch, TrailPoint } from '../contract/vendors.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { nodeId } from '../websocket/nodes.ts';

/** SQL of positions and trails: many vendors a statement. */

export type Written = { vendorId: string; location: Position; at: number };

/** Keeps the newest of each vendor's positions. Those of vendors that are gone are dropped. */
export const writePositions = async (positions: Written[]): Promise<void> => {
  if (positions.length === 0) return;
  await query(
    `insert into vendor_positions (vendor_id, lat, long, heading, speed, accuracy, recorded_at, node)
     select t.id, t.lat, t.long, t.heading, t.speed, t.accuracy, to_timestamp(t.at / 1000.0), $8
     from unnest($1::text[], $2::float8[], $3::float8[], $4::real[], $5::real[], $6::real[], $7::float8[])
       as t(id, lat, long, heading, speed, accuracy, at)
     join vendors v on v.id = t.id order by t.id
     on conflict (vendor_id) do update set lat = excluded.lat, long = excluded.long, heading = excluded.heading,
       speed = excluded.speed, accuracy = excluded.accuracy, recorded_at = excluded.recorded_at,
       node = excluded.node, updated_at = clock_timestamp()
     where vendor_positions.recorded_at <= excluded.recorded_at`,
    [
      positions.map(({ vendorId }) => vendorId),
      positions.map(({ location }) => location.lat),
      positions.map(({ location }) => location.long),
      positions.map(({ location }) => location.heading ?? null),
      positions.map(({ location }) => location.speed ?? null),
      positions.map(({ location }) => location.accuracy ?? null),
      positions.map(({ at }) => at),
      nodeId,
    ],
  );
};

/** `[ms, lat, long]`: a day of points should not be mostly names of fields. */
export type StoredPoint = [number, number, number];

export const writeTrails = async (batches: { vendorId: string; points: StoredPoint[] }[]): Promise<void> => {
  if (batches.length === 0) return;
  await query(
    `insert into vendor_trails (vendor_id, from_at, to_at, points)
     select t.id, to_timestamp((t.points->0->>0)::float8 / 1000), to_timestamp((t.points->-1->>0)::float8 / 1000), t.points
     from jsonb_to_recordset($1) as t(id text, points jsonb) join vendors v on v.id = t.id`,
    [JSON.stringify(batches.map(({ vendorId, points }) => ({ id: vendorId, points })))],
  );
};

const toPoint = ([at, lat, long]: StoredPoint): TrailPoint => ({ at: new Date(at).toISOString(), lat, long });
const After = z.tuple([z.iso.datetime(), z.int()]);

/** One page of the batches of a UTC day, oldest first. */
export const listTrail = async (vendorId: string, day: string, limit: number, cursor: string | undefined) => {
  const after = decodeCursor(cursor, After);
  const rows = await query<{ id: number; from_at: Date; to_at: Date; points: StoredPoint[] }>(
    `select id, from_at, to_at, points from vendor_trails
     where vendor_id = $1 and from_at >= $2::date::timestamp at time zone 'UTC'
       and from_at < ($2::date + 1)::timestamp at time zone 'UTC'
       and ($3::timestamptz is null or (from_at, id) > ($3::timestamptz, $4))
     order by from_at, id limit $5`,
    [vendorId, day, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  );
  const page = toPage(rows, limit, (row) => [row.from_at.toISOString(), row.id]);
  return {
    items: page.items.map(
      (row): TrailBatch => ({
        from: row.from_at.toISOString(),
        to: row.to_at.toISOString(),
        points: row.points.map(toPoint),
      }),
    ),
    nextCursor: page.nextCursor,
  };
};
