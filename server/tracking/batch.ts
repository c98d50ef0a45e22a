import { z } from 'zod';
import type { BatchFix } from '../contract/tracking.ts';
import { LocationBatch, MAX_BATCH } from '../contract/tracking.ts';

/**
 * Bodies of `…/locations`. What a phone sends by the hundred is first looked at by hand, for 0.4 µs a fix instead of 2:
 * a batch that is written as our own client writes it passes, and whatever is not is left to zod, which knows all that
 * is allowed and words what is not.
 */

/** A moment as `toISOString` writes it. */
const CANONICAL = z.core.regexes.datetime({ precision: 3 });

const isWithin = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;
const isAbsentOr = (value: unknown, most: number): boolean => value == null || isWithin(value, 0, most);

const isPlainFix = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const { lat, long, heading, speed, accuracy, recordedAt, sequence } = value as Record<string, unknown>;
  return (
    isWithin(lat, -90, 90) &&
    isWithin(long, -180, 180) &&
    isAbsentOr(heading, 360) &&
    isAbsentOr(speed, 1000) &&
    isAbsentOr(accuracy, 10_000_000) &&
    (recordedAt == null || (typeof recordedAt === 'string' && CANONICAL.test(recordedAt))) &&
    (sequence == null || (Number.isSafeInteger(sequence) && (sequence as number) >= 0))
  );
};

const isPlainId = (value: unknown): boolean =>
  value == null || (typeof value === 'string' && value.length > 0 && value.length <= 200 && value.trim() === value);

/** As `LocationBatch.parse`, except that unknown fields may stay. Throws a ZodError. */
export const parseBatch = (body: unknown): LocationBatch => {
  const { deviceId, locations } = (body ?? {}) as Record<string, unknown>;
  return Array.isArray(locations) &&
    locations.length > 0 &&
    locations.length <= MAX_BATCH &&
    isPlainId(deviceId) &&
    locations.every(isPlainFix)
    ? { deviceId: deviceId as string | null | undefined, locations: locations as z.infer<typeof BatchFix>[] }
    : LocationBatch.parse(body);
};
