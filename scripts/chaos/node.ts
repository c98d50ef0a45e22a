import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import jwt from 'jsonwebtoken';

/** A server of our own to break: a real process on a fixed port, so that clients find it again after each death. */

const SECRET = 'a-secret-for-fault-runs-only-with-more-than-32-characters';

export const tokenOf = (user: { id: string; role: string; companyId?: string }): string =>
  jwt.sign({ sub: user.id, username: user.id, role: user.role, companyId: user.companyId }, SECRET, {
    algorithm: 'HS256',
    expiresIn: '1d',
  });

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

export type Node = {
  url: string;
  start: () => Promise<void>;
  /** Ends the process with this signal and waits until it is gone. */
  kill: (signal: NodeJS.Signals) => Promise<void>;
};

/** A node that is not started yet. `environment` chooses its database. */
export const createNode = async (environment: Record<string, string>): Promise<Node> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  const isReady = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );

  return {
    url,
    start: async () => {
      const started = spawn(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(new URL('../../server/index.ts', import.meta.url))],
        {
          env: {
            ...process.env,
            NODE_ENV: 'test',
            LOG_LEVEL: 'error',
            JWT_SECRET: SECRET,
            HTTP_RATE_LIMIT: '1000000',
            WS_RATE_LIMIT: '1000000',
            REDIS_URL: '',
            ...environment,
            PORT: String(port),
          },
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
      child = started;
      // Generous, since a fault run shares its machine; a node that ends is noticed at once.
      const until = Date.now() + 120_000;
      while (!(await isReady())) {
        if (started.exitCode !== null || started.signalCode !== null)
          throw new Error('the node ended while it started');
        if (Date.now() > until) throw new Error('the node was not ready within 120 s');
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    kill: async (signal) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
};
