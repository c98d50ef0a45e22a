import { setTimeout as sleep } from 'node:timers/promises';
import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const VIEWERS_PER_SHIPMENT = 10;
const WARMUP = 200;

/**
 * Resident size with 10,000 idle viewers, less the size before, each after garbage was collected. Some connections
 * come and go first, so that what is loaded and compiled once is not counted as theirs.
 */
export const memory: Scenario<'rss' | 'heap' | 'total'> = {
  name: 'memory',
  columns: ['plain', 'waybeat'],
  figures: {
    rss: { title: 'memory per idle connection at 10,000', unit: 'KiB', better: 'lower', digits: 2, aim: 1 },
    heap: { title: 'of which JavaScript heap', unit: 'KiB', better: 'lower', digits: 2 },
    total: { title: 'resident size with 10,000 connections', unit: 'MiB', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const connections = quick ? 1000 : 10_000;
    const ids = await target.shipments(connections / VIEWERS_PER_SHIPMENT);
    const open = (count: number) =>
      openCrowd({ port: target.port, tokens: tokensOf(count), shipmentOf: (client) => ids[client % ids.length]! });
    (await open(WARMUP)).crowd.close();
    const empty = await atRest(target);
    const { crowd } = await open(connections);
    try {
      const full = await atRest(target);
      return {
        rss: (full.rss - empty.rss) / connections / 1024,
        heap: (full.heapUsed - empty.heapUsed) / connections / 1024,
        total: full.rss / 1024 / 1024,
      };
    } finally {
      crowd.close();
    }
  },
};

async function atRest(target: Target) {
  await target.idle();
  await sleep(1000);
  return target.memory();
}
