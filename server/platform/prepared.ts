/**
 * Names under which the database keeps statements it has parsed and planned. Planning the statements of a change takes
 * three times as long as running them, on a core that the server may share: 1.1 ms against 0.35 for an inspection's.
 */

/** Each is kept once by each connection, with its plan: tens of kilobytes. What filters put together may be endless. */
const MOST = 300;
/** Texts whose first use is remembered; after so many it is forgotten for all. */
const SEEN = 2_000;

const names = new Map<string, string>();
const seen = new Set<string>();
let generation = 0;

/** The name of a statement that is asked again; undefined the first time, and for what is not worth keeping. */
export const nameOf = (sql: string): string | undefined => {
  const name = names.get(sql);
  if (name !== undefined || names.size >= MOST) return name;
  if (!seen.has(sql)) {
    if (seen.size >= SEEN) seen.clear();
    seen.add(sql);
    return undefined;
  }
  seen.delete(sql);
  const fresh = `waybeat_${generation}_${names.size}`;
  names.set(sql, fresh);
  return fresh;
};

/**
 * Whether the statement cannot be run because its tables have changed since it was prepared, as a migration by a newer
 * server does beneath this one. It has done nothing then.
 */
export const isOutdated = (error: unknown): boolean =>
  (error as { code?: string } | undefined)?.code === '0A000' && /cached plan/.test((error as Error).message);

/** Has everything prepared anew, under other names, on all connections. */
export const forgetNames = (): void => {
  generation += 1;
  names.clear();
};

/**
 * What a connection that keeps plans is set to. One made while a table was small would read all of it, also when it has
 * grown, until the database next counts its rows; our statements have indexes for what they look up. Compiling is for
 * reports that take minutes.
 */
export const PLANS_THAT_LAST = 'set enable_seqscan = off; set jit = off';
