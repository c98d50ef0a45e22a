import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { io, type Socket } from 'socket.io-client';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const SENDERS = 10;
/** Reports of one sender that wait for their acks: enough that the server is never idle. */
const IN_FLIGHT = 100;
/** Connections of the bare INSERTs, as many as the server's pool has. */
const CONNECTIONS = 10;

/** Positions of a thousand parcels, acknowledged after their commit, beside one INSERT a position on the same database. */
export const locations: Scenario<'ingested' | 'inserts' | 'ratio' | 'cpu' | 'p50' | 'p99'> = {
  name: 'locations',
  columns: ['waybeat'],
  figures: {
    ingested: {
      title: 'positions stored and acknowledged a second, 1,000 parcels',
      unit: '/s',
      better: 'higher',
      digits: 0,
    },
    inserts: { title: 'one INSERT a position, 10 connections, same database', unit: '/s', better: 'higher', digits: 0 },
    ratio: { title: 'positions stored for one INSERT each', unit: 'times', better: 'higher', digits: 1 },
    cpu: { title: 'server CPU per stored position', unit: 'µs', better: 'lower', digits: 0 },
    p50: { title: 'report → watcher, 1,000 riders at 1 Hz, p50', unit: 'ms', better: 'lower', digits: 1 },
    p99: { title: 'the same, p99', unit: 'ms', better: 'lower', digits: 1 },
  },
  async measure(target, quick) {
    const seconds = quick ? 1 : 5;
    const awbs = await parcels(target, quick ? 50 : 1_000);
    const senders = await Promise.all(tokensOf(SENDERS).map((token) => open(target, token)));
    try {
      await pour(senders, awbs, seconds / 2);
      await target.idle();
      const before = target.cpuMs();
      const poured = await pour(senders, awbs, seconds);
      const cpu = ((target.cpuMs() - before) * 1000) / poured.count;
      const inserts = await insertOneByOne(target.databaseUrl, awbs, seconds);
      const latencies = await ride(senders, awbs, quick ? 2 : 10);
      return {
        ingested: poured.perSecond,
        inserts,
        ratio: poured.perSecond / inserts,
        cpu,
        p50: latencies[Math.floor(latencies.length * 0.5)]!,
        p99: latencies[Math.floor(latencies.length * 0.99)]!,
      };
    } finally {
      for (const socket of senders) socket.disconnect();
    }
  },
};

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

async function insertOneByOne(databaseUrl: string, awbs: string[], seconds: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let count = 0;
  const lane = async () => {
    while (performance.now() < until) {
      count += 1;
      await pool.query(
        `insert into parcel_points (awb, key, recorded_at, received_at, lat, long, heading, speed, accuracy, source)
         values ($1, $2, now(), now(), 1, 10, 90, 5, 5, 'staff')`,
        [awbs[count % awbs.length], `single-${startedAt}-${count}`],
      );
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  await pool.end();
  return (count * 1000) / (performance.now() - startedAt);
}

/** Every parcel once a second, evenly; how long each took to its watcher, sorted, in ms. */
async function ride(senders: Socket[], awbs: string[], seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const sent = new Map<string, number>();
  const watcher = senders[0]!;
  watcher.on('location-update', ({ awb }: { awb: string }) => {
    const at = sent.get(awb);
    if (at === undefined) return;
    latencies.push(performance.now() - at);
    sent.delete(awb);
  });
  await watcher.timeout(60_000).emitWithAck('subscribe-fleet', {});
  const startedAt = performance.now();
  const total = awbs.length * seconds;
  for (let n = 0; n < total; n += 1) {
    const awb = awbs[n % awbs.length]!;
    sent.set(awb, performance.now());
    void report(senders[1 + (n % (senders.length - 1))]!, awb, 2 + n * 1e-6).catch(() => {});
    const ahead = startedAt + ((n + 1) * seconds * 1000) / total - performance.now();
    if (ahead > 5) await sleep(ahead);
  }
  await sleep(500);
  watcher.off('location-update');
  if (latencies.length === 0) throw new Error('no position reached the watcher');
  return latencies.sort((a, b) => a - b);
}
