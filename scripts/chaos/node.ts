import { type ChildProcess, spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import jwt from 'jsonwebtoken';
import { LOADER, runnable } from '../testing/runnable.ts';

/** A server of our own to break: a real process on a fixed port, so that clients find it again after each death. */

const SECRET = 'a-secret-for-fault-runs-only-with-more-than-32-characters';

export type Person = {
  id: string;
  role: string;
  companyId?: string;
  /** Called like their id unless they have a name. */
  username?: string;
  /** What their server signs tokens with, where it is none of ours. */
  secret?: string;
};

const keyOf = (secret: string) => createSecretKey(Buffer.from(secret));
/** Made once: thousands of clients sign in at once here, and a key made from a string costs many signatures. */
const KEY = keyOf(SECRET);

export const tokenOf = ({ id, username = id, role, companyId, secret }: Person): string =>
  jwt.sign({ sub: id, username, role, companyId }, secret === undefined ? KEY : keyOf(secret), {
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
  host: string;
  port: number;
  /** `preload`: TypeScript files that the process loads before the server. */
  start: (preload?: string[]) => Promise<void>;
  /** Ends the process with this signal and waits until it is gone; answers its exit code, null after a kill. */
  kill: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Sends a signal that does not end it. */
  signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** What nobody foresaw, in the log of this node: unhandled rejections, exceptions, and deaths that nobody ordered. */
  surprises: () => string[];
  /** Memory that the process holds now, in MB; 0 when it is not there, or where the system does not tell. */
  residentMb: () => number;
};

/** Children that must not outlive a run, however it ends. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const SURPRISE = /"msg":"(unhandled rejection|uncaught exception)"/;

/** What a node is started with: `within` stands before the command, such as a network namespace. */
type Place = { host?: string; within?: string[] };

/** A node that is not started yet. `environment` chooses its database. */
export const createNode = async (
  environment: Record<string, string>,
  { host = '127.0.0.1', within = [] }: Place = {},
): Promise<Node> => {
  const port = await freePort();
  const url = `http://${host}:${port}`;
  let child: ChildProcess | undefined;
  let ordered = false;
  const surprises: string[] = [];

  const isReady = () =>
    fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );

  return {
    url,
    host,
    port,
    start: async (preload = []) => {
      const [command, ...args] = [
        ...within,
        process.execPath,
        ...LOADER,
        ...preload.flatMap((file) => ['--import', runnable(file)]),
        runnable('server/index.ts'),
      ];
      const started = spawn(command!, args, {
        env: {
          ...process.env,
          NODE_ENV: 'test',
          LOG_LEVEL: 'error',
          JWT_SECRET: SECRET,
          HTTP_RATE_LIMIT: '1000000',
          WS_RATE_LIMIT: '1000000',
          HANDSHAKE_RATE_LIMIT: '1000000',
          REDIS_URL: '',
          ...environment,
          PORT: String(port),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      ordered = false;
      children.add(started);
      createInterface({ input: started.stdout! }).on('line', (line) => {
        if (SURPRISE.test(line)) surprises.push(line.slice(0, 500));
      });
      started.once('exit', (code, signal) => {
        children.delete(started);
        if (!ordered) surprises.push(`the node on port ${port} ended by itself with ${code ?? signal}`);
      });
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
      if (!child || child.exitCode !== null || child.signalCode !== null) return null;
      ordered = true;
      const exit = once(child, 'exit');
      child.kill(signal);
      return (await exit)[0] as number | null;
    },
    signal: (signal) => void child?.kill(signal),
    surprises: () => surprises,
    residentMb: () => {
      try {
        const status = readFileSync(`/proc/${child?.pid}/status`, 'utf8');
        return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        return 0; // it is being killed, or this system keeps no such files
      }
    },
  };
};
