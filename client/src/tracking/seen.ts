import { useSyncExternalStore } from 'react';

/** Which version of each parcel this person last looked at, kept on this device; what is newer is marked in the lists. */

const MAX_KEPT = 2000;
const listeners = new Set<() => void>();
let owner = '';
let seen: Record<string, number> = {};

const keyOf = (userId: string) => `waybeat.parcels.seen.${userId}`;

const load = (userId: string) => {
  if (owner === userId) return;
  owner = userId;
  try {
    seen = JSON.parse(localStorage.getItem(keyOf(userId)) ?? '{}') as Record<string, number>;
  } catch {
    seen = {};
  }
};

const keep = (next: Record<string, number>) => {
  const entries = Object.entries(next);
  seen = entries.length > MAX_KEPT ? Object.fromEntries(entries.slice(-MAX_KEPT)) : next;
  try {
    localStorage.setItem(keyOf(owner), JSON.stringify(seen));
  } catch {
    // Full or forbidden: the badges then last as long as the page.
  }
  for (const listener of listeners) listener();
};

export const markSeen = (userId: string, awb: string, version: number): void => {
  load(userId);
  if ((seen[awb] ?? 0) >= version) return;
  const { [awb]: _before, ...rest } = seen;
  keep({ ...rest, [awb]: version });
};

/** What one sees for the first time is no news; only what changed since one last looked is. */
export const noteFirst = (userId: string, parcels: readonly { awb: string; version: number }[]): void => {
  load(userId);
  const fresh = parcels.filter(({ awb }) => seen[awb] === undefined);
  if (fresh.length > 0) keep({ ...seen, ...Object.fromEntries(fresh.map(({ awb, version }) => [awb, version])) });
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** How many changes of a parcel one has not looked at. */
export const useSeen = (userId: string): ((parcel: { awb: string; version: number }) => number) => {
  load(userId);
  const versions = useSyncExternalStore(subscribe, () => seen);
  return ({ awb, version }) => Math.max(0, version - (versions[awb] ?? version));
};
