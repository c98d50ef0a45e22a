import { useSyncExternalStore } from 'react';

/** What just changed, for the few seconds in which its card or row says so. */

const SHOWN_MS = 6000;
const recent = new Map<string, number>();
const listeners = new Set<() => void>();

const tellAll = () => {
  for (const listener of listeners) listener();
};

export const noteChange = (id: string): void => {
  const at = Date.now();
  recent.set(id, at);
  tellAll();
  setTimeout(() => {
    if (recent.get(id) !== at) return;
    recent.delete(id);
    tellAll();
  }, SHOWN_MS);
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** When it changed; undefined once that is old news. */
export const useChanged = (id: string): number | undefined => useSyncExternalStore(subscribe, () => recent.get(id));
