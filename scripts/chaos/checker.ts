import type { ChaosDatabase } from './databases.ts';
import type { Watcher } from './watchers.ts';

/** The proof at the end of every fault run: what was promised, compared with what is stored and what was seen. */

/** A write that the server acknowledged: the stream, and the mark it carried. */
export type Acknowledged = { stream: string; mark: string };

type Stored = { stream: string; version: number; mark: string | null };

const versionFaults = (byStream: Map<string, Stored[]>, heads: Map<string, number>): string[] => {
  const faults: string[] = [];
  for (const [stream, head] of heads) {
    const versions = (byStream.get(stream) ?? []).map(({ version }) => version);
    if (versions.length !== head || versions.some((version, index) => version !== index + 1))
      faults.push(`${stream}: versions are not 1 to ${head} without gap`);
  }
  return faults;
};

const groupByStream = (events: Stored[]) => {
  const groups = new Map<string, Stored[]>();
  for (const event of events) {
    const group = groups.get(event.stream);
    if (group) group.push(event);
    else groups.set(event.stream, [event]);
  }
  return groups;
};

/** The first place where two lists differ, in words a person can look up. */
const difference = (expected: number[], got: number[]): string | undefined => {
  const at = expected.findIndex((version, index) => got[index] !== version);
  if (at >= 0) return `${got[at] ?? 'nothing'} where ${expected[at]} belongs`;
  return got.length > expected.length ? `${got[expected.length]}, which is not stored` : undefined;
};

const watcherFaults = (watcher: Watcher, byStream: Map<string, Stored[]>): string[] => {
  const faults: string[] = [];
  for (const stream of watcher.follows) {
    const stored = byStream.get(stream) ?? [];
    const seen = watcher.seen().get(stream);
    if (!seen) {
      faults.push(`${watcher.name} never saw ${stream}`);
      continue;
    }
    const expected = stored.filter(({ version }) => version > seen.from).map(({ version }) => version);
    const odd = difference(expected, seen.versions);
    if (odd) faults.push(`${watcher.name} (${watcher.status()}) saw of ${stream} after ${seen.from}: ${odd}`);
  }
  return faults;
};

/** How far each stream has come, as the database says. */
export const readHeads = async (database: ChaosDatabase): Promise<Map<string, number>> => {
  const rows = await database.read<{ name: string; version: number }>(
    'select name, version::int as version from streams',
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
};

/** Those watchers that have not yet seen the newest of each stream. */
export const behind = (watchers: Watcher[], heads: Map<string, number>): Watcher[] =>
  watchers.filter((watcher) =>
    watcher.follows.some((stream) => {
      const seen = watcher.seen().get(stream);
      return (seen?.versions.at(-1) ?? seen?.from) !== (heads.get(stream) ?? 0);
    }),
  );

/**
 * Reads the database while nobody writes (of an embedded one: while no server has it), and answers every broken promise
 * in words; none is the proof.
 */
export const check = async (
  database: ChaosDatabase,
  acknowledged: Acknowledged[],
  watchers: Watcher[],
): Promise<{ faults: string[]; events: number }> => {
  const events = await database.read<Stored>(
    `select stream, version::int as version, split_part(payload->'inspection'->>'notes', ' ', 1) as mark
     from events where stream is not null order by stream, version`,
  );
  const heads = await readHeads(database);
  const byStream = groupByStream(events);
  const marks = new Map<string, number>();
  for (const { mark } of events) if (mark) marks.set(mark, (marks.get(mark) ?? 0) + 1);
  const faults = [
    ...versionFaults(byStream, heads),
    ...acknowledged
      .filter(({ mark }) => !marks.has(mark))
      .map(({ stream, mark }) => `${mark} of ${stream} was acknowledged and is not in the database`),
    ...[...marks].filter(([, count]) => count > 1).map(([mark, count]) => `${mark} is in the database ${count} times`),
    ...watchers.flatMap((watcher) => watcherFaults(watcher, byStream)),
  ];
  return { faults, events: events.length };
};
