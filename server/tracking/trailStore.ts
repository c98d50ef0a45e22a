import { z } from 'zod';
import type { ParcelLocation, TrailPoint } from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { START, takeAll } from './filters.ts';

/** SQL of trails. One row holds what one device told of a parcel in one transaction; the view `parcel_fixes` opens them. */

/** A fix and what tells it from others: `device` and `suffix` together, under which a repeat is known. */
export type NewPoint = {
  awb: string;
  device: string;
  suffix: string;
  /** The moment that the device named, believed or not. */
  told: string | null;
  fix: ParcelLocation;
};
export const keyOf = ({ device, suffix }: NewPoint): string => device + suffix;

/** Whether the moment that a device named lay too far ahead to be kept. */
const isClockAhead = ({ told, fix }: NewPoint) => told !== null && told > fix.recordedAt;

/** Rows for `parcel_trail`. */
export const toTrailRows = (points: NewPoint[]) => {
  type Row = { first: NewPoint; from_at: string; to_at: string; ahead: boolean; fixes: unknown[] };
  const rows = new Map<string, Row>();
  let row: Row | undefined;
  for (const point of points) {
    const { awb, device, suffix, fix } = point;
    const { recordedAt, lat, long, heading, speed, accuracy } = fix;
    const packed = [suffix, Date.parse(recordedAt), lat, long, heading, speed, accuracy];
    // A phone's hundred come one after the other.
    if (row?.first.awb !== awb || row.first.device !== device || row.first.fix.source !== fix.source) {
      const name = `${awb} ${fix.source} ${device}`;
      row = rows.get(name);
      if (!row) {
        row = { first: point, from_at: recordedAt, to_at: recordedAt, ahead: false, fixes: [] };
        rows.set(name, row);
      }
    }
    if (recordedAt < row.from_at) row.from_at = recordedAt;
    if (recordedAt > row.to_at) row.to_at = recordedAt;
    row.ahead ||= isClockAhead(point);
    row.fixes.push(packed);
  }
  return [...rows.values()].map(({ first: { awb, device, fix }, from_at, to_at, ahead, fixes }) => ({
    awb,
    device,
    source: fix.source,
    from_at,
    to_at,
    clock_ahead: ahead,
    fixes,
  }));
};

/**
 * Which of these points are in their trails already, as `awb key`. A repeat names the moment it named before; where that
 * moment was not kept, since the device's clock was ahead or said nothing, the rows that may hold it are all looked at.
 */
export const readKnown = async (points: NewPoint[]): Promise<Set<string>> => {
  const spans = new Map<string, { awb: string; since: string; until: string }>();
  for (const { awb, told, fix } of points) {
    const [since, until] = told === null ? ['-infinity', 'infinity'] : [fix.recordedAt, fix.recordedAt];
    const span = spans.get(awb);
    if (!span) spans.set(awb, { awb, since, until });
    else if (told === null) spans.set(awb, { awb, since, until });
    else if (span.since !== '-infinity') {
      if (since < span.since) span.since = since;
      if (until > span.until) span.until = until;
    }
  }
  const rows = await query<{ awb: string; key: string }>(
    `select f.awb, f.key from json_to_recordset($1) as s(awb text, since timestamptz, until timestamptz)
     cross join lateral (
       select awb, key from parcel_fixes
       where awb = s.awb and (to_at >= s.since and from_at <= s.until or clock_ahead)
     ) f where f.key = any($2)`,
    [JSON.stringify([...spans.values()]), points.map(keyOf)],
  );
  return new Set(rows.map(({ awb, key }) => `${awb} ${key}`));
};

type FixRow = {
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
const toFix = (row: FixRow): ParcelLocation => ({
  lat: row.lat,
  long: row.long,
  ...(row.heading !== null && { heading: row.heading }),
  ...(row.speed !== null && { speed: row.speed }),
  ...(row.accuracy !== null && { accuracy: row.accuracy }),
  recordedAt: row.recorded_at.toISOString(),
  source: row.source,
});

/** So far back a trail is judged anew when something joins it late. */
export const WINDOW = 1_000;

export type KeyedFix = { key: string; fix: ParcelLocation };
/** Fixes are judged in the order of recording; their keys decide between those of one moment. */
export const inOrder = (a: KeyedFix, b: KeyedFix): number =>
  a.fix.recordedAt < b.fix.recordedAt ? -1 : a.fix.recordedAt > b.fix.recordedAt ? 1 : a.key < b.key ? -1 : 1;

/** The last fixes of each trail. So many rows hold as many fixes at least, and what is older than all of them is none. */
export const readWindows = async (awbs: string[]): Promise<Map<string, KeyedFix[]>> => {
  const rows = await query<FixRow>(
    `select p.* from unnest($1::text[]) as a(awb) cross join lateral (
       select * from parcel_fixes where awb = a.awb and to_at >= coalesce(
         (select to_at from parcel_trail where awb = a.awb order by to_at desc offset ${WINDOW - 1} limit 1), '-infinity')
       order by recorded_at desc, key desc limit ${WINDOW}
     ) p`,
    [awbs],
  );
  const windows = new Map<string, KeyedFix[]>();
  for (const row of rows) {
    const fixes = windows.get(row.awb);
    const keyed = { key: row.key, fix: toFix(row) };
    if (fixes) fixes.push(keyed);
    else windows.set(row.awb, [keyed]);
  }
  return windows;
};

const Cursor = z.tuple([z.iso.datetime(), z.string()]);
/** So many before a page say what to make of its first. */
const LEAD = 100;

/** One page of a trail, oldest first, with what is not believed marked. */
export const readTrail = async (awb: string, limit: number, cursor: string | undefined) => {
  const after = decodeCursor(cursor, Cursor);
  const page = toPage(
    await query<FixRow>(
      `select * from parcel_fixes
       where awb = $1 and ($2::timestamptz is null or to_at >= $2 and (recorded_at, key) > ($2, $3))
       order by recorded_at, key limit $4`,
      [awb, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    ),
    limit,
    (row) => [row.recorded_at, row.key],
  );
  const lead = after
    ? await query<FixRow>(
        `select * from (
           select * from parcel_fixes where awb = $1 and from_at <= $2 and (recorded_at, key) <= ($2::timestamptz, $3)
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
