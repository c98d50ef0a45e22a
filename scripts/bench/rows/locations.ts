import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { TrackingClient } from '../trackingClient.ts';
import { type Figure, growth, type Scenario } from './scenario.ts';

const SENDERS = 10;
/** Reports of one sender that wait for their acks: enough that the server is never idle. */
const IN_FLIGHT = 100;
/** What a phone sends after a minute or two without network. */
const BATCH = 100;
/** Batches that wait for their answers. */
const BATCHES_IN_FLIGHT = 16;
const WATCHERS = 10;
const UPDATE = '["location-update",';
/** Batches tell of yesterday: none lies in the future, and none is older than what was told before. */
const DAY_MS = 86_400_000;
/** Parcels of which nothing is measured. */
const WARM_UP = 50;
/** Ten times plain's rate; shown as the share that plain reaches. */
const TENFOLD = 0.1;
const PARCELS = 1_000;
const OTHER_SIZES = [1, 100, 10_000];

const rate = { unit: '/s', better: 'higher', digits: 0 } as const;
const SINGLE = 'positions stored a second, one a message';
const BATCHED = `positions stored a second, ${BATCH} a request`;
const pointOf = (curve: string): Pick<Figure, 'point'> => ({ point: { curve, of: 'streams', at: PARCELS } });

/**
 * Positions of a thousand parcels, acknowledged once they are stored, then shown to dispatchers. Plain stores each with
 * an INSERT of its own, on ten connections, and judges none of them.
 */
export const locations: Scenario<'single' | 'singleCpu' | 'batched' | 'batchedCpu' | 'deliveryCpu' | 'p50' | 'p99'> = {
  name: 'locations',
  columns: ['plain', 'waybeat'],
  figures: {
    single: { title: SINGLE, ...rate, aim: TENFOLD, ...pointOf(SINGLE) },
    singleCpu: { title: 'server CPU for each', unit: 'µs', better: 'lower', digits: 0 },
    batched: { title: BATCHED, ...rate, aim: TENFOLD, ...pointOf(BATCHED) },
    batchedCpu: { title: 'server CPU for each of those', unit: 'µs', better: 'lower', digits: 0 },
    deliveryCpu: {
      title: `server CPU per position delivered, 1,000 riders at 1 Hz, ${WATCHERS} dispatchers, storing included`,
      unit: 'µs',
      better: 'lower',
      digits: 0,
    },
    p50: { title: 'report → dispatcher at that load, p50', unit: 'ms', better: 'lower', digits: 1 },
    p99: { title: 'the same, p99', unit: 'ms', better: 'lower', digits: 1 },
  },
  async measure(target, quick) {
    const seconds = quick ? 1 : 3;
    const warm = await parcels(target, WARM_UP);
    const awbs = await parcels(target, quick ? 50 : PARCELS);
    const senders = await Promise.all(tokensOf(SENDERS).map((token) => TrackingClient.open(target.port, token)));
    try {
      await pourBatches(target, warm, seconds / 4);
      await pour(senders, warm, seconds / 4);
      const batched = await costing(target, () => pourBatches(target, awbs, seconds));
      const single = await costing(target, () => pour(senders, awbs, seconds));
      const ridden = await costing(target, () => ride(senders, awbs, quick ? 2 : 5));
      const latencies = ridden.latencies.sort((a, b) => a - b);
      return {
        single: single.perSecond,
        singleCpu: single.cpu,
        batched: batched.perSecond,
        batchedCpu: batched.cpu,
        deliveryCpu: ridden.cpu,
        p50: latencies[Math.floor(latencies.length * 0.5)]!,
        p99: latencies[Math.floor(latencies.length * 0.99)]!,
      };
    } finally {
      for (const client of senders) client.close();
    }
  },
};

/** The same of one parcel, of a hundred and of ten thousand: others each time, for which nothing was told yet. */
export const locationsGrowth: Scenario = {
  name: 'locations-growth',
  columns: ['plain', 'waybeat'],
  figures: {
    ...growth('batched', OTHER_SIZES, { of: 'streams', title: BATCHED, ...rate }),
    ...growth('single', OTHER_SIZES, { of: 'streams', title: SINGLE, ...rate }),
  },
  async measure(target, quick) {
    const seconds = quick ? 0.2 : 1.5;
    const warm = await parcels(target, WARM_UP);
    const senders = await Promise.all(tokensOf(SENDERS).map((token) => TrackingClient.open(target.port, token)));
    const found: Record<string, number> = {};
    try {
      await pourBatches(target, warm, seconds / 2);
      await pour(senders, warm, seconds / 2);
      for (const size of OTHER_SIZES) {
        const count = quick ? Math.min(size, 100) : size;
        const batched = await parcels(target, count);
        const single = await parcels(target, count);
        await target.idle();
        found[`batched${size}`] = (await pourBatches(target, batched, seconds)).perSecond;
        await target.idle();
        found[`single${size}`] = (await pour(senders, single, seconds)).perSecond;
      }
      return found;
    } finally {
      for (const client of senders) client.close();
    }
  },
};

