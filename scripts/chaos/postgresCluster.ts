import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './node.ts';

/** A PostgreSQL of our own, since what befalls its disk must not befall anybody else's. */

const VERSIONS = '/usr/lib/postgresql';

/** Where Debian keeps the programs of the newest version that is installed. */
const programs = (): string | undefined => {
  const [newest] = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  return newest && join(VERSIONS, newest, 'bin');
};

/** PostgreSQL refuses to run as root. */
const owner = (): { uid: number; gid: number } | undefined => {
  const numbers = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (numbers.some(({ status }) => status !== 0)) return undefined;
  const [uid, gid] = numbers.map(({ stdout }) => Number(stdout));
  return { uid: uid!, gid: gid! };
};

/** Why this machine cannot have one; undefined when it can. */
export const missingCluster = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'a PostgreSQL of its own needs root, who may start it as the user postgres';
  if (!programs() || !owner()) return `PostgreSQL's own programs are not in ${VERSIONS}`;
  return undefined;
};

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGQUIT');
});

export type PostgresCluster = {
  address: string;
  /** Resolves when it takes connections; at once when it runs. */
  start: () => Promise<void>;
  isRunning: () => boolean;
  stop: () => Promise<void>;
};

/** Small files throughout, so that a small disk is soon full: a megabyte of log at a time, and few of them kept. */
const FRUGAL = ['min_wal_size=2MB', 'max_wal_size=16MB', 'shared_buffers=16MB', 'max_connections=60'];

/** A cluster in `folder`/data, not started yet. Anybody of this machine may connect. */
export const createCluster = async (folder: string): Promise<PostgresCluster> => {
  const [bin, user, port] = [programs()!, owner()!, await freePort()];
  const data = join(folder, 'data');
  mkdirSync(data);
  chownSync(data, user.uid, user.gid);
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--wal-segsize=1', '--no-sync'],
    { ...user, cwd: data, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  const address = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | undefined;

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const answers = async () => {
    const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false; // not yet: it starts, or recovers
    }
  };
  return {
    address,
    isRunning,
    start: async () => {
      if (!isRunning()) {
        const options = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...FRUGAL];
        const flags = options.flatMap((option) => ['-c', option]);
        child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
          ...user,
          cwd: data,
          stdio: 'ignore',
        });
        children.add(child);
      }
      for (const until = Date.now() + 60_000; !(await answers()); ) {
        if (!isRunning()) throw new Error('PostgreSQL ended while it started');
        if (Date.now() > until) throw new Error('PostgreSQL took no connection for a minute');
        await wait(100);
      }
    },
    stop: async () => {
      if (!child || !isRunning()) return;
      children.delete(child);
      const exit = once(child, 'exit');
      child.kill('SIGQUIT');
      await exit;
    },
  };
};
