import { useEffect, useRef, useState } from 'react';
import { newId } from '../../app/newId.ts';
import { enqueue, takeSequences } from './queue.ts';

/** The phone's position, as the browser gives it, into the queue of every parcel the rider carries. */

export type Fix = { lat: number; long: number; accuracy: number; recordedAt: string };
type Trouble = 'denied' | 'unavailable';

const PACE_MS = 200;
/** A phone that lies still may tell nothing for long; asked about this often, its position stays young. */
const ASK_MS = 20_000;
/** A round with many parcels reports each a little less often: the limit counts them together. */
const paceFor = (parcels: number) => (parcels === 1 ? PACE_MS : parcels * 600);

const given = (value: number | null) => (value === null || Number.isNaN(value) ? undefined : value);

const keepAwake = () => {
  let lock: WakeLockSentinel | undefined;
  let stopped = false;
  const ask = () => {
    if (document.visibilityState !== 'visible') return;
    navigator.wakeLock?.request('screen').then(
      (taken) => {
        if (stopped) void taken.release();
        else lock = taken;
      },
      // A low battery may forbid it; then the screen sleeps as it does otherwise.
      () => {},
    );
  };
  ask();
  document.addEventListener('visibilitychange', ask);
  return () => {
    stopped = true;
    document.removeEventListener('visibilitychange', ask);
    void lock?.release();
  };
};

const queueFix = async (userId: string, awbs: readonly string[], position: GeolocationPosition) => {
  const { latitude, longitude, accuracy, heading, speed } = position.coords;
  const { first } = await takeSequences(awbs.length);
  const [course, pace] = [given(heading), given(speed)];
  const fix = {
    lat: latitude,
    long: longitude,
    accuracy,
    ...(course !== undefined && { heading: course }),
    ...(pace !== undefined && { speed: pace }),
    recordedAt: new Date(position.timestamp).toISOString(),
  };
  await enqueue(
    ...awbs.map((awb, index) => ({
      kind: 'position' as const,
      userId,
      awb,
      key: newId(),
      fix: { ...fix, sequence: first + index },
    })),
  );
};

const keyOf = (userId: string) => `waybeat.rider.sharing.${userId}`;

export const useSharing = (userId: string, awbs: readonly string[]) => {
  const [on, setOn] = useState(() => localStorage.getItem(keyOf(userId)) === 'on');
  const [fix, setFix] = useState<Fix>();
  const [trouble, setTrouble] = useState<Trouble>();
  const carried = useRef(awbs);
  const last = useRef<GeolocationPosition | undefined>(undefined);
  useEffect(() => {
    const added = awbs.filter((awb) => !carried.current.includes(awb));
    carried.current = awbs;
    const known = last.current;
    // What was just picked up is where the rider is, though the phone has not moved since.
    if (on && known && added.length > 0 && Date.now() - known.timestamp < ASK_MS) void queueFix(userId, added, known);
  });

  useEffect(() => {
    if (!on) return;
    let lastAt = 0;
    const take = (position: GeolocationPosition) => {
      last.current = position;
      const { latitude: lat, longitude: long, accuracy } = position.coords;
      setTrouble(undefined);
      setFix({ lat, long, accuracy, recordedAt: new Date(position.timestamp).toISOString() });
      const now = carried.current;
      // Timers of a phone are not exact: a tenth early is on time.
      if (now.length === 0 || position.timestamp - lastAt < paceFor(now.length) * 0.9) return;
      lastAt = position.timestamp;
      void queueFix(userId, now, position);
    };
    const fail = ({ code, PERMISSION_DENIED }: GeolocationPositionError) =>
      setTrouble(code === PERMISSION_DENIED ? 'denied' : 'unavailable');
    if (!('geolocation' in navigator)) {
      setTrouble('unavailable');
      return;
    }
    const watch = navigator.geolocation.watchPosition(take, fail, { enableHighAccuracy: true, maximumAge: 0 });
    const asking = setInterval(
      () => navigator.geolocation.getCurrentPosition(take, fail, { enableHighAccuracy: true, maximumAge: 0 }),
      ASK_MS,
    );
    const sleep = keepAwake();
    return () => {
      clearInterval(asking);
      last.current = undefined;
      navigator.geolocation.clearWatch(watch);
      sleep();
    };
  }, [on, userId]);

  const share = (next: boolean) => {
    localStorage.setItem(keyOf(userId), next ? 'on' : 'off');
    setOn(next);
    setTrouble(undefined);
    if (!next) setFix(undefined);
  };
  return { on, share, fix, trouble };
};
