import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import { percentile } from '../statistics.ts';
import { writer } from '../writer.ts';
import { bursts, CURVES } from './delivery.ts';
import { growth, type Scenario } from './scenario.ts';

/** The row of 2,000 viewers has a scenario of its own. */
const SIZES = [10, 100, 1_000, 5_000];
const of = 'viewers';
const cost = { of, unit: 'µs', better: 'lower', digits: 2 } as const;
const time = { of, unit: 'ms', better: 'lower', digits: 1 } as const;

/** How the cost of a delivery, and the time until the last has seen a change, grow with those who look at it. */
export const viewers: Scenario = {
  name: 'viewers',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    ...growth('cpu', SIZES, { title: CURVES.cpu, ...cost }),
    ...growth('burst', SIZES, { title: CURVES.burst, ...cost }),
    ...growth('p50', SIZES, { title: CURVES.p50, ...time }),
    ...growth('p99', SIZES, { title: CURVES.p99, ...time }),
  },
  async measure(target, quick) {
    const ids = await target.shipments(SIZES.length * 2);
    const figures: Record<string, number> = {};
    for (const [index, size] of SIZES.entries()) {
      const [id, busy] = ids.slice(index * 2) as [string, string];
      const viewers = quick ? Math.ceil(size / 10) : size;
      const { crowd } = await openCrowd({
        port: target.port,
        tokens: tokensOf(viewers),
        shipmentsOf: () => [id, busy],
      });
      try {
        const change = await writer(target, crowd, id);
        const changes = quick ? 5 : size < 5_000 ? 200 : 50;
        for (let n = 0; n < changes / 4; n++) await change();
        await target.idle();
        const latencies: number[] = [];
        const before = target.cpuMs();
        for (let n = 0; n < changes; n++) latencies.push(await change());
        figures[`cpu${size}`] = ((target.cpuMs() - before) * 1000) / (changes * viewers);
        figures[`p50${size}`] = percentile(latencies, 50);
        figures[`p99${size}`] = percentile(latencies, 99);
        // As much as the kernel's ticks need to tell; beyond a thousand viewers a few bursts are that.
        figures[`burst${size}`] = await bursts(
          target,
          crowd,
          busy,
          quick ? 1 : size < 1_000 ? 15 : size < 5_000 ? 10 : 4,
        );
      } finally {
        crowd.close();
      }
      await target.idle();
    }
    return figures;
  },
};
