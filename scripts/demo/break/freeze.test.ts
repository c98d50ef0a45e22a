import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LOADER, runnable } from '../../testing/runnable.ts';
import { freeze } from './freeze.ts';

const FREEZE = runnable('scripts/demo/break/freeze.ts');

/** What is frozen hears nothing; a signal that ends it waits until it is awake. */
const startVictim = async () => {
  const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(victim.stdout, 'data');
  return victim;
};

it('a frozen process wakes up when it is told to', async () => {
  const victim = await startVictim();
  const ended = once(victim, 'exit');
  const wake = freeze(victim);
  victim.kill('SIGTERM');
  wake();
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});

it('a frozen process wakes up when whoever froze it is killed', async () => {
  const victim = await startVictim();
  const ended = once(victim, 'exit');
  const source = `
    import { freeze } from ${JSON.stringify(pathToFileURL(FREEZE).href)};
    freeze({ pid: ${victim.pid}, kill: (signal) => process.kill(${victim.pid}, signal) });
    process.send('frozen');
    setInterval(() => {}, 1000);`;
  const freezer = fork(FREEZE, {
    execArgv: [...LOADER, '--import', `data:text/javascript,${encodeURIComponent(source)}`],
  });
  await once(freezer, 'message');
  victim.kill('SIGTERM');
  freezer.kill('SIGKILL');
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});
