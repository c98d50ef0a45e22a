import { type ChildProcess, fork } from 'node:child_process';
import { LOADER, runnable } from '../../testing/runnable.ts';

const GUARD = runnable('scripts/demo/break/wake-with-parent.ts');

/** Freezes a process until the answer is called, or until we end, however we end. */
export const freeze = (child: ChildProcess): (() => void) => {
  // A group of its own, so that a signal for all of us does not end it before its work.
  const guard = fork(GUARD, [String(child.pid)], { execArgv: [...LOADER], detached: true, stdio: 'ignore' });
  child.kill('SIGSTOP');
  return () => {
    child.kill('SIGCONT');
    if (guard.connected) guard.disconnect();
  };
};
