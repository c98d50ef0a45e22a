import pg from 'pg';
import { repeatedly } from './fault.ts';

/** How long a commit takes that no node has a part in: where that is slow, it is not what was broken that delays writes. */

const EVERY_MS = 50;

/** Commits over and over on a connection of its own; the answer ends that and tells the p99 in ms. */
export const startControl = async (connectionString: string): Promise<() => Promise<number>> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const samples: number[] = [];
  const stop = repeatedly(EVERY_MS, async () => {
    const began = performance.now();
    await client.query("select pg_logical_emit_message(true, 'control', '')");
    samples.push(performance.now() - began);
  });
  return async () => {
    await stop();
    await client.end();
    samples.sort((a, b) => a - b);
    return Math.round(samples[Math.floor(samples.length * 0.99)] ?? 0);
  };
};
