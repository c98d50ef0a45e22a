/** Order statistics of measured samples. All of them refuse an empty list: a figure without a sample is no figure. */

const sorted = (samples: readonly number[]) => {
  if (samples.length === 0) throw new Error('No samples were measured');
  return [...samples].sort((a, b) => a - b);
};

/** The middle sample, or the mean of the two middle ones. */
export function median(samples: readonly number[]): number {
  const ordered = sorted(samples);
  const middle = ordered.length >> 1;
  return ordered.length % 2 ? ordered[middle]! : (ordered[middle - 1]! + ordered[middle]!) / 2;
}

/** Nearest-rank percentile: the smallest sample that at least `percent` of all samples do not exceed. */
export function percentile(samples: readonly number[], percent: number): number {
  const ordered = sorted(samples);
  const rank = Math.ceil((percent / 100) * ordered.length);
  return ordered[Math.max(0, rank - 1)]!;
}

export type Summary = { median: number; min: number; max: number };

export const summarize = (samples: readonly number[]): Summary => ({
  median: median(samples),
  min: Math.min(...samples),
  max: Math.max(...samples),
});
