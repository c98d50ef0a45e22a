import { openCrowd } from '../crowd.ts';
import { steadyLoad } from '../load.ts';
import { tokensAt } from '../people.ts';
import { percentile } from '../statistics.ts';
import { growth, type Scenario } from './scenario.ts';

const SIZES = [1, 100, 1_000, 10_000];
const VIEWERS = 100;
const PER_SECOND = 1_000;
const SECONDS = 2;

const title = '1,000 changes a second at random: write → screen, p99';
const figures = growth('late', SIZES, { of: 'streams', title, unit: 'ms', better: 'lower', digits: 1 });

/**
 * A thousand changes a second, spread over more and more streams, each of them on one screen: everybody who looks is of a
 * company of their own, since Waybeat tells whom else it concerns in a company, and plain does not.
 */
export const streams: Scenario = {
  name: 'streams',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    ...figures,
    late10000: { ...figures.late10000!, limit: 25 },
    ...growth('reached', SIZES, {
      of: 'streams',
      title: 'written of 1,000 changes a second at random',
      unit: '/s',
      better: 'higher',
      digits: 0,
    }),
  },
  async measure(target, quick) {
    const found: Record<string, number> = {};
    const perSecond = quick ? 100 : PER_SECOND;
    const seconds = quick ? 0.5 : SECONDS;
    for (const size of SIZES) {
      const count = quick ? Math.ceil(size / 100) : size;
      const viewers = Math.min(count, VIEWERS);
      const ids = await target.shipments(count, viewers);
      const load = steadyLoad(target.above, ids);
      const { crowd } = await openCrowd({
        port: target.port,
        tokens: tokensAt(Array.from({ length: viewers }, (_, viewer) => viewer)),
        shipmentsOf: (client) => ids.filter((_, index) => index % viewers === client),
        onEvent: load.seen,
      });
      try {
        await load.run(perSecond, seconds / 2);
        await target.idle();
        const { perSecond: reached, latencies } = await load.run(perSecond, seconds);
        found[`late${size}`] = percentile(latencies, 99);
        found[`reached${size}`] = reached;
      } finally {
        crowd.close();
      }
      await target.idle();
    }
    return found;
  },
};
