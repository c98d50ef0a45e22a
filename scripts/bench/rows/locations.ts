import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const SENDERS = 10;
/** Reports of one sender that wait for their acks: enough that the server is never idle. */
const IN_FLIGHT = 100;
/** What a phone sends after a minute or two without network. */
const BATCH = 100;
/** Batches that wait for their answers. */
const BATCHES_IN_FLIGHT = 16;
const WATCHERS = 10;
/** Ten times plain's rate; shown as the share that plain reaches. */
const TENFOLD = 0.1;

/**
 * Positions of a thousand parcels, acknowledged once they are stored, then shown to dispatchers. Plain stores each with
 * an INSERT of its own, on ten connections, and judges none of them.
 */
export const locations: Scenario<'single' | 'singleCpu' | 'batched' | 'batchedCpu' | 'deliveryCpu' | 'p50' | 'p99'> = {
  name: 'locations',
  columns: ['plain', 'waybeat'],
  figures: {
    single: {
      title: 'positions stored a second, one a message',
      unit: '/s',
      better: 'higher',
      digits: 0,
      aim: TENFOLD,
    },
    singleCpu: { title: 'server CPU for each', unit: 'µs', better: 'lower', digits: 0 },
    batched: {
      title: `positions stored a second, ${BATCH} a request`,
      unit: '/s',
      better: 'higher',
      digits: 0,
      aim: TENFOLD,
    },
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
    const awbs = await parcels(target, quick ? 50 : 1_000);
    const senders = await Promise.all(tokensOf(SENDERS).map((token) => open(target, token)));
    try {
      await pour(senders, awbs, seconds / 2);
      const single = await costing(target, () => pour(senders, awbs, seconds));
      const batched = await costing(target, () => pourBatches(target, awbs, seconds));
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
      for (const socket of senders) socket.disconnect();
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

const open = (target: Target, token: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = io(`http://127.0.0.1:${target.port}/tracking`, {
      auth: { token },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    socket.once('connected', () => resolve(socket));
    socket.once('connect_error', reject);
  });

const report = async (socket: Socket, awb: string, lat: number) => {
  const location = { lat, long: 10, accuracy: 5, speed: 5, heading: 90 };
  const answer = await socket.timeout(60_000).emitWithAck('report-location', { awb, location });
  if (!answer.success) throw new Error(`a position was refused: ${JSON.stringify(answer.error)}`);
};

async function pour(senders: Socket[], awbs: string[], seconds: number) {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let count = 0;
  const lane = async (socket: Socket) => {
    while (performance.now() < until) {
      await report(socket, awbs[count % awbs.length]!, 1 + (count % 1000) * 1e-6);
      count += 1;
    }
  };
  await Promise.all(senders.flatMap((socket) => Array.from({ length: IN_FLIGHT }, () => lane(socket))));
  return { count, perSecond: (count * 1000) / (performance.now() - startedAt) };
}

async function pourBatches(target: Target, awbs: string[], seconds: number) {
  const [token] = tokensOf(1);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let batches = 0;
  // What a phone gathers follows what it sent before: none of it comes late.
  const begun = Date.now();
  const sentUntil = new Map<string, number>();
  const lane = async () => {
    while (performance.now() < until) {
      const batch = batches;
      batches += 1;
      const awb = awbs[batch % awbs.length]!;
      const from = sentUntil.get(awb) ?? begun;
      const to = Date.now();
      sentUntil.set(awb, to);
      const positions = Array.from({ length: BATCH }, (_, n) => ({
        lat: 3 + n * 1e-5,
        long: 10,
        accuracy: 5,
        speed: 5,
        heading: 90,
        recordedAt: new Date(from + Math.ceil(((n + 1) * (to - from)) / BATCH)).toISOString(),
        sequence: batch * BATCH + n,
      }));
      const url = `http://127.0.0.1:${target.port}/api/tracking/${awb}/locations`;
      const body = JSON.stringify({ deviceId: 'bench', locations: positions });
      const response = await fetch(url, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`a batch was answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, lane));
  const count = batches * BATCH;
  return { count, perSecond: (count * 1000) / (performance.now() - startedAt) };
}

/** Every parcel once a second, evenly, before dispatchers; how long each took to the first of them, in ms. */
async function ride(senders: Socket[], awbs: string[], seconds: number) {
  const latencies: number[] = [];
  const sent = new Map<string, number>();
  const watchers = senders.slice(0, WATCHERS);
  let count = 0;
  for (const [n, watcher] of watchers.entries()) {
    watcher.on('location-update', ({ awb }: { awb: string }) => {
      count += 1;
      const at = n === 0 ? sent.get(awb) : undefined;
      if (at === undefined) return;
      latencies.push(performance.now() - at);
      sent.delete(awb);
    });
    await watcher.timeout(60_000).emitWithAck('subscribe-fleet', {});
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
  for (const watcher of watchers) watcher.off('location-update');
  if (latencies.length === 0) throw new Error('no position reached the dispatcher');
  return { count, latencies };
}
