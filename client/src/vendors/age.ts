/** How old a position is, in words and in what it is still worth. */

export type Freshness = 'fresh' | 'aging' | 'old';

/** A vendor that reports each second and is silent this long has lost its network, or has stopped sharing. */
const AGING_MS = 15_000;
/** After this a position says where somebody was, not where they are. */
const OLD_MS = 120_000;

export const freshnessOf = (ageMs: number): Freshness =>
  ageMs < AGING_MS ? 'fresh' : ageMs < OLD_MS ? 'aging' : 'old';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "now", "12 s ago", "3 min ago", "5 h ago", "2 days ago". Clocks that differ a little still read "now". */
export const ageText = (ageMs: number): string => {
  if (ageMs < 2_000) return 'now';
  if (ageMs < MINUTE) return `${Math.floor(ageMs / 1000)} s ago`;
  if (ageMs < HOUR) return `${Math.floor(ageMs / MINUTE)} min ago`;
  if (ageMs < DAY) return `${Math.floor(ageMs / HOUR)} h ago`;
  const days = Math.floor(ageMs / DAY);
  return days === 1 ? '1 day ago' : `${days} days ago`;
};
