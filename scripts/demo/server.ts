import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { LOADER, runnable } from '../testing/runnable.ts';
import { lastLines, startServer } from './childProcesses.ts';
import { DemoError } from './settings.ts';

/** The demo's server: a process of its own that somebody may kill, and that comes back. */

const READY_WITHIN_MS = 60_000;
/** Long enough to see the dashboard say that it is offline. */
const DOWN_MS = 4_000;
/** A server that falls as soon as it stands has a reason that starting it again does not cure. */
const MIN_LIFE_MS = 3_000;

export type Supervised = {
  pid: () => number | undefined;
  /** The process as it is now: another one after each death. */
  child: () => ChildProcess;
  /** Ends it with this signal, and it stays away until `start`. Answers its exit code, null after a kill. */
  kill: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Resolves when it is ready, started again if it is away. Rejects with DemoError. */
  start: () => Promise<void>;
  stopRestarting: () => void;
};

export type Plan = {
  /** Of the server itself, whatever stands between it and people. */
  address: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  say: (line: string) => void;
  /** Called when the server cannot be kept running. */
  onGivenUp: (error: Error) => void;
};

const launch = ({ env, logFile }: Plan): ChildProcess =>
  startServer(
    {
      env,
      arguments: [
        ...LOADER,
        '--import',
        runnable('scripts/demo/end-with-parent.ts'),
        '--import',
        runnable('scripts/demo/break/answer-queries.ts'),
        runnable('server/index.ts'),
      ],
    },
    logFile,
  );

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

const untilReady = async (child: ChildProcess, { address, logFile }: Plan): Promise<void> => {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new DemoError(`The server ended before it was ready:\n${lastLines(logFile, 12)}`);
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
  /** Killed by us, and not to come back before we say so. */
  let held = false;
  let child: ChildProcess;

  const watch = (started: number) => {
    child.once('exit', async (code, signal) => {
      if (!wanted || held) return;
      const { pid } = child;
      if (Date.now() - started < MIN_LIFE_MS) {
        plan.onGivenUp(new DemoError(`The server keeps ending:\n${lastLines(plan.logFile, 12)}`));
        return;
      }
      plan.say(`The server (pid ${pid}) ended by ${signal ?? `itself, code ${code}`}; starting it again in 4 s …`);
      await pause(DOWN_MS);
      if (!wanted || held) return;
      const again = Date.now();
      try {
        await begin();
      } catch (error) {
        if (wanted && !held) plan.onGivenUp(error as Error);
        return;
      }
      plan.say(
        `The server is back after ${((Date.now() - again) / 1000).toFixed(1)} s of starting; its pid is ${child.pid}`,
      );
    });
  };

  const begin = async () => {
    child = launch(plan);
    await untilReady(child, plan);
    watch(Date.now());
  };

  await begin();
  return {
    pid: () => child.pid,
    child: () => child,
    kill: async (signal) => {
      held = true;
      if (hasEnded(child)) return null;
      const exit = once(child, 'exit');
      child.kill(signal);
      return (await exit)[0] as number | null;
    },
    start: async () => {
      if (!hasEnded(child)) return untilReady(child, plan);
      await begin();
      held = false;
    },
    stopRestarting: () => {
      wanted = false;
    },
  };
};
