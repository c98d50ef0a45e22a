import { performance } from 'node:perf_hooks';
import { type Crowd, openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { growth, type Scenario } from './scenario.ts';

const WRITERS = 16;
const VIEWERS = [10, 100, 1_000, 5_000];
const STREAMS = [1, 100, 10_000];
const SECONDS = 1.5;
/** Writes that are answered long before they are seen would bury a crowd. */
const DELIVERIES_AT_MOST = 400_000;
const NOTES = '.'.repeat(200);
const rate = { unit: '/s', better: 'higher', digits: 0 } as const;

/** Sixteen writers that each wait for their answer: at rows more and more, and with more and more who look at one of the sixteen. */
export const writesGrowth: Scenario = {
  name: 'writes-growth',
  columns: ['plain', 'waybeat'],
  figures: {
    ...growth('streams', STREAMS, { of: 'streams', title: 'writes a second, 16 writers, a stream at random', ...rate }),
    ...growth('viewers', VIEWERS, {
      of: 'viewers',
      title: 'writes a second, 16 writers, their rows watched by all together',
      ...rate,
    }),
  },
  async measure(target, quick) {
    const [fewerStreams, fewerViewers] = quick ? [0.01, 0.1] : [1, 1];
    const seconds = quick ? 0.2 : SECONDS;
    const found: Record<string, number> = {};
    const own = await target.shipments(WRITERS);
    const toOwn = (writer: number) => own[writer]!;
    await write(target, seconds, toOwn);
    for (const size of STREAMS) {
      const ids = await target.shipments(Math.ceil(size * fewerStreams));
      await target.idle();
      const { count, elapsedMs } = await write(target, seconds, () => ids[Math.floor(Math.random() * ids.length)]!);
      found[`streams${size}`] = (count * 1000) / elapsedMs;
    }
    const crowds: { crowd: Crowd; from: number }[] = [];
    try {
      let watching = 0;
      for (const size of VIEWERS) {
        const from = watching;
        watching = Math.ceil(size * fewerViewers);
        const tokens = tokensOf(watching).slice(from);
        const shipmentsOf = (client: number) => [own[(from + client) % WRITERS]!];
        crowds.push({ crowd: (await openCrowd({ port: target.port, tokens, shipmentsOf })).crowd, from });
        await target.idle();
        const due = crowds.map(({ crowd }) => crowd.deliveries());
        const startedAt = performance.now();
        const { count, counts } = await write(target, seconds, toOwn, (DELIVERIES_AT_MOST * WRITERS) / size);
        for (const [n, { crowd, from }] of crowds.entries())
          for (let client = 0; client < crowd.size; client++) due[n]! += counts[(from + client) % WRITERS]!;
        // A server that answers its writers and lets its viewers wait has not done it.
        await Promise.all(crowds.map(({ crowd }, n) => crowd.delivered(due[n]!)));
        found[`viewers${size}`] = (count * 1000) / (performance.now() - startedAt);
      }
      return found;
    } finally {
      for (const { crowd } of crowds) crowd.close();
    }
  },
};

async function write(target: Target, seconds: number, shipmentOf: (writer: number) => string, most = Infinity) {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const counts = new Array<number>(WRITERS).fill(0);
  let begun = 0;
  const writer = async (number: number) => {
    for (let turn = 0; performance.now() < until && begun < most; turn++) {
      begun++;
      await target.api.inspect(shipmentOf(number), turn % 2 ? 'pending' : 'in_progress', NOTES);
      counts[number]! += 1;
    }
  };
  await Promise.all(counts.map((_, number) => writer(number)));
  return { count: counts.reduce((sum, one) => sum + one, 0), counts, elapsedMs: performance.now() - startedAt };
}
