import { performance } from 'node:perf_hooks';
import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const WRITERS = 16;
const VIEWERS = 100;
const NOTES = '.'.repeat(200);

/** Sixteen writers over kept-alive connections, each waiting for its answer; at first nobody watches, then a hundred. */
export const writes: Scenario<'spread' | 'cpu' | 'watched' | 'contended'> = {
  name: 'writes',
  columns: ['plain', 'plainKeyObject', 'waybeat'],
  figures: {
    spread: { title: 'writes a second, 16 writers, each its own row', unit: '/s', better: 'higher', digits: 0, aim: 1 },
    watched: {
      title: `the same, each row watched by ${VIEWERS}`,
      unit: '/s',
      better: 'higher',
      digits: 0,
      aim: 0.33,
    },
    cpu: { title: 'server CPU per write, nobody watching', unit: 'µs', better: 'lower', digits: 0 },
    contended: { title: 'writes a second, 16 writers, all one row', unit: '/s', better: 'higher', digits: 0 },
  },
  async measure(target, quick) {
    const seconds = quick ? 1 : 3;
    const ids = await target.shipments(WRITERS);
    const own = (writer: number) => ids[writer]!;
    await writeFor(target, seconds / 2, own);
    await target.idle();
    const before = target.cpuMs();
    const spread = await writeFor(target, seconds, own);
    const cpuMs = target.cpuMs() - before;
    const contended = await writeFor(target, seconds, () => ids[0]!);
    const { crowd } = await openCrowd({ port: target.port, tokens: tokensOf(VIEWERS), shipmentsOf: () => ids });
    try {
      const watched = await writeFor(target, seconds, own);
      // A server that answers its writers and lets its viewers wait has not done it.
      await crowd.delivered(watched.count * VIEWERS);
      return {
        spread: spread.perSecond,
        cpu: (cpuMs * 1000) / spread.count,
        watched: watched.perSecond,
        contended: contended.perSecond,
      };
    } finally {
      crowd.close();
    }
  },
};

async function writeFor(target: Target, seconds: number, shipmentOf: (writer: number) => string) {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let count = 0;
  const writer = async (number: number) => {
    const id = shipmentOf(number);
    for (let turn = 0; performance.now() < until; turn++) {
      await target.api.inspect(id, turn % 2 ? 'pending' : 'in_progress', NOTES);
      count++;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
  return { count, perSecond: (count * 1000) / (performance.now() - startedAt) };
}
