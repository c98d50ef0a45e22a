import type { Located } from './pointStore.ts';

/**
 * Parcels as this node last saw and left them, with the revisions of their rows. Nothing is believed because it stands
 * here: the statement that writes compares the revisions under the rows' locks, and what somebody else has written
 * meanwhile, on whichever node, is read anew. Who reports every second saves four of five round trips by it.
 */

/** `xmin` of the rows in `parcels` and `parcel_positions`. */
export type Revisions = { parcel: string; position: string };
export type Remembered = { located: Located; revisions: Revisions };

/** Some kilobytes at most for each; beyond, those that were not heard of for longest are read again. */
const MAX_REMEMBERED = 5_000;
const remembered = new Map<string, Remembered>();

export const recall = (awb: string): Remembered | undefined => remembered.get(awb);

export const remember = (entry: Remembered): void => {
  const { awb } = entry.located;
  remembered.delete(awb);
  remembered.set(awb, entry);
  if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
};

export const forget = (awb: string): void => {
  remembered.delete(awb);
};
