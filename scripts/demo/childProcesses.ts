import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** The demo's children: none outlives it. */

const children = new Set<ChildProcess>();

const keep = (child: ChildProcess): ChildProcess => {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
};

const exited = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.once('exit', () => resolve()));

/** Asks all to end, and after `graceMs` makes them. Resolves when none is left. */
export const endChildren = async (graceMs: number): Promise<void> => {
  const all = [...children];
  for (const child of all) child.kill('SIGTERM');
  const timer = setTimeout(() => {
    for (const child of all) child.kill('SIGKILL');
  }, graceMs);
  await Promise.all(all.map(exited));
  clearTimeout(timer);
};

/** Ends what is left, now. */
export const killChildren = (): void => {
  for (const child of children) child.kill('SIGKILL');
};

type Start = { env: NodeJS.ProcessEnv; arguments: string[] };

/** Runs a Node program to its end. Rejects with what it said when it failed. */
export const runToEnd = async (what: string, { env, arguments: args }: Start): Promise<void> => {
  const child = keep(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-8_000);
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${what} failed:\n${said.trim()}`);
};

/** Starts a Node program that stays; what it says goes to the end of `logFile`. */
export const startServer = ({ env, arguments: args }: Start, logFile: string): ChildProcess => {
  const output = openSync(logFile, 'a');
  const child = spawn(process.execPath, args, {
    env,
    // A group of its own: Ctrl-C reaches the demo only, which then stops the server in good order.
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  return keep(child);
};

export const lastLines = (file: string, count: number): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
