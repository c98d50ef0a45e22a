import { type Crowd, openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import { percentile } from '../statistics.ts';
import type { Target } from '../target.ts';
import { writer } from '../writer.ts';
import type { Scenario } from './scenario.ts';

/** Changes of one burst, all asked for at once. */
export const BURST = 16;

/** The curves on which this row is the point of 2,000 viewers. */
export const CURVES = {
  cpu: 'server CPU per delivery',
  burst: `server CPU per delivery, bursts of ${BURST}`,
  p50: 'PATCH → last viewer, p50',
  p99: 'PATCH → last viewer, p99',
} as const;
const pointOf = (key: keyof typeof CURVES) => ({ curve: CURVES[key], of: 'viewers', at: 2_000 });

/** One room of 2,000 viewers: one change at a time, the next when all have seen the last; then bursts of changes. */
export const delivery: Scenario<'cpu' | 'burst' | 'p50' | 'p99'> = {
  name: 'delivery',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    cpu: {
      title: 'server CPU per delivery, room of 2,000',
      unit: 'µs',
      better: 'lower',
      digits: 2,
      aim: 0.65,
      point: pointOf('cpu'),
    },
    burst: {
      title: `the same in bursts of ${BURST}`,
      unit: 'µs',
      better: 'lower',
      digits: 2,
      aim: 0.12,
      aimOfRaw: 1.5,
      point: pointOf('burst'),
    },
    p50: {
      title: 'PATCH → last of 2,000 viewers, p50',
      unit: 'ms',
      better: 'lower',
      digits: 1,
      aim: 0.8,
      point: pointOf('p50'),
    },
    p99: {
      title: 'PATCH → last of 2,000 viewers, p99',
      unit: 'ms',
      better: 'lower',
      digits: 1,
      aim: 0.8,
      point: pointOf('p99'),
    },
  },
  async measure(target, quick) {
    const viewers = quick ? 200 : 2000;
    const warmup = quick ? 20 : 50;
    const changes = quick ? 50 : 200;
    const [shipmentId, busy] = await target.shipments(2);
    const { crowd } = await openCrowd({
      port: target.port,
      tokens: tokensOf(viewers),
      shipmentsOf: () => [shipmentId!, busy!],
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
        burst: await bursts(target, crowd, busy!, quick ? 3 : 8),
        p50: percentile(latencies, 50),
        p99: percentile(latencies, 99),
      };
    } finally {
      crowd.close();
    }
  },
};

/** CPU per delivery in µs. The events are as long as those one by one, without the number that would say their order. */
export async function bursts(target: Target, crowd: Crowd, shipmentId: string, count: number): Promise<number> {
  const notes = '.'.repeat(200);
  const burst = async () => {
    const total = crowd.deliveries() + BURST * crowd.size;
    await Promise.all([
      crowd.delivered(total),
      ...Array.from({ length: BURST }, (_, n) =>
        target.api.inspect(shipmentId, n % 2 ? 'pending' : 'in_progress', notes),
      ),
    ]);
  };
  await burst();
  await target.idle();
  const before = target.cpuMs();
  for (let n = 0; n < count; n++) await burst();
  return ((target.cpuMs() - before) * 1000) / (count * BURST * crowd.size);
}
