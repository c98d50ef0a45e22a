import { useSyncExternalStore } from 'react';
import { createServerClock } from './serverClock.ts';

/** The server's clock of this window, shared by every countdown in it. */
export const serverClock = createServerClock();

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

const secondNow = () => Math.floor(serverClock.now() / 1000);

const tick = () => {
  for (const listener of listeners) listener();
  schedule();
};

/** At the server's full seconds, so that all countdowns on a screen move together and none shows a second twice. */
const schedule = () => {
  clearTimeout(timer);
  timer = setTimeout(tick, 1000 - (serverClock.now() % 1000) + 5);
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

/** Seconds since 1970 on the server, counted while something shows them. */
export const useServerSecond = (): number => useSyncExternalStore(subscribe, secondNow);
