/**
 * Milliseconds to wait before the next attempt: 1 s, 2 s, 4 s … up to `max`, each at random within half of it either
 * way, so that ten thousand clients of a restarted server do not return in one instant.
 */
export const backoff = (attempt: number, max: number, random: () => number = Math.random): number =>
  Math.min(max, 1_000 * 2 ** Math.min(attempt, 20)) * (0.5 + random());
