import { metresBetween, nearestCopy, type Spot } from './mercator.ts';

/**
 * Moves a marker smoothly from one reported position to the next, over the time that the next is expected to take. It
 * never goes beyond what was reported: a guess drawn as a fact would be a lie about where somebody is.
 */

export type Motion = { from: Spot; to: Spot; startedAt: number; duration: number; heardAt: number };

const SHORTEST_MS = 200;
const LONGEST_MS = 2_500;
/** After a silence the old rhythm says nothing; the marker catches up at once but not with a jerk. */
const CATCH_UP_MS = 400;
/** Faster than anything that sells things: a correction, not a way that was driven. */
const JUMP_M_PER_S = 150;

export const standing = (spot: Spot, now: number): Motion => ({
  from: spot,
  to: spot,
  startedAt: now,
  duration: 0,
  heardAt: now,
});

/** Where the marker is shown at `now`; writes into `into`, since it is asked for thousands of markers a frame. */
export const placeAt = ({ from, to, startedAt, duration }: Motion, now: number, into: Spot): Spot => {
  const share = duration > 0 ? Math.min(1, Math.max(0, (now - startedAt) / duration)) : 1;
  into.x = from.x + (to.x - from.x) * share;
  into.y = from.y + (to.y - from.y) * share;
  return into;
};

export const isMoving = ({ from, to, startedAt, duration }: Motion, now: number): boolean =>
  now < startedAt + duration && (from.x !== to.x || from.y !== to.y);

/** In sides of the world a millisecond; 0 once it has arrived. */
export const speedOf = (motion: Motion, now: number): number => {
  if (!isMoving(motion, now)) return 0;
  const { from, to, duration } = motion;
  return Math.hypot(to.x - from.x, to.y - from.y) / duration;
};

/** The motion after a new position was heard of at `now` (of the page's monotonic clock). */
export const moveTo = (motion: Motion, next: Spot, now: number): Motion => {
  const from = placeAt(motion, now, { x: 0, y: 0 });
  // The short way round: across the antimeridian x runs on beyond 0 and 1.
  const to = { x: nearestCopy(next.x, from.x), y: next.y };
  const gap = now - motion.heardAt;
  const metres = metresBetween(from, to);
  if (metres > (JUMP_M_PER_S * Math.max(gap, 1_000)) / 1000) return standing(next, now);
  const duration = gap > 2 * LONGEST_MS ? CATCH_UP_MS : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, gap * 1.1));
  return { from, to, startedAt: now, duration, heardAt: now };
};
