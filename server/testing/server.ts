import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { LOADER, runnable } from '../../scripts/testing/runnable.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { TEST_SECRET } from './people.ts';
import { closeSockets } from './sockets.ts';

type Environment = Record<string, string>;

const base = (database: TestDatabase): Environment => ({
  NODE_ENV: 'test',
  LOG_LEVEL: 'fatal',
  JWT_SECRET: TEST_SECRET,
  HTTP_RATE_LIMIT: '100000',
  REDIS_URL: '',
  ...database.env,
});

export type TestServer = {
  url: string;
  port: number;
  grpcPort: number | null;
  database: TestDatabase;
  stop: () => Promise<void>;
};

/**
 * The real server in this process, on a free port and a database of its own. Configuration is read once a process,
 * so a test file starts one server; for several, or to kill one, see `spawnServer`.
 */
export const startTestServer = async ({
  env = {},
  database,
}: {
  env?: Environment;
  database?: TestDatabase;
} = {}): Promise<TestServer> => {
  const owned = database ?? (await createTestDatabase());
  Object.assign(process.env, base(owned), env);
  const { start } = await import('../index.ts');
  const running = await start(0);
  return {
    url: `http://127.0.0.1:${running.port}`,
    port: running.port,
    grpcPort: running.grpcPort,
    database: owned,
    stop: async () => {
      closeSockets();
      await running.stop();
      if (!database) await owned.drop();
    },
  };
};

/** A port that was free a moment ago, for servers that must come back on the same one. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });

/**
 * The first of `count` free ports in a row. They lie below those that Linux gives to connections (from 32768, ip(7)): the
 * neighbour of a port that is free may be given to one in the next moment.
 */
export const freePortsInARow = async (count: number): Promise<number> => {
  for (;;) {
    const first = randomInt(20_000, 32_000);
    const free = await Promise.all(Array.from({ length: count }, (_, index) => canListen(first + index)));
    if (free.every(Boolean)) return first;
  }
};

export type Spawned = {
  url: string;
  port: number;
  process: ChildProcess;
  kill: (signal?: NodeJS.Signals) => Promise<void>;
};

const isReady = (url: string) =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * The server as a process of its own, ready to serve. `kill()` is `kill -9` unless told otherwise. With `hear`, what it
 * writes goes there instead of to this process's output.
 */
export const spawnServer = async ({
  database,
  env = {},
  port,
  hear,
}: {
  database: TestDatabase;
  env?: Environment;
  port?: number;
  hear?: (text: string) => void;
}): Promise<Spawned> => {
  const bound = port ?? (await freePort());
  const child = spawn(process.execPath, [...LOADER, runnable('server/index.ts')], {
    env: { ...process.env, ...base(database), ...env, PORT: String(bound) },
    stdio: hear ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => hear?.(text));
  const url = `http://127.0.0.1:${bound}`;
  const until = Date.now() + 30_000;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode} while starting`);
    if (Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error('the server did not become ready within 30 s');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    port: bound,
    process: child,
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      // Closed, not only ended: all that it wrote has been heard.
      await once(child, 'close');
    },
  };
};
