import { performance } from 'node:perf_hooks';
import type { InspectionStatus } from './api.ts';
import type { Crowd } from './crowd.ts';
import { SEQUENCE_DIGITS } from './lightClient.ts';
import type { Target } from './target.ts';

const EVENT_BYTES = 400;

/** A function that changes the shipment once and answers the milliseconds until the last viewer had the event. */
export async function writer(target: Target, crowd: Crowd, shipmentId: string): Promise<() => Promise<number>> {
  let sequence = 0;
  let padding = 0;
  const change = async () => {
    sequence++;
    const status: InspectionStatus = sequence % 2 ? 'in_progress' : 'pending';
    const startedAt = performance.now();
    const [arrivedAt] = await Promise.all([
      crowd.delivered(crowd.deliveries() + crowd.size),
      target.api.inspect(shipmentId, status, numbered(sequence, padding)),
    ]);
    return arrivedAt - startedAt;
  };
  // The notes fill the event up to the same size on either server, whatever its envelope holds.
  await change();
  padding = Math.max(0, EVENT_BYTES - crowd.eventBytes());
  return change;
}

/** Notes in which the viewers find the number. */
export const numbered = (sequence: number, padding: number): string =>
  `#${String(sequence).padStart(SEQUENCE_DIGITS, '0')}${'.'.repeat(padding)}`;
