import { type Crowd, openCrowd } from '../crowd.ts';
import { steadyLoad } from '../load.ts';
import { tokensAt } from '../people.ts';
import { median, percentile } from '../statistics.ts';
import type { Target } from '../target.ts';
import { growth, type Scenario } from './scenario.ts';

const VIEWERS_PER_SHIPMENT = 10;
/** The ten of a shipment are a company: Waybeat tells a whole company of its shipments, and plain only those who joined one. */
const COMPANIES = 1_000;
const PER_SECOND = 1_000;
const SAMPLE_MS = 250;
const SIZES = [1_000, 5_000, 10_000];
const SECONDS = 4;
/** Ten minutes show what grows slowly. */
const LONG_SECONDS = Number(process.env.BENCH_STEADY_SECONDS ?? 600);
const MIB = 1024 * 1024;
const LIMIT_MIB = 256;

const of = 'connections';
const rss = { unit: 'MiB', better: 'lower', digits: 0 } as const;
const sizes = growth('rss', SIZES, { of, title: 'resident size at most, 1,000 changes a second', ...rss });

/** A full house at work: companies of ten screens at a shipment, a thousand changes a second, and more and more of them. */
export const steady: Scenario = {
  name: 'steady',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    ...sizes,
    rss10000: { ...sizes.rss10000!, limit: LIMIT_MIB },
    ...growth('reached', SIZES, {
      of,
      title: 'written of 1,000 changes a second, ten screens each',
      unit: '/s',
      better: 'higher',
      digits: 0,
    }),
    ...growth('p99', SIZES, {
      of,
      title: '1,000 changes a second: write → last of ten screens, p99',
      unit: 'ms',
      better: 'lower',
      digits: 0,
    }),
  },
  async measure(target, quick) {
    const house = openHouse(target);
    const found: Record<string, number> = {};
    try {
      for (const size of SIZES) {
        await house.fill(quick ? size / 20 : size);
        const { perSecond, latencies, samples } = await house.work(quick ? 50 : PER_SECOND, quick ? 1 : SECONDS);
        found[`rss${size}`] = Math.max(...samples);
        found[`reached${size}`] = perSecond;
        found[`p99${size}`] = percentile(latencies, 99);
      }
      return found;
    } finally {
      house.close();
    }
  },
};

/** The same with 10,000 screens for long. */
export const steadyLong: Scenario<'rss' | 'grown' | 'reached' | 'p99'> = {
  name: 'steady-long',
  columns: ['waybeat'],
  figures: {
    rss: { title: `the same with 10,000 connections for ${LONG_SECONDS} s`, ...rss, limit: LIMIT_MIB },
    grown: { title: 'of which from its first to its last third', unit: 'MiB', better: 'lower', digits: 1 },
    reached: { title: 'changes written a second meanwhile', unit: '/s', better: 'higher', digits: 0 },
    p99: { title: 'write → last of ten screens meanwhile, p99', unit: 'ms', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const house = openHouse(target);
    try {
      await house.fill(quick ? 500 : 10_000);
      const { perSecond, latencies, samples } = await house.work(quick ? 50 : PER_SECOND, quick ? 2 : LONG_SECONDS);
      const third = Math.ceil(samples.length / 3);
      return {
        rss: Math.max(...samples),
        grown: median(samples.slice(-third)) - median(samples.slice(0, third)),
        reached: perSecond,
        p99: percentile(latencies, 99),
      };
    } finally {
      house.close();
    }
  },
};

/** Screens that stay, and changes to the shipments they look at. */
function openHouse(target: Target) {
  const crowds: Crowd[] = [];
  let connected = 0;
  let seen = (_sequence: number) => {};
  const waiting = new Map<number, number>();
  const onEvent = (sequence: number) => {
    const left = (waiting.get(sequence) ?? VIEWERS_PER_SHIPMENT) - 1;
    waiting.set(sequence, left);
    if (left > 0) return;
    waiting.delete(sequence);
    seen(sequence);
  };
  return {
    /** Opens as many as are missing to `size`. */
    async fill(size: number) {
      const ids = await target.shipments(size / VIEWERS_PER_SHIPMENT, COMPANIES);
      const from = connected;
      const shipmentOf = (person: number) => Math.floor(person / VIEWERS_PER_SHIPMENT);
      const shipmentsOf = (client: number) => [ids[shipmentOf(from + client)]!];
      const tokens = tokensAt(Array.from({ length: size }, (_, person) => shipmentOf(person))).slice(from);
      crowds.push((await openCrowd({ port: target.port, tokens, shipmentsOf, onEvent })).crowd);
      connected = size;
    },
    /** Resident sizes in MiB, and what the load answers. */
    async work(perSecond: number, seconds: number) {
      const load = steadyLoad(target.above, await target.shipments(connected / VIEWERS_PER_SHIPMENT, COMPANIES));
      waiting.clear();
      seen = load.seen;
      const samples: number[] = [];
      const sample = () => samples.push(target.residentBytes() / MIB);
      const timer = setInterval(sample, SAMPLE_MS);
      try {
        return { ...(await load.run(perSecond, seconds)), samples };
      } finally {
        clearInterval(timer);
      }
    },
    close() {
      for (const crowd of crowds) crowd.close();
    },
  };
}
