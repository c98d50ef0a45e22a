import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the demo runs with: its arguments, its folder, its port, and the environment of its server. */

/** A mistake of the person at the terminal: told in one sentence, without a stack. */
export class DemoError extends Error {}

export const USAGE = `Waybeat's demo: a server with its own embedded database, and people who work on 200 shipments.

  npm run demo                          starts it, or goes on where it stopped
  npm run demo -- --fresh               throws the demo's data away first
  npm run demo -- --seed 7              another story; the same number tells the same one
  npm run demo -- --pace 500            half a second between changes, instead of one and a half
  npm run demo -- --database-url URL    an empty PostgreSQL database instead of the embedded one
  PORT=5002 npm run demo                another port than 5001
`;

const wholeNumber = (option: string, text: string, least: number): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new DemoError(`--${option} takes a whole number from ${least}, not "${text}".`);
  return number;
};

export type Settings = {
  help: boolean;
  fresh: boolean;
  seed: number;
  /** Milliseconds between two changes, on average. */
  pace: number;
  databaseUrl: string | undefined;
  port: number;
  folder: string;
};

/** Reads arguments, PORT and DATA_DIR. Throws DemoError. */
export const readSettings = (argv: string[], env: NodeJS.ProcessEnv, root: string): Settings => {
  let values: { [option: string]: string | boolean | undefined };
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        help: { type: 'boolean', short: 'h' },
        fresh: { type: 'boolean' },
        seed: { type: 'string' },
        pace: { type: 'string' },
        'database-url': { type: 'string' },
      },
    }));
  } catch (error) {
    throw new DemoError(`${(error as Error).message.split('.')[0]}. See: npm run demo -- --help`);
  }
  const databaseUrl = values['database-url'] as string | undefined;
  if (databaseUrl && values.fresh)
    throw new DemoError("--fresh empties only the demo's own folder. Create an empty database and name that one.");
  const port = wholeNumber('port', env.PORT || '5001', 1);
  return {
    help: values.help === true,
    fresh: values.fresh === true,
    seed: wholeNumber('seed', (values.seed as string | undefined) ?? '1', 0),
    pace: wholeNumber('pace', (values.pace as string | undefined) ?? '1500', 50),
    databaseUrl,
    port,
    // Beside the data of a real server, never in it.
    folder: resolve(root, env.DATA_DIR || 'data', 'demo'),
  };
};

/** Throws DemoError when somebody else listens on the port. */
export const requireFreePort = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`;
      reject(new DemoError(`Port ${port} ${why}. End that one, or choose another: PORT=${port + 1} npm run demo`));
    });
    probe.listen(port, () => probe.close(() => resolve()));
  });

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Makes the demo's folder, empty if asked. Throws DemoError while another demo uses it. */
export const prepareFolder = ({ folder, fresh }: Settings): void => {
  const lock = join(folder, 'waybeat.pid');
  const owner = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
  if (owner > 0 && isAlive(owner))
    throw new DemoError(`The demo is running already, its server as process ${owner}. End that one first.`);
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
};

/** Kept between starts, so that nobody has to sign in again after a restart. */
const signingSecret = (folder: string): string => {
  const path = join(folder, 'jwt-secret');
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8');
};

/** Nothing else of the shell's environment: no real database, broker or account of whoever tries the demo. */
const KEPT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'LANG', 'TZ', 'SYSTEMROOT'];

export const childEnvironment = ({ folder, port, databaseUrl }: Settings, shell: NodeJS.ProcessEnv) => ({
  ...Object.fromEntries(KEPT.flatMap((name) => (shell[name] === undefined ? [] : [[name, shell[name]]]))),
  NODE_ENV: 'development',
  // Nobody shall need a card to see a seat turn green.
  PAYMENT_PROVIDER: 'test',
  LOG_LEVEL: 'warn',
  PORT: String(port),
  DATA_DIR: folder,
  ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  JWT_SECRET: signingSecret(folder),
  // All the demo's people come from one address, and some of them work faster than people do.
  LOGIN_RATE_LIMIT: '120',
  HTTP_RATE_LIMIT: '3000',
});
