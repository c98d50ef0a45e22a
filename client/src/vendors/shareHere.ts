import { useSyncExternalStore } from 'react';
import { ApiError } from '../app/problem.ts';
import { freshToken } from '../signin/session.ts';
import { serverNow } from './clock.ts';
import { locationClient } from './connections.ts';
import { createSharing, type Sharing } from './sharing.ts';

/** The sharing of this device: it goes on while other screens are looked at. */

const WORKING: Sharing['status'][] = ['asking', 'sharing', 'unsent', 'lost'];
/** Trying again would be refused again. */
const FINAL: unknown[] = ['FORBIDDEN', 'NOT_FOUND', 'UNAUTHENTICATED', 'BAD_REQUEST'];

const sharing = createSharing({
  // Not there on a page without https.
  geolocation: 'geolocation' in navigator && window.isSecureContext ? navigator.geolocation : undefined,
  send: async (report) => {
    // Rejects once nobody is signed in: then nobody is to be followed either.
    await freshToken();
    return locationClient.emit('update_location', report, { timeoutMs: 8_000 });
  },
  isRefusal: (error) => {
    const code = (error as { code?: unknown } | null)?.code;
    return error instanceof ApiError ? code === 'UNAUTHENTICATED' : FINAL.includes(code);
  },
  serverTime: serverNow,
});

let lock: WakeLockSentinel | undefined;

/** Most phones stop saying where they are once the screen is dark. */
const holdScreen = async () => {
  const wanted = WORKING.includes(sharing.state().status) && document.visibilityState === 'visible';
  if (wanted && (!lock || lock.released)) lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
  if (!wanted && lock) {
    const held = lock;
    lock = undefined;
    await held.release();
  }
};
document.addEventListener('visibilitychange', () => void holdScreen());
sharing.subscribe(() => void holdScreen());

export const startSharing = sharing.start;
export const stopSharing = sharing.stop;
export const useSharing = (): Sharing => useSyncExternalStore(sharing.subscribe, sharing.state);
