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
  const child = spawn(`node_modules/.bin/${name}`, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  children.push(child);
  child.once('exit', (exitCode, signal) => {
    if (!ending) {
      console.error(`${name} ended (${signal ?? exitCode}); stopping the other one too`);
      code = exitCode || 1;
    }
    end('SIGTERM');
  });
}

// A terminal sends Ctrl-C to the children as well; a second time, whatever is left is not asked again.
process.on('SIGINT', () => end(ending ? 'SIGKILL' : 'SIGINT'));
process.on('SIGTERM', () => end('SIGTERM'));
process.on('exit', () => {
  process.exitCode = code;
});
