import type { Place } from './types.ts';

/**
 * Where a marker is drawn between two reports: on its way from where it was drawn to where it was reported last, never
 * beyond. In the plane of the web's maps, with the whole world from 0 to 1 either way.
 */

export type Point = { x: number; y: number };

const MAX_LAT = 85.0511;

export const toPlane = ({ lat, long }: Place): Point => {
  const sine = Math.sin((Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) * Math.PI) / 180);
  return { x: long / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
};

/** How long a marker takes to its new place; about the time to the next report. */
export const GLIDE_MS = 900;
/** Farther than this (some 25 km) is no ride but a correction: it is there at once. */
const MAX_GLIDE = 0.000_6;

export type Motion = { from: Point; to: Point; startedAt: number };

export const rest = (at: Point): Motion => ({ from: at, to: at, startedAt: Number.NEGATIVE_INFINITY });

export const isMoving = ({ startedAt }: Motion, now: number): boolean => now - startedAt < GLIDE_MS;

export const positionAt = ({ from, to, startedAt }: Motion, now: number): Point => {
  const share = (now - startedAt) / GLIDE_MS;
  if (share >= 1) return to;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
};

export const moveTo = (motion: Motion, to: Point, now: number): Motion => {
  if (motion.to.x === to.x && motion.to.y === to.y) return motion;
  const from = positionAt(motion, now);
  return Math.hypot(to.x - from.x, to.y - from.y) > MAX_GLIDE ? rest(to) : { from, to, startedAt: now };
};
