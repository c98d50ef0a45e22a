import type { Position } from '../../../server/contract/vendors.ts';

/**
 * Sends where this device is. At most once a second, one at a time and always the newest: after a tunnel customers get
 * where the vendor is now, not the way through it played back.
 */

export type SharingStatus =
  | 'off'
  /** The browser asks the person. */
  | 'asking'
  | 'sharing'
  /** Known here, but the server does not answer; the newest is sent as soon as it does. */
  | 'unsent'
  /** The device cannot say where it is just now; it goes on trying. */
  | 'lost'
  | 'denied'
  | 'unsupported'
  /** The server does not want it: another's vendor, or nobody is signed in any more. */
  | 'refused';

export type Sharing = {
  status: SharingStatus;
  vendorId: string | null;
  /** When the server last had it, by this device's monotonic clock. */
  sentAt: number | null;
  last: Position | null;
};

export type Report = { vendorId: string; location: Position; recordedAt: string };

type Device = {
  geolocation: Pick<Geolocation, 'watchPosition' | 'clearWatch'> | undefined;
  /** Rejects when it did not arrive. */
  send: (report: Report) => Promise<unknown>;
  /** Whether a failure is final. */
  isRefusal: (error: unknown) => boolean;
  /** The server's time in milliseconds since 1970: a phone's own clock may be wrong, and ages are counted by the server's. */
  serverTime: () => number;
  monotonic?: () => number;
};

const EVERY_MS = 1_000;
const RETRY_MS = 3_000;
/** Standing still a device may say nothing for long; the same place again keeps the age on customers' maps true. */
const REPEAT_MS = 10_000;

const OFF: Sharing = { status: 'off', vendorId: null, sentAt: null, last: null };

const present = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

export const toPosition = ({ latitude, longitude, heading, speed, accuracy }: GeolocationCoordinates): Position => ({
  lat: latitude,
  long: longitude,
  // A device that stands has no heading: null, or NaN in some browsers.
  ...(present(heading) && { heading: ((heading % 360) + 360) % 360 }),
  ...(present(speed) && { speed: Math.max(0, speed) }),
  ...(present(accuracy) && { accuracy: Math.min(100_000, accuracy) }),
});

export const createSharing = ({
  geolocation,
  send,
  isRefusal,
  serverTime,
  monotonic = () => performance.now(),
}: Device) => {
  let state = OFF;
  let watch: number | undefined;
  let pending: Report | undefined;
  let sending = false;
  let nextAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts starts: what an earlier one still brings is ignored. */
  let turn = 0;
  const listeners = new Set<() => void>();

  const set = (change: Partial<Sharing>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  const stopWatching = () => {
    turn += 1;
    clearTimeout(timer);
    timer = undefined;
    pending = undefined;
    sending = false;
    if (watch !== undefined) geolocation?.clearWatch(watch);
    watch = undefined;
  };

  const later = (wait: number, mine: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (mine === turn) void flush();
    }, wait);
  };

  const repeat = () => {
    if (!state.last || !state.vendorId) return;
    pending ??= { vendorId: state.vendorId, location: state.last, recordedAt: new Date(serverTime()).toISOString() };
    void flush();
  };

  const flush = async () => {
    if (sending || !pending) return;
    const wait = nextAt - monotonic();
    const mine = turn;
    if (wait > 0) return later(wait, mine);
    const report = pending;
    pending = undefined;
    sending = true;
    nextAt = monotonic() + EVERY_MS;
    try {
      await send(report);
      if (mine !== turn) return;
      set({ status: state.status === 'lost' ? 'lost' : 'sharing', sentAt: monotonic() });
    } catch (error) {
      if (mine !== turn) return;
      if (isRefusal(error)) {
        stopWatching();
        return set({ status: 'refused' });
      }
      pending ??= report;
      nextAt = monotonic() + RETRY_MS;
      set({ status: 'unsent' });
    }
    sending = false;
    if (pending) later(Math.max(0, nextAt - monotonic()), mine);
    else {
      clearTimeout(timer);
      timer = setTimeout(() => {
        // Only while the device knows where it is: a place from before a tunnel is not said to be of now.
        if (mine === turn && state.status === 'sharing') repeat();
      }, REPEAT_MS);
    }
  };

  const start = (vendorId: string) => {
    if (state.vendorId === vendorId && watch !== undefined) return;
    stopWatching();
    if (!geolocation) return set({ ...OFF, status: 'unsupported', vendorId });
    set({ ...OFF, status: 'asking', vendorId });
    const mine = turn;
    watch = geolocation.watchPosition(
      ({ coords, timestamp }) => {
        if (mine !== turn) return;
        const location = toPosition(coords);
        const age = Math.max(0, Date.now() - timestamp);
        pending = { vendorId, location, recordedAt: new Date(serverTime() - age).toISOString() };
        set({ last: location, ...(state.status === 'lost' && { status: 'sharing' as const }) });
        void flush();
      },
      ({ code, PERMISSION_DENIED }) => {
        if (mine !== turn) return;
        if (code !== PERMISSION_DENIED) return set({ status: 'lost' });
        stopWatching();
        set({ ...OFF, status: 'denied', vendorId });
      },
      { enableHighAccuracy: true, maximumAge: 1_000, timeout: 20_000 },
    );
  };

  return {
    state: () => state,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start,
    stop: () => {
      stopWatching();
      set(OFF);
    },
  };
};
