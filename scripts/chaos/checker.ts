import type { ChaosDatabase } from './databases.ts';
import type { Watcher } from './watchers.ts';
import type { Ledger } from './writers.ts';

/** The proof at the end of every fault run: what was promised, compared with what is stored and what was seen. */

/** A write that the server acknowledged: the stream, and the mark it carried. */
export type Acknowledged = { stream: string; mark: string };

type Stored = { stream: string; version: number; mark: string | null };

const versionFaults = (byStream: Map<string, number[]>, heads: Map<string, number>): string[] => {
  const faults: string[] = [];
  for (const [stream, head] of heads) {
    const versions = byStream.get(stream) ?? [];
    if (versions.length !== head || versions.some((version, index) => version !== index + 1))
      faults.push(`${stream}: versions are not 1 to ${head} without gap`);
  }
  return faults;
};

/** The versions of each stream, oldest first. */
export const groupByStream = (events: Stored[]): Map<string, number[]> => {
  const groups = new Map<string, number[]>();
  for (const { stream, version } of events) {
    const group = groups.get(stream);
    if (group) group.push(version);
    else groups.set(stream, [version]);
  }
  return groups;
};

/** The first place where two lists differ, in words a person can look up. */
const difference = (expected: number[], got: number[]): string | undefined => {
  const at = expected.findIndex((version, index) => got[index] !== version);
  if (at >= 0) return `${got[at] ?? 'nothing'} where ${expected[at]} belongs`;
  return got.length > expected.length ? `${got[expected.length]}, which is not stored` : undefined;
};

/** What a watcher saw of a stream that it should not have, or did not; undefined when it saw what is stored, once and in order. */
export const streamFault = (watcher: Watcher, stream: string, stored: number[]): string | undefined => {
  const seen = watcher.seen().get(stream);
  if (!seen) return `${watcher.name} never saw ${stream}`;
  const expected = stored.filter((version) => version > seen.from);
  const odd = difference(expected, seen.versions);
  return odd && `${watcher.name} (${watcher.status()}) saw of ${stream} after ${seen.from}: ${odd}`;
};

/** What the database holds: every durable event, oldest first, and how far it says each stream has come. */
export type History = { events: Stored[]; heads: Map<string, number> };

type Readable = Pick<ChaosDatabase, 'read'>;

/** How far each stream, or each of these, has come, as the database says. */
export const readHeads = async (database: Readable, streams: string[] | null = null): Promise<Map<string, number>> => {
  const rows = await database.read<{ name: string; version: number }>(
    'select name, version::int as version from streams where $1::text[] is null or name = any($1)',
    [streams],
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
};

/** Reads while nobody writes (of an embedded database: while no server has it) what is stored of all or these streams. */
export const readHistory = async (database: Readable, streams: string[] | null = null): Promise<History> => ({
  events: await database.read<Stored>(
    `select stream, version::int as version, split_part(payload->'inspection'->>'notes', ' ', 1) as mark
     from events where stream is not null and ($1::text[] is null or stream = any($1)) order by stream, version`,
    [streams],
  ),
  heads: await readHeads(database, streams),
});

/** Those watchers that have not yet seen the newest of each stream. */
export const behind = (watchers: Watcher[], heads: Map<string, number>): Watcher[] =>
  watchers.filter((watcher) =>
    watcher.follows.some((stream) => {
      const seen = watcher.seen().get(stream);
      return (seen?.versions.at(-1) ?? seen?.from) !== (heads.get(stream) ?? 0);
    }),
  );

/** Every promise that was broken, in words; none is the proof. */
export const judge = (
  { events, heads }: History,
  { sent, acknowledged }: Pick<Ledger, 'sent' | 'acknowledged'>,
  watchers: Watcher[],
): string[] => {
  const byStream = groupByStream(events);
  const marks = new Map<string, number>();
  // Notes of others are no marks.
  for (const { mark } of events) if (mark && sent.has(mark)) marks.set(mark, (marks.get(mark) ?? 0) + 1);
  return [
    ...versionFaults(byStream, heads),
    ...acknowledged
      .filter(({ mark }) => !marks.has(mark))
      .map(({ stream, mark }) => `${mark} of ${stream} was acknowledged and is not in the database`),
    ...[...marks].filter(([, count]) => count > 1).map(([mark, count]) => `${mark} is in the database ${count} times`),
    ...watchers.flatMap((watcher) =>
      watcher.follows.flatMap((stream) => streamFault(watcher, stream, byStream.get(stream) ?? []) ?? []),
    ),
  ];
};
