import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * `npm run dev`: the server, started again when a file changes, and the dashboard under Vite. When one of the two ends,
 * or on Ctrl-C, both end. Variables in `.env` count, when there is one.
 */

const settings = existsSync('.env') ? ['--env-file=.env'] : [];
const COMMANDS: readonly (readonly [string, ...string[]])[] = [
  ['tsx', 'watch', '--clear-screen=false', ...settings, 'server/index.ts'],
  ['vite', '--clearScreen', 'false'],
];

let code = 0;
let ending = false;
const children: ChildProcess[] = [];

const end = (signal: NodeJS.Signals) => {
  ending = true;
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill(signal);
};

for (const [name, ...args] of COMMANDS) {
  // In a group of its own: Ctrl-C would reach it twice, and a second signal makes tsx kill the server at once.
  const child = spawn(`node_modules/.bin/${name}`, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  children.push(child);
  child.once('exit', (exitCode, signal) => {
    if (ending) return;
    console.error(`${name} ended (${signal ?? exitCode}); stopping the other one too`);
    code = exitCode || 1;
    end('SIGTERM');
  });
}

/** npm may pass on the Ctrl-C that this process had from the terminal: what follows so closely is the same one. */
const SAME_MS = 1_000;
let asked = 0;
process.on('SIGINT', () => {
  if (Date.now() - asked < SAME_MS) return;
  end(asked > 0 ? 'SIGKILL' : 'SIGINT');
  asked = Date.now();
});
process.on('SIGTERM', () => end('SIGTERM'));
process.on('exit', () => {
  process.exitCode = code;
});
