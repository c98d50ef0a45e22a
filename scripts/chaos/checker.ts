import type { ChaosDatabase } from './databases.ts';
import type { Watcher } from './watchers.ts';

/** The proof at the end of every fault run: what was promised, compared with what is stored and what was seen. */

/** A write that the server acknowledged: the stream, and the mark it carried. */
export type Acknowledged = { stream: string; mark: string };

type Stored = { stream: string; version: number; mark: string | null };

const versionFaults = (events: Stored[], heads: Map<string, number>): string[] => {
  const faults: string[] = [];
  const byStream = groupByStream(events);
  for (const [stream, head] of heads) {
    const versions = (byStream.get(stream) ?? []).map(({ version }) => version);
    if (versions.length !== head || versions.some((version, index) => version !== index + 1))
      faults.push(`${stream}: versions are not 1 to ${head} without gap`);
  }
  return faults;
};

const groupByStream = (events: Stored[]) => {
  const groups = new Map<string, Stored[]>();
  for (const event of events) groups.set(event.stream, [...(groups.get(event.stream) ?? []), event]);
  return groups;
};

const watcherFaults = (watcher: Watcher, byStream: Map<string, Stored[]>): string[] => {
  const faults: string[] = [];
  for (const [stream, stored] of byStream) {
    const seen = watcher.seen().get(stream);
    if (!seen) {
      faults.push(`${watcher.name} never saw ${stream}`);
      continue;
    }
    const expected = stored.filter(({ version }) => version > seen.from).map(({ version }) => version);
    const got = seen.events.map(({ version }) => version);
    if (got.join() !== expected.join())
      faults.push(`${watcher.name} saw of ${stream} after ${seen.from}: ${got.join()} instead of ${expected.join()}`);
  }
  return faults;
};

/** Reads the database while no server has it, and answers every broken promise in words; none is the proof. */
export const check = async (
  database: ChaosDatabase,
  acknowledged: Acknowledged[],
  watchers: Watcher[],
): Promise<{ faults: string[]; events: number }> => {
  const events = await database.read<Stored>(
    "select stream, version::int as version, payload->'inspection'->>'notes' as mark from events where stream is not null order by stream, version",
  );
  const heads = new Map(
    (await database.read<{ name: string; version: number }>('select name, version::int as version from streams')).map(
      ({ name, version }) => [name, version],
    ),
  );
  const byStream = groupByStream(events);
  const marks = new Map<string, number>();
  for (const { mark } of events) if (mark) marks.set(mark, (marks.get(mark) ?? 0) + 1);
  const faults = [
    ...versionFaults(events, heads),
    ...acknowledged
      .filter(({ mark }) => !marks.has(mark))
      .map(({ stream, mark }) => `${mark} of ${stream} was acknowledged and is not in the database`),
    ...[...marks].filter(([, count]) => count > 1).map(([mark, count]) => `${mark} is in the database ${count} times`),
    ...watchers.flatMap((watcher) => watcherFaults(watcher, byStream)),
  ];
  return { faults, events: events.length };
};
