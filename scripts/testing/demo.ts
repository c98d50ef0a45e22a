import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOADER, runnable } from './runnable.ts';

/** The whole demo as a person starts it. */

/** Bounds the wait for a demo that hangs; on a machine of its own it needs a tenth. */
const READY_MS = 180_000;

export type RunningDemo = {
  child: ChildProcess;
  /** Resolves when it has said this on its terminal, with what matched; rejects when it never does. */
  heard: (what: RegExp) => Promise<RegExpExecArray>;
};

/** Starts it on a folder and a port of its own; whoever starts it ends it. */
export const startDemo = (port: number, folder: string): RunningDemo => {
  const child = spawn(process.execPath, [...LOADER, runnable('scripts/demo.ts'), '--pace', '100'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, PORT: String(port), DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const heard = async (what: RegExp) => {
    for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await pause(100)) {
      const match = what.exec(said);
      if (match) return match;
      if (child.exitCode !== null) break;
    }
    throw new Error(`The demo never said ${what}:\n${said}`);
  };
  return { child, heard };
};

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
