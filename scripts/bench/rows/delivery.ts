import { performance } from 'node:perf_hooks';
import type { InspectionStatus } from '../api.ts';
import { type Crowd, openCrowd } from '../crowd.ts';
import { SEQUENCE_DIGITS } from '../lightClient.ts';
import { tokensOf } from '../people.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const EVENT_BYTES = 400;

/** One room of 2,000 viewers; one change at a time, the next when all have seen the last. */
export const delivery: Scenario<'cpu' | 'p50' | 'p99'> = {
  name: 'delivery',
  columns: ['plain', 'waybeat'],
  figures: {
    cpu: { title: 'server CPU per delivery, room of 2,000', unit: 'µs', better: 'lower', digits: 2, aim: 1 },
    p50: { title: 'PATCH → last of 2,000 viewers, p50', unit: 'ms', better: 'lower', digits: 1 },
    p99: { title: 'PATCH → last of 2,000 viewers, p99', unit: 'ms', better: 'lower', digits: 1 },
  },
  async measure(target, quick) {
    const viewers = quick ? 200 : 2000;
    const warmup = quick ? 20 : 100;
    const changes = quick ? 50 : 300;
    const [shipmentId] = await target.shipments(1);
    const { crowd } = await openCrowd({
      port: target.port,
      tokens: tokensOf(viewers),
      shipmentOf: () => shipmentId!,
    });
    try {
      const change = await writer(target, crowd, shipmentId!);
      for (let index = 0; index < warmup; index++) await change();
      await target.idle();
      const latencies: number[] = [];
      const before = target.cpuMs();
      for (let index = 0; index < changes; index++) latencies.push(await change());
      const cpuMs = target.cpuMs() - before;
      return {
        cpu: (cpuMs * 1000) / (changes * viewers),
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
      };
    } finally {
      crowd.close();
    }
  },
};

/** A function that changes the shipment once and answers the milliseconds until the last viewer had the event. */
async function writer(target: Target, crowd: Crowd, shipmentId: string): Promise<() => Promise<number>> {
  let sequence = 0;
  let padding = 0;
  const change = async () => {
    sequence++;
    const status: InspectionStatus = sequence % 2 ? 'in_progress' : 'pending';
    const notes = `#${String(sequence).padStart(SEQUENCE_DIGITS, '0')}${'.'.repeat(padding)}`;
    const startedAt = performance.now();
    const [arrivedAt] = await Promise.all([
      crowd.delivered(crowd.deliveries() + crowd.size),
      target.api.inspect(shipmentId, status, notes),
    ]);
    return arrivedAt - startedAt;
  };
  // The notes fill the event up to the same size on either server, whatever its envelope holds.
  await change();
  padding = Math.max(0, EVENT_BYTES - crowd.eventBytes());
  return change;
}
