import type { TrailPoint } from './wire.ts';

/** The trail that was read and what was heard since, in the order in which it was travelled and each place once. */
export const joinTrail = (read: readonly TrailPoint[], passed: readonly TrailPoint[]): TrailPoint[] => {
  const byTime = new Map<string, TrailPoint>();
  for (const point of [...read, ...passed]) if (!point.mark) byTime.set(point.recordedAt, point);
  return [...byTime.values()].sort((a, b) => a.recordedAt.localeCompare(b.recordedAt));
};
