import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import pg from 'pg';

/**
 * Databases of one run, whose names tell who made them: a run that is interrupted drops nothing, and what it left
 * behind has to be told from what another run is using.
 */

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
/** How the tests' databases begin. */
export const TEST_PREFIX = 'waybeat_test_';
const DAY_MS = 86_400_000;
const NAME = /^[0-9a-f]{6}_(\d+)_([0-9a-z]+)_[0-9a-f]{6}$/;

/** A name of its own, such as `${TEST_PREFIX}<host>_<process>_<time>_<chance>`. */
export const databaseName = (prefix: string): string =>
  `${prefix}${HOST}_${process.pid}_${Date.now().toString(36)}_${randomBytes(3).toString('hex')}`;

/** Whether a name of ours belongs to nobody any more: its process is gone from this machine, or it is a day old. */
export function isLeftBehind(name: string, prefix: string, now: number, isAlive: (pid: number) => boolean): boolean {
  const [, pid, time] = (name.startsWith(prefix) && NAME.exec(name.slice(prefix.length))) || [];
  if (pid === undefined || time === undefined) return false;
  if (now - Number.parseInt(time, 36) > DAY_MS) return true;
  return name.startsWith(`${prefix}${HOST}_`) && !isAlive(Number(pid));
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Drops what runs that were interrupted left on this PostgreSQL under `prefixes`, unless somebody is connected to it. */
export async function dropLeftBehind(address: string, prefixes: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select datname as name from pg_database d
        where not exists (select from pg_stat_activity a where a.datid = d.oid)`,
    );
    const dropped: string[] = [];
    for (const { name } of rows) {
      if (!prefixes.some((prefix) => isLeftBehind(name, prefix, Date.now(), runs))) continue;
      // Of two runs that start at once the other may have been faster, and whoever connected just now keeps it.
      if (await client.query(`drop database "${name}"`).then(Boolean, () => false)) dropped.push(name);
    }
    return dropped;
  } finally {
    await client.end();
  }
}
