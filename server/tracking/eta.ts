import type { ParcelStatus } from '../contract/tracking.ts';
import { knownShare, type State } from './filters.ts';
import { metersBetween, type Point } from './geo.ts';

/**
 * When a parcel arrives: the way that remains, over the speed of the last minutes.
 *
 * Roads are longer than lines: the ratio is 1.2 to 1.5 the world over (Ballou, Rahardja, Sakai: "Selected country
 * circuity factors for road travel distance estimation", Transportation Research A 36, 2002). Speed includes stops, since
 * those ahead are like those behind. A city's delivery speed stands in for what is not known yet: for all of it at
 * first, for a third after five minutes.
 */
const CIRCUITY = 1.3;
/** m/s; about 22 km/h. */
const USUAL_SPEED = 6;
/** m/s; a rider who waits at a door is not going to wait for ever. */
const LEAST_SPEED = 1.5;
/** A difference that is told, in ms. */
const WORTH_TELLING_MS = 60_000;

const MOVING: readonly ParcelStatus[] = ['PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY'];
export const isMoving = (status: ParcelStatus): boolean => MOVING.includes(status);

export type Estimate = { eta: string; minutes: number; distanceMeters: number; seconds: number };

/** The way that remains, in m, estimated. Null without a position or a destination. */
export const remainingMeters = (
  from: Point | null,
  destination: { lat?: number | null; long?: number | null } | null,
): number | null =>
  from && destination?.lat != null && destination.long != null
    ? CIRCUITY * metersBetween(from, { lat: destination.lat, long: destination.long })
    : null;

/** From where and when it was last believed to be. Undefined without a position or a destination. */
export const estimate = ({ good, speed, watched }: State, destination: Partial<Point> | null): Estimate | undefined => {
  const distance = remainingMeters(good, destination);
  if (!good || distance === null) return undefined;
  const known = knownShare(watched);
  const seconds = distance / Math.max(LEAST_SPEED, known * speed + (1 - known) * USUAL_SPEED);
  return {
    eta: new Date(Date.parse(good.recordedAt) + seconds * 1000).toISOString(),
    minutes: Math.round(seconds / 60),
    distanceMeters: Math.round(distance),
    seconds,
  };
};

/** Whether an ETA moved by more than a minute. */
export const isWorthTelling = (before: string | null, now: string): boolean =>
  before === null || Math.abs(Date.parse(now) - Date.parse(before)) > WORTH_TELLING_MS;

/** Minutes from now until `eta`, rounded; never below 0. */
export const minutesUntil = (eta: string, now = Date.now()): number =>
  Math.max(0, Math.round((Date.parse(eta) - now) / 60_000));
