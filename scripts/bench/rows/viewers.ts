import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import { median } from '../statistics.ts';
import { writer } from '../writer.ts';
import { growth, type Scenario } from './scenario.ts';

const SIZES = [10, 100, 1_000, 2_000, 5_000];

/** How the cost of one change, and the time until the last has seen it, grow with those who look at it. */
export const viewers: Scenario = {
  name: 'viewers',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    ...growth('cpu', SIZES, {
      of: 'viewers',
      title: 'server CPU per change',
      unit: 'ms',
      better: 'lower',
      digits: 2,
    }),
    ...growth('last', SIZES, {
      of: 'viewers',
      title: 'PATCH → last viewer, median',
      unit: 'ms',
      better: 'lower',
      digits: 1,
    }),
  },
  async measure(target, quick) {
    const ids = await target.shipments(SIZES.length);
    const figures: Record<string, number> = {};
    for (const [index, size] of SIZES.entries()) {
      const { crowd } = await openCrowd({
        port: target.port,
        tokens: tokensOf(quick ? Math.ceil(size / 10) : size),
        shipmentsOf: () => [ids[index]!],
      });
      try {
        const change = await writer(target, crowd, ids[index]!);
        const changes = quick ? 5 : size < 1_000 ? 200 : 60;
        for (let n = 0; n < changes / 4; n++) await change();
        await target.idle();
        const latencies: number[] = [];
        const before = target.cpuMs();
        for (let n = 0; n < changes; n++) latencies.push(await change());
        figures[`cpu${size}`] = (target.cpuMs() - before) / changes;
        figures[`last${size}`] = median(latencies);
      } finally {
        crowd.close();
      }
      await target.idle();
    }
    return figures;
  },
};
