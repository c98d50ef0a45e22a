import { setTimeout as sleep } from 'node:timers/promises';
import { openCrowd } from '../crowd.ts';
import { steadyLoad } from '../load.ts';
import { tokensOf } from '../people.ts';
import { median, percentile } from '../statistics.ts';
import type { Scenario } from './scenario.ts';

const VIEWERS_PER_SHIPMENT = 10;
const PER_SECOND = 1_000;
const SAMPLE_MS = 250;
/** Longer by BENCH_STEADY_SECONDS: ten minutes show what grows slowly. */
const SECONDS = Number(process.env.BENCH_STEADY_SECONDS ?? 30);
const MIB = 1024 * 1024;

/** A full house at work: 10,000 screens, ten at each shipment, and a thousand changes a second. */
export const steady: Scenario<'rss' | 'grown' | 'reached' | 'p99'> = {
  name: 'steady',
  columns: ['plainKeyObject', 'waybeat'],
  figures: {
    rss: {
      title: 'resident size at most, 10,000 connections and 1,000 changes a second',
      unit: 'MiB',
      better: 'lower',
      digits: 0,
      limit: 256,
    },
    grown: { title: `of which since the first third of ${SECONDS} s`, unit: 'MiB', better: 'lower', digits: 1 },
    reached: { title: 'changes written a second', unit: '/s', better: 'higher', digits: 0 },
    p99: { title: 'write → last of ten screens, p99', unit: 'ms', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const connections = quick ? 500 : 10_000;
    const ids = await target.shipments(connections / VIEWERS_PER_SHIPMENT);
    const load = steadyLoad(target, ids);
    const waiting = new Map<number, number>();
    const { crowd } = await openCrowd({
      port: target.port,
      tokens: tokensOf(connections),
      shipmentsOf: (client) => [ids[client % ids.length]!],
      onEvent: (sequence) => {
        const left = (waiting.get(sequence) ?? VIEWERS_PER_SHIPMENT) - 1;
        waiting.set(sequence, left);
        if (left > 0) return;
        waiting.delete(sequence);
        load.seen(sequence);
      },
    });
    const samples: number[] = [];
    let isRunning = true;
    const sampling = (async () => {
      while (isRunning) {
        samples.push(target.residentBytes() / MIB);
        await sleep(SAMPLE_MS);
      }
    })();
    try {
      const { perSecond, latencies } = await load.run(quick ? 50 : PER_SECOND, quick ? 2 : SECONDS);
      const third = Math.ceil(samples.length / 3);
      return {
        rss: Math.max(...samples),
        grown: Math.max(0, median(samples.slice(-third)) - median(samples.slice(0, third))),
        reached: perSecond,
        p99: percentile(latencies, 99),
      };
    } finally {
      isRunning = false;
      await sampling;
      crowd.close();
    }
  },
};
