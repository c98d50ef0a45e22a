import { useSyncExternalStore } from 'react';

/**
 * The server's clock as this window knows it: ages are counted from the server's stamps, and a device whose own clock
 * is wrong must not show an old position as a fresh one. Runs by the page's monotonic clock, whoever sets the other.
 */
let offset = Date.now() - performance.now();

export const serverNow = (): number => offset + performance.now();

/** Asks the server for its time. An answer that does not come changes nothing. */
export const learnClock = async (ask: () => Promise<{ timestamp: string }>): Promise<void> => {
  const askedAt = performance.now();
  try {
    const time = Date.parse((await ask()).timestamp);
    const middle = (askedAt + performance.now()) / 2;
    if (Number.isFinite(time)) offset = time - middle;
  } catch {
    // The next connection asks again.
  }
};

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

const tick = () => {
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

/** The server's time in full seconds, for ages that must not stand still. In milliseconds since 1970. */
export const useSecond = (): number =>
  useSyncExternalStore(subscribe, () => Math.floor(serverNow() / 1000) * 1000) + 999;
