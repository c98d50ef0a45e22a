import { batched } from '../platform/batch.ts';
import { query } from '../platform/database.ts';
import { COLUMNS, type Committed } from './committed.ts';

/** More missed events than this are answered with a snapshot: cheaper to send and to apply. */
export const MAX_MISSED = 1_000;

/** Versions of these streams now; 0 where nothing happened yet. */
export const readHeads = async (streams: string[]): Promise<Map<string, number>> => {
  const rows = await query<{ name: string; version: number }>(
    'select name, version from streams where name = any($1)',
    [streams],
  );
  const found = new Map(rows.map(({ name, version }) => [name, version]));
  return new Map(streams.map((name) => [name, found.get(name) ?? 0]));
};

/** A line of a question about streams: an event, or nulls and only the head. */
type Found = Omit<Committed, 'id'> & { id: number | null; name: string; head: number; start?: number | null };

const byStream = (rows: Found[]): Map<string, { head: number; events: Committed[] }> => {
  const found = new Map<string, { head: number; events: Committed[] }>();
  for (const { name, head, start: _, ...event } of rows) {
    const stream = found.get(name) ?? { head, events: [] };
    found.set(name, stream);
    if (event.id !== null) stream.events.push(event as Committed);
  }
  return found;
};

/** A stream's head, and what happened after some version: null where the history does not reach back to it. */
type Past = { head: number; events: Committed[] | null };

/** Events that one statement brings for all who asked together; beyond, each socket reads its own. */
const SHARED_EVENTS = 10_000;

const keyOf = (stream: string, since: number | null) => `${since ?? ''} ${stream}`;
const fromKey = (key: string) => {
  const space = key.indexOf(' ');
  return { stream: key.slice(space + 1), since: space === 0 ? null : Number(key.slice(0, space)) };
};

/** Complete only if nothing between was removed by age; a `since` from another database's future is not, either. */
const after = (since: number, head: number, events: Committed[]): Committed[] | null => {
  const found = events.filter(({ version }) => version! > since);
  return head - since === found.length ? found : null;
};

/**
 * What happened since, for many sockets: one statement, however many come back in the same moment. Keys that would
 * bring too much are absent from the answer.
 */
const sharedPast = batched(async (keys: string[]): Promise<Map<string, Past>> => {
  const asked = keys.map(fromKey);
  // Each stream is read once, from the earliest version that somebody has.
  const rows = await query<Found>(
    `with asked as (
       select a.name, a.since, coalesce(s.version, 0) as head
       from unnest($1::text[], $2::bigint[]) as a(name, since) left join streams s on s.name = a.name
     ), starts as (
       select name, head, min(since) as since, sum(head - min(since)) over (order by name) as events
       from asked where head - since between 1 and $3 group by name, head
     )
     select h.name, h.head, w.since as start, e.*
     from (select distinct name, head from asked) h
     left join starts w on w.name = h.name and w.events <= $4
     left join lateral (
       select ${COLUMNS} from events where stream = w.name and version > w.since
     ) e on true
     order by h.name, e.version`,
    [asked.map(({ stream }) => stream), asked.map(({ since }) => since), MAX_MISSED, SHARED_EVENTS],
  );
  const found = byStream(rows);
  const starts = new Map(rows.map(({ name, start }) => [name, start]));
  const past = new Map<string, Past>();
  for (const [n, { stream, since }] of asked.entries()) {
    const { head, events } = found.get(stream)!;
    const behind = since === null ? 0 : head - since;
    if (behind >= 1 && behind <= MAX_MISSED && starts.get(stream) === null) continue;
    past.set(keys[n]!, { head, events: since === null ? null : after(since, head, events) });
  }
  return past;
});

/** The same for what one socket follows, in one statement. */
const ownPast = async (wanted: ReadonlyMap<string, number | null>): Promise<Map<string, Past>> => {
  const names = [...wanted.keys()];
  const rows = await query<Found>(
    `select w.name, coalesce(s.version, 0) as head, e.*
     from unnest($1::text[], $2::bigint[]) as w(name, since)
     left join streams s on s.name = w.name
     left join lateral (
       select ${COLUMNS} from events
       where stream = w.name and version > w.since and s.version - w.since between 1 and $3
       order by version
     ) e on true`,
    [names, names.map((name) => wanted.get(name) ?? null), MAX_MISSED],
  );
  const found = byStream(rows);
  return new Map(
    [...wanted].map(([name, since]) => {
      const { head, events } = found.get(name)!;
      return [name, { head, events: since === null ? null : after(since, head, events) }];
    }),
  );
};

/**
 * What happened in each stream after `since`, up to MAX_MISSED a stream, with the head of the same moment. A stream
 * whose history does not reach back is absent from `missed`.
 */
export const readMissed = async (
  wanted: ReadonlyMap<string, number | null>,
): Promise<{ heads: Map<string, number>; missed: Map<string, Committed[]> }> => {
  const shared = await sharedPast([...wanted].map(([name, since]) => keyOf(name, since)));
  const alone = new Map([...wanted].filter(([name, since]) => !shared.has(keyOf(name, since))));
  const own = alone.size > 0 ? await ownPast(alone) : null;
  const heads = new Map<string, number>();
  const missed = new Map<string, Committed[]>();
  for (const [name, since] of wanted) {
    const { head, events } = shared.get(keyOf(name, since)) ?? own!.get(name)!;
    heads.set(name, head);
    if (events) missed.set(name, events);
  }
  return { heads, missed };
};

/** One page of a stream's history, oldest first. */
export const readEvents = (stream: string, since: number, limit: number): Promise<Committed[]> =>
  query<Committed>(`select ${COLUMNS} from events where stream = $1 and version > $2 order by version limit $3`, [
    stream,
    since,
    limit,
  ]);
