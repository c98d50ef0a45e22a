import { type Crowd, openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { growth, type Scenario } from './scenario.ts';

const VIEWERS_PER_SHIPMENT = 10;
const WARMUP = 200;
const SIZES = [1_000, 5_000, 10_000];
const of = 'connections';

const each = growth('each', SIZES, {
  of,
  title: 'memory per idle connection',
  unit: 'KiB',
  better: 'lower',
  digits: 2,
});

/**
 * Resident size with up to 10,000 idle viewers, less the size before, each after garbage was collected. Some
 * connections come and go first, so that what is loaded and compiled once is not counted as theirs.
 */
export const memory: Scenario = {
  name: 'memory',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    ...each,
    each10000: { ...each.each10000!, aim: 0.75, aimOfRaw: 1.75 },
    heap: { title: 'of which JavaScript heap, at 10,000', unit: 'KiB', better: 'lower', digits: 2 },
    ...growth('total', SIZES, { of, title: 'resident size, idle', unit: 'MiB', better: 'lower', digits: 0 }),
  },
  async measure(target, quick) {
    const scale = quick ? 0.1 : 1;
    const largest = SIZES.at(-1)! * scale;
    const ids = await target.shipments(largest / VIEWERS_PER_SHIPMENT);
    const tokens = tokensOf(largest);
    const open = (from: number, to: number) =>
      openCrowd({
        port: target.port,
        tokens: tokens.slice(from, to),
        shipmentsOf: (client) => [ids[(from + client) % ids.length]!],
      });
    (await open(0, WARMUP)).crowd.close();
    const empty = await atRest(target);
    const crowds: Crowd[] = [];
    const figures: Record<string, number> = {};
    try {
      let connected = 0;
      let full = empty;
      for (const size of SIZES) {
        crowds.push((await open(connected, size * scale)).crowd);
        connected = size * scale;
        full = await atRest(target);
        figures[`total${size}`] = full.rss / 1024 / 1024;
        figures[`each${size}`] = (full.rss - empty.rss) / connected / 1024;
      }
      figures.heap = (full.heapUsed - empty.heapUsed) / largest / 1024;
      return figures;
    } finally {
      for (const crowd of crowds) crowd.close();
    }
  },
};

async function atRest(target: Target) {
  await target.idle();
  return target.memory();
}