/** What `work` answers, with the CPU, in µs, that the server spent on each of its `count`. */
async function costing<Done extends { count: number }>(target: Target, work: () => Promise<Done>) {
  await target.idle();
  const before = target.cpuMs();
  const done = await work();
  return { ...done, cpu: ((target.cpuMs() - before) * 1000) / done.count };
}

const place = { address: 'Bench 1', lat: 10, long: 10 };

async function parcels(target: Target, count: number): Promise<string[]> {
  const [token] = tokensOf(1);
  const create = async () => {
    const response = await fetch(`http://127.0.0.1:${target.port}/api/tracking`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ origin: place, destination: place }),
    });
    if (!response.ok) throw new Error(`creating a parcel was answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { awb: string }).awb;
  };
  const awbs: string[] = [];
  while (awbs.length < count)
    awbs.push(...(await Promise.all(Array.from({ length: Math.min(16, count - awbs.length) }, create))));
  return awbs;
}

const report = (client: TrackingClient, awb: string, lat: number) =>
  client.ask('report-location', { awb, location: { lat, long: 10, accuracy: 5, speed: 5, heading: 90 } });

async function pour(senders: TrackingClient[], awbs: string[], seconds: number) {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let count = 0;
  const lane = async (client: TrackingClient) => {
    while (performance.now() < until) {
      await report(client, awbs[count % awbs.length]!, 1 + (count % 1000) * 1e-6);
      count += 1;
    }
  };
  await Promise.all(senders.flatMap((client) => Array.from({ length: IN_FLIGHT }, () => lane(client))));
  return { count, perSecond: (count * 1000) / (performance.now() - startedAt) };
}

/** The `n`th batch of any parcel: what a phone that records once a second gathered `n` times 100 s after `begun`. */
const batchOf = (n: number, begun: number): Buffer => {
  const locations = Array.from({ length: BATCH }, (_, second) => ({
    lat: 3 + second * 1e-5,
    long: 10,
    accuracy: 5,
    speed: 5,
    heading: 90,
    recordedAt: new Date(begun + (n * BATCH + second) * 1000).toISOString(),
    sequence: n * BATCH + second,
  }));
  return Buffer.from(JSON.stringify({ deviceId: 'bench', locations }));
};

/** Posts `body`; rejects unless it is accepted. */
const post = (agent: Agent, port: number, path: string, token: string, body: Buffer) =>
  new Promise<void>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const outgoing = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 202) resolve();
        else reject(new Error(`a batch was answered ${response.statusCode}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

/**
 * Every parcel's first batch, then every parcel's second, and so on. Parcels share a batch's text, so that it is made once
 * for a thousand requests: the load's core is the database's, too.
 */
async function pourBatches(target: Target, awbs: string[], seconds: number) {
  const [token] = tokensOf(1);
  const agent = new Agent({ keepAlive: true, maxSockets: BATCHES_IN_FLIGHT });
  const begun = Date.now() - DAY_MS;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let batches = 0;
  let body: Buffer = Buffer.alloc(0);
  const lane = async () => {
    while (performance.now() < until) {
      const batch = batches;
      batches += 1;
      if (batch % awbs.length === 0) body = batchOf(batch / awbs.length, begun);
      await post(agent, target.port, `/api/tracking/${awbs[batch % awbs.length]}/locations`, token!, body);
    }
  };
  try {
    await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, lane));
  } finally {
    agent.destroy();
  }
  const count = batches * BATCH;
  return { count, perSecond: (count * 1000) / (performance.now() - startedAt) };
}

/** Every parcel once a second, evenly, before dispatchers; how long each took to the first of them, in ms. */
async function ride(senders: TrackingClient[], awbs: string[], seconds: number) {
  const latencies: number[] = [];
  const sent = new Map<string, number>();
  const watchers = senders.slice(0, WATCHERS);
  let count = 0;
  for (const [n, watcher] of watchers.entries()) {
    watcher.onEvent = (event) => {
      if (!event.startsWith(UPDATE)) return;
      count += 1;
      if (n > 0) return;
      const [, awb] = /"awb":"(\w+)"/.exec(event)!;
      const at = sent.get(awb!);
      if (at === undefined) return;
      latencies.push(performance.now() - at);
      sent.delete(awb!);
    };
    await watcher.ask('subscribe-fleet', {});
  }
  const startedAt = performance.now();
  const total = awbs.length * seconds;
  for (let n = 0; n < total; n += 1) {
    const awb = awbs[n % awbs.length]!;
    sent.set(awb, performance.now());
    void report(senders[n % senders.length]!, awb, 4 + n * 1e-6).catch(() => {});
    const ahead = startedAt + ((n + 1) * seconds * 1000) / total - performance.now();
    if (ahead > 5) await sleep(ahead);
  }
  await sleep(500);
  if (latencies.length === 0) throw new Error('no position reached the dispatcher');
  return { count, latencies };
}
