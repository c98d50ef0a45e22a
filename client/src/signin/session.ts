import { useSyncExternalStore } from 'react';
import type { Session } from '../../../server/contract/auth.ts';
import { ApiError, fromAnswer, unreachable } from '../app/problem.ts';

/**
 * The session: in localStorage when this device is trusted (then all tabs share it), else in sessionStorage.
 * A token is renewed once a third of its life has passed, when something is about to use it.
 */

const KEY = 'waybeat.session';
/** Said on the sign-in page, so that nobody wonders why they are there. */
export type EndReason = 'expired' | 'signed-out';

type Kept = Session & { renewAt: number };

const listeners = new Set<() => void>();
let storage: Storage = localStorage.getItem(KEY) ? localStorage : sessionStorage;
let current = read();
let endedBecause: EndReason | undefined;
let renewing: Promise<void> | undefined;

function read(): Kept | undefined {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? 'null') as Kept | null;
    return kept && Date.parse(kept.expiresAt) > Date.now() ? kept : undefined;
  } catch {
    return undefined;
  }
}

const changed = () => {
  for (const listener of listeners) listener();
};

const keep = (session: Session) => {
  const lifetime = Date.parse(session.expiresAt) - Date.now();
  current = { ...session, renewAt: Date.now() + lifetime / 3 };
  storage.setItem(KEY, JSON.stringify(current));
};

// Signing in or out in one tab does the same in the others.
window.addEventListener('storage', ({ key }) => {
  if (key !== KEY || storage !== localStorage) return;
  const before = current?.user.id;
  current = read();
  if (!current) endedBecause = 'signed-out';
  if (current?.user.id !== before) changed();
});

const post = async (path: string, init: RequestInit): Promise<Session> => {
  const response = await fetch(path, { method: 'POST', cache: 'no-store', ...init }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw fromAnswer(response.status, await response.text());
  return (await response.json()) as Session;
};

/** Signs in. `remember` keeps the session when the browser closes. Throws ApiError. */
export const signIn = async (username: string, password: string, remember: boolean): Promise<void> => {
  const session = await post('/api/auth/login', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  storage = remember ? localStorage : sessionStorage;
  endedBecause = undefined;
  keep(session);
  changed();
};

export const endSession = (reason: EndReason): void => {
  if (!current) return;
  current = undefined;
  endedBecause = reason;
  storage.removeItem(KEY);
  changed();
};

const renew = async (token: string) => {
  try {
    keep(await post('/api/auth/refresh', { headers: { Authorization: `Bearer ${token}` } }));
  } catch (error) {
    // Without an answer the old token still serves until it ends; a refusal is the end.
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') endSession('expired');
  } finally {
    renewing = undefined;
  }
};

/** The token to send now, renewed first when that is due. Throws ApiError UNAUTHENTICATED when there is none. */
export const freshToken = async (): Promise<string> => {
  if (current && Date.now() > Date.parse(current.expiresAt)) endSession('expired');
  if (current && Date.now() > current.renewAt) {
    renewing ??= renew(current.token);
    await renewing;
  }
  if (!current) throw new ApiError('UNAUTHENTICATED', 'Sign in first');
  return current.token;
};

export const sessionEndReason = (): EndReason | undefined => endedBecause;

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** Who is signed in; the same object until somebody signs in or out. */
export const useUser = (): Session['user'] | undefined =>
  useSyncExternalStore(subscribe, () => userOnce(current?.user));

let lastUser: Session['user'] | undefined;
const userOnce = (user: Session['user'] | undefined) => {
  if (JSON.stringify(user) !== JSON.stringify(lastUser)) lastUser = user;
  return lastUser;
};
