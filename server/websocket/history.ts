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

/** A stream's head, and what happened after some version: null where the history does not reach back to it. */
type Past = { head: number; events: Committed[] | null };

/** Events that one statement brings for all who asked together; beyond, each socket reads its own. */
const SHARED_EVENTS = 10_000;

const keyOf = (stream: string, since: number | null) => `${since ?? ''} ${stream}`;
const fromKey = (key: string) => {
  const space = key.indexOf(' ');
  return { stream: key.slice(space + 1), since: space === 0 ? null : Number(key.slice(0, space)) };
};

/** Where each stream has to be read from for all of `asked`, as far as that is not too much for one answer. */
const startsOf = (asked: { stream: string; since: number | null }[], heads: Map<string, number>) => {
  const starts = new Map<string, number>();
  for (const { stream, since } of asked) {
    const behind = since === null ? 0 : heads.get(stream)! - since;
    if (behind >= 1 && behind <= MAX_MISSED) starts.set(stream, Math.min(since!, starts.get(stream) ?? since!));
  }
  let events = 0;
  for (const [stream, since] of starts) {
    events += heads.get(stream)! - since;
    if (events > SHARED_EVENTS) starts.delete(stream);
  }
  return starts;
};

/** Complete only if nothing between was removed by age; a `since` from another database's future is not, either. */
const after = (since: number, head: number, events: Committed[]): Committed[] | null => {
  const found = events.filter(({ version }) => version! > since);
  return head - since === found.length ? found : null;
};

/**
 * What happened since, for many sockets: two statements, however many come back in the same moment. Keys that would
 * bring too much are absent from the answer.
 */
const sharedPast = batched(async (keys: string[]): Promise<Map<string, Past>> => {
  const asked = keys.map(fromKey);
  const heads = await readHeads([...new Set(asked.map(({ stream }) => stream))]);
  const starts = startsOf(asked, heads);
  const found = new Map<string, Committed[]>();
  if (starts.size > 0) {
    const streams = [...starts.keys()];
    // Up to the heads that were read: what commits meanwhile belongs to the answer after this.
    const rows = await query<Committed>(
      `select e.* from unnest($1::text[], $2::bigint[], $3::bigint[]) as w(name, since, head)
       join lateral (
         select ${COLUMNS} from events where stream = w.name and version > w.since and version <= w.head
       ) e on true order by e.stream, e.version`,
      [streams, [...starts.values()], streams.map((stream) => heads.get(stream)!)],
    );
    for (const event of rows) {
      const events = found.get(event.stream!);
      if (events) events.push(event);
      else found.set(event.stream!, [event]);
    }
  }
  const past = new Map<string, Past>();
  for (const [n, { stream, since }] of asked.entries()) {
    const head = heads.get(stream)!;
    const behind = since === null ? 0 : head - since;
    if (behind >= 1 && behind <= MAX_MISSED && !starts.has(stream)) continue;
    past.set(keys[n]!, { head, events: since === null ? null : after(since, head, found.get(stream) ?? []) });
  }
  return past;
});

/** The same for what one socket follows, in one statement. */
const ownPast = async (wanted: ReadonlyMap<string, number | null>): Promise<Map<string, Past>> => {
  const names = [...wanted.keys()];
  const rows = await query<Omit<Committed, 'id'> & { id: number | null; name: string; head: number }>(
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
  const heads = new Map<string, number>();
  const events = new Map<string, Committed[]>(names.map((name) => [name, []]));
  for (const { name, head, ...event } of rows) {
    heads.set(name, head);
    if (event.id !== null) events.get(name)!.push(event as Committed);
  }
  return new Map(
    names.map((name) => {
      const head = heads.get(name)!;
      const since = wanted.get(name) ?? null;
      return [name, { head, events: since === null ? null : after(since, head, events.get(name)!) }];
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

/** A stream keeps its last events whatever their age. */
const KEPT_EVENTS = 50;

/** Removes events older than `hours`, a bounded number at a time. Answers how many went. */
export const dropOldEvents = async (hours: number): Promise<number> => {
  const rows = await query<{ count: number }>(
    `with old as (
       select e.id from events e left join streams s on s.name = e.stream
       where e.at < now() - make_interval(hours => $1) and (e.stream is null or e.version <= s.version - $2)
       limit 5000
     ), gone as (delete from events where id in (select id from old) returning 1)
     select count(*)::int as count from gone`,
    [hours, KEPT_EVENTS],
  );
  return rows[0]!.count;
};
