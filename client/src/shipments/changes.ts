import { useSyncExternalStore } from 'react';

/** What just changed, for the few seconds in which a row says so. */

/** `isEnding` while it fades. */
export type Change = { what: string; by: string; at: number; isNew: boolean; isEnding: boolean };

const SHOWN_MS = 8000;
/** As long as the animation of `.flash[data-ending]` lasts. */
const FADING_MS = 2000;
/** On a busy list one ends every few milliseconds; those of a second end together, and redraw it once. */
const TOGETHER_MS = 1000;
const recent = new Map<string, Change>();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let ticks = 0;

const tellAll = () => {
  ticks += 1;
  for (const listener of listeners) listener();
};

const expire = () => {
  timer = undefined;
  const now = Date.now();
  let next = Number.POSITIVE_INFINITY;
  for (const [id, change] of recent) {
    const endAt = change.at + SHOWN_MS;
    const fadeAt = endAt - FADING_MS;
    if (endAt <= now) {
      recent.delete(id);
      continue;
    }
    if (fadeAt <= now && !change.isEnding) recent.set(id, { ...change, isEnding: true });
    next = Math.min(next, (fadeAt <= now ? endAt : fadeAt) - now);
  }
  if (recent.size > 0) timer = setTimeout(expire, Math.max(next, TOGETHER_MS));
  tellAll();
};

export const noteChanges = (changes: [id: string, change: Omit<Change, 'at' | 'isEnding'>][]): void => {
  if (changes.length === 0) return;
  const at = Date.now();
  for (const [id, change] of changes) recent.set(id, { ...change, at, isEnding: false });
  if (timer === undefined) timer = setTimeout(expire, SHOWN_MS - FADING_MS);
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
export const useChangeTick = (): number => useSyncExternalStore(subscribe, () => ticks);
