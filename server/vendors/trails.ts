import type { Position } from '../contract/vendors.ts';
import { log } from '../platform/log.ts';
import { type StoredPoint, writeTrails } from './positionStore.ts';

/** A vendor's day, point by point, kept in memory for a moment and written a batch at a time. */

const MAX_POINTS = 120;
const MAX_AGE_MS = 30_000;
const CHECK_MS = 5_000;
/** A vendor that stands still needs no point a second. */
const STILL_MS = 60_000;
/** While the database is away older points go: half an hour at one a second. */
const MAX_KEPT = 1_800;

const trails = new Map<string, StoredPoint[]>();

const isStill = (last: StoredPoint | undefined, { lat, long }: Position, at: number) =>
  last !== undefined && last[1] === lat && last[2] === long && at - last[0] < STILL_MS;

export const keepTrail = (vendorId: string, location: Position, at: number): void => {
  const points = trails.get(vendorId);
  if (isStill(points?.at(-1), location, at)) return;
  const point: StoredPoint = [at, location.lat, location.long];
  if (!points) trails.set(vendorId, [point]);
  else {
    points.push(point);
    if (points.length > MAX_KEPT) points.shift();
  }
};

const write = async (ids: string[]): Promise<void> => {
  const batches = ids.flatMap((vendorId) => {
    const points = trails.get(vendorId);
    trails.delete(vendorId);
    return points ? [{ vendorId, points }] : [];
  });
  try {
    await writeTrails(batches);
  } catch (error) {
    for (const { vendorId, points } of batches)
      trails.set(vendorId, [...points, ...(trails.get(vendorId) ?? [])].slice(-MAX_KEPT));
    throw error;
  }
};

/** Writes what this node still holds of a vendor's trail, so that a reader finds it. */
export const writeTrailOf = (vendorId: string): Promise<void> => write([vendorId]);

/** Writes batches that are full or old enough; the answer writes the rest and ends it. */
export const startTrails = (): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let idle = true;
  const timer = setInterval(() => {
    if (!idle) return;
    const before = Date.now() - MAX_AGE_MS;
    const ready = [...trails].filter(([, points]) => points.length >= MAX_POINTS || points[0]![0] < before);
    if (ready.length === 0) return;
    idle = false;
    running = write(ready.map(([id]) => id))
      .catch((error) => log.warn({ err: error }, 'trails wait until the database answers'))
      .finally(() => {
        idle = true;
      });
  }, CHECK_MS);
  return async () => {
    clearInterval(timer);
    await running;
    await write([...trails.keys()]).catch((error) => log.warn({ err: error }, 'the last trails could not be written'));
  };
};
