import type { TrailPoint } from '../../../server/contract/vendors.ts';
import { metresBetween, project, type Spot } from './mercator.ts';

/** A vendor's day for replaying: the points as one line in time, with the silences in it known. */

export type DayPoint = Spot & { at: number; lat: number; long: number };
export type Day = {
  points: DayPoint[];
  /** Stretches without a silence, as indexes into `points`; `to` is the last one's. */
  stretches: { from: number; to: number }[];
  metres: number;
};

/** One who stands still reports once a minute; longer without a word is a silence. */
const SILENCE_MS = 150_000;

export const toDay = (trail: TrailPoint[], start: number, end: number): Day => {
  const points: DayPoint[] = [];
  for (const { at, lat, long } of trail) {
    const time = Date.parse(at);
    if (time >= start && time < end) points.push({ at: time, lat, long, ...project(lat, long) });
  }
  points.sort((a, b) => a.at - b.at);
  const stretches: Day['stretches'] = [];
  let metres = 0;
  points.forEach((point, index) => {
    const last = points[index - 1];
    const stretch = stretches.at(-1);
    if (!last || !stretch || point.at - last.at > SILENCE_MS) stretches.push({ from: index, to: index });
    else {
      stretch.to = index;
      metres += metresBetween(last, point);
    }
  });
  return { points, stretches, metres };
};

/** The index of the last point not after `time`; -1 before the first. */
export const indexAt = (points: DayPoint[], time: number): number => {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.at <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

export type Moment = {
  /** Where the vendor was: between two points on the line between them, in a silence where it was last heard of. */
  lat: number;
  long: number;
  /** How long before `time` that was known; 0 while reports come. */
  silentMs: number;
  index: number;
};

/** undefined before the day's first report. */
export const momentAt = ({ points }: Day, time: number): Moment | undefined => {
  const index = indexAt(points, time);
  const before = points[index];
  if (!before) return undefined;
  const after = points[index + 1];
  if (!after || after.at - before.at > SILENCE_MS)
    return { lat: before.lat, long: before.long, silentMs: time - before.at, index };
  const share = (time - before.at) / (after.at - before.at);
  return {
    lat: before.lat + (after.lat - before.lat) * share,
    long: before.long + shortWay(after.long - before.long) * share,
    silentMs: 0,
    index,
  };
};

const shortWay = (degrees: number) => (degrees > 180 ? degrees - 360 : degrees < -180 ? degrees + 360 : degrees);

/** Midnight to midnight by the clock of who looks; 23 or 25 hours when it is changed. */
export const localDay = (day: string): { start: number; end: number } => {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  return { start: new Date(year, month - 1, date).getTime(), end: new Date(year, month - 1, date + 1).getTime() };
};

/** The UTC days that a span of time touches, as the server keeps trails. */
export const utcDays = ({ start, end }: { start: number; end: number }): string[] => {
  const days = new Set([start, end - 1].map((time) => new Date(time).toISOString().slice(0, 10)));
  return [...days];
};

/** The local calendar day of a time, as `2026-12-01`. */
export const dayName = (time: number): string => {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};
