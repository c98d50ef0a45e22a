import type { Queued, QueuedPhoto, QueuedPosition, QueuedStatus } from './queue.ts';

export type Portion =
  | { kind: 'positions'; awb: string; items: QueuedPosition[] }
  | { kind: 'status'; awb: string; items: [QueuedStatus] }
  | { kind: 'photo'; awb: string; items: [QueuedPhoto] };

/** As many positions as one request takes. */
const MOST = 200;

/**
 * What to send next: the oldest that was not refused, and when it is a position all of that parcel's up to the next
 * status or photo. So everything about one parcel arrives in the order in which it happened.
 */
export const nextPortion = (queue: readonly Queued[]): Portion | undefined => {
  const waiting = queue.filter(({ refused }) => refused === undefined);
  const first = waiting[0];
  if (!first) return undefined;
  if (first.kind === 'status') return { kind: 'status', awb: first.awb, items: [first] };
  if (first.kind === 'photo') return { kind: 'photo', awb: first.awb, items: [first] };
  const items: QueuedPosition[] = [];
  for (const item of waiting) {
    if (item.awb !== first.awb) continue;
    if (item.kind !== 'position' || items.length === MOST) break;
    items.push(item);
  }
  return { kind: 'positions', awb: first.awb, items };
};
