import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lastLines, startServer } from './childProcesses.ts';
import { DemoError } from './settings.ts';

/** The demo's server: a process of its own that somebody may kill, and that comes back. */

const READY_WITHIN_MS = 60_000;
/** Long enough to see the dashboard say that it is offline. */
const DOWN_MS = 4_000;
/** A server that falls as soon as it stands has a reason that starting it again does not cure. */
const MIN_LIFE_MS = 3_000;

export type Supervised = { pid: () => number | undefined; stopRestarting: () => void };

export type Plan = {
  root: string;
  address: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  say: (line: string) => void;
  /** Called when the server cannot be kept running. */
  onGivenUp: (error: Error) => void;
};

const launch = ({ root, env, logFile }: Plan): ChildProcess =>
  startServer(
    {
      env,
      arguments: [
        '--import',
        'tsx',
        '--import',
        join(root, 'scripts/demo/end-with-parent.ts'),
        join(root, 'server/index.ts'),
      ],
    },
    logFile,
  );

const untilReady = async (child: ChildProcess, { address, logFile }: Plan): Promise<void> => {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new DemoError(`The server ended before it was ready:\n${lastLines(logFile, 12)}`);
    const ready = await fetch(`${address}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await pause(100);
  }
  throw new DemoError(`The server was not ready within ${READY_WITHIN_MS / 1000} s:\n${lastLines(logFile, 12)}`);
};

/** Starts the server and keeps it running until told otherwise. Resolves when it is ready, rejects with DemoError. */
export const keepServing = async (plan: Plan): Promise<Supervised> => {
  let wanted = true;
  let child: ChildProcess;

  const watch = (started: number) => {
    child.once('exit', async (code, signal) => {
      if (!wanted) return;
      const { pid } = child;
      if (Date.now() - started < MIN_LIFE_MS) {
        plan.onGivenUp(new DemoError(`The server keeps ending:\n${lastLines(plan.logFile, 12)}`));
        return;
      }
      plan.say(`The server (pid ${pid}) ended by ${signal ?? `itself, code ${code}`}; starting it again in 4 s …`);
      await pause(DOWN_MS);
      if (!wanted) return;
      const again = Date.now();
      child = launch(plan);
      try {
        await untilReady(child, plan);
      } catch (error) {
        if (wanted) plan.onGivenUp(error as Error);
        return;
      }
      plan.say(
        `The server is back after ${((Date.now() - again) / 1000).toFixed(1)} s of starting; its pid is ${child.pid}`,
      );
      watch(Date.now());
    });
  };

  child = launch(plan);
  await untilReady(child, plan);
  watch(Date.now());
  return {
    pid: () => child.pid,
    stopRestarting: () => {
      wanted = false;
    },
  };
};
