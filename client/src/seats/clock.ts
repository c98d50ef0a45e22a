import { useCallback, useSyncExternalStore } from 'react';
import { createServerClock } from './serverClock.ts';

/** The server's clock of this window, shared by every countdown in it. */
export const serverClock = createServerClock();

/** A timer may run a little too early, and would then find the second before. */
const LATE_MS = 5;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

const tick = () => {
  for (const listener of listeners) listener();
  schedule();
};

/** At the server's full seconds, so that all countdowns on a screen move together and none shows a second twice. */
const schedule = () => {
  clearTimeout(timer);
  timer = setTimeout(tick, 1000 - (serverClock.now() % 1000) + LATE_MS);
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  if (listeners.size === 1) schedule();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
};

/** The clock was set: what is shown must follow now, not at the next second. */
export const clockMoved = (): void => {
  if (listeners.size > 0) tick();
};

/** Whole seconds until this moment of the server's (milliseconds since 1970); 0 from then on, not from the next full second. */
export const useSecondsLeft = (until: number): number => {
  const follow = useCallback(
    (listener: () => void) => {
      const stop = subscribe(listener);
      const end = setTimeout(listener, until - serverClock.now() + LATE_MS);
      return () => {
        stop();
        clearTimeout(end);
      };
    },
    [until],
  );
  return useSyncExternalStore(follow, () =>
    serverClock.now() >= until ? 0 : Math.ceil(until / 1000 - Math.floor(serverClock.now() / 1000)),
  );
};
