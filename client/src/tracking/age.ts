import type { ParcelLocation } from './wire.ts';

/** A rider who reports every second is somewhere else after this. */
export const STALE_MS = 60_000;

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'} ago`;

/** How old a position is, in words. A device's clock slightly ahead of ours still reads "now". */
export const ageWords = (recordedAt: string, now: number): string => {
  const seconds = Math.max(0, Math.round((now - Date.parse(recordedAt)) / 1000));
  if (seconds < 5) return 'now';
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `${hours} h ago` : plural(Math.round(hours / 24), 'day');
};

export const isStale = ({ recordedAt }: ParcelLocation, now: number): boolean =>
  now - Date.parse(recordedAt) > STALE_MS;

export const accuracyWords = (accuracy: number | null | undefined): string =>
  accuracy == null
    ? ''
    : `within ${accuracy < 1000 ? `${Math.max(1, Math.round(accuracy))} m` : `${(accuracy / 1000).toFixed(1)} km`}`;
