import { useSyncExternalStore } from 'react';

/** What just changed, for the few seconds in which a row says so. */

export type Change = { what: string; by: string; at: number; isNew: boolean };

const SHOWN_MS = 8000;
const recent = new Map<string, Change>();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

const tellAll = () => {
  for (const listener of listeners) listener();
};

const expire = () => {
  timer = undefined;
  const now = Date.now();
  let next = Number.POSITIVE_INFINITY;
  for (const [id, { at }] of recent) {
    if (at + SHOWN_MS <= now) recent.delete(id);
    else next = Math.min(next, at + SHOWN_MS - now);
  }
  if (recent.size > 0) timer = setTimeout(expire, next);
  tellAll();
};

export const noteChanges = (changes: [id: string, change: Omit<Change, 'at'>][]): void => {
  if (changes.length === 0) return;
  const at = Date.now();
  for (const [id, change] of changes) recent.set(id, { ...change, at });
  if (timer === undefined) timer = setTimeout(expire, SHOWN_MS);
  tellAll();
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

export const recentChange = (id: string): Change | undefined => recent.get(id);
export const useChange = (id: string): Change | undefined => useSyncExternalStore(subscribe, () => recent.get(id));

/** Changes whenever a row starts or stops saying that it changed. */
export const useChangeTick = (): string =>
  useSyncExternalStore(subscribe, () => `${recent.size}:${[...recent.keys()].at(-1) ?? ''}`);
