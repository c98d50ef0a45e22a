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

/** The same, where many sockets ask in one tick. */
const headsOf = batched(readHeads);

/**
 * What happened in each stream after `since`, up to MAX_MISSED a stream, with the heads: one statement, so that both
 * are of the same moment, however many streams. A stream whose history does not reach back is absent from `missed`.
 */
export const readMissed = async (
  wanted: ReadonlyMap<string, number | null>,
): Promise<{ heads: Map<string, number>; missed: Map<string, Committed[]> }> => {
  const names = [...wanted.keys()];
  // Nobody named a version: a thousand first joins of one tick then share one statement.
  if ([...wanted.values()].every((version) => version === null))
    return { heads: await headsOf(names), missed: new Map() };
  const since = names.map((name) => wanted.get(name) ?? null);
  const rows = await query<Omit<Committed, 'id'> & { id: number | null; name: string; head: number }>(
    `select w.name, coalesce(s.version, 0) as head, e.*
     from unnest($1::text[], $2::bigint[]) as w(name, since)
     left join streams s on s.name = w.name
     left join lateral (
       select ${COLUMNS} from events
       where stream = w.name and version > w.since and s.version - w.since between 1 and $3
       order by version
     ) e on true`,
    [names, since, MAX_MISSED],
  );
  const heads = new Map<string, number>();
  const events = new Map<string, Committed[]>(names.map((name) => [name, []]));
  for (const { name, head, ...event } of rows) {
    heads.set(name, head);
    if (event.id !== null) events.get(name)!.push(event as Committed);
  }
  const missed = new Map<string, Committed[]>();
  for (const [name, list] of events) {
    const after = wanted.get(name);
    // Complete only if nothing between was removed by age; a `since` from another database's future is too.
    if (after != null && heads.get(name)! - after === list.length) missed.set(name, list);
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
