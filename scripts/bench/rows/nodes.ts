import { type Crowd, openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { numbered } from '../writer.ts';
import type { Scenario } from './scenario.ts';

/** Fills an event to about the size that the other rows deliver. */
const PADDING = 200;

type Load = { deliveries: number; cpuMs: number[] };

/** Changes one shipment again and again, the next time when all viewers of all nodes have it. */
const load = async (target: Target, crowds: Crowd[], cpus: (() => number)[], id: string, changes: number) => {
  let sequence = 0;
  const change = async () => {
    sequence += 1;
    const seen = crowds.map((crowd) => crowd.delivered(crowd.deliveries() + crowd.size));
    await target.api.inspect(id, sequence % 2 ? 'in_progress' : 'pending', numbered(sequence, PADDING));
    await Promise.all(seen);
  };
  for (let n = 0; n < changes / 3; n += 1) await change();
  await target.idle();
  const before = cpus.map((read) => read());
  for (let n = 0; n < changes; n += 1) await change();
  const viewers = crowds.reduce((sum, { size }) => sum + size, 0);
  return { deliveries: changes * viewers, cpuMs: cpus.map((read, node) => read() - before[node]!) } satisfies Load;
};

const cost = ({ deliveries, cpuMs }: Load) => (cpuMs.reduce((sum, ms) => sum + ms, 0) * 1000) / deliveries;
/** Deliveries a second of which the busiest node is capable on a core of its own. */
const capacity = ({ deliveries, cpuMs }: Load) => (deliveries * 1000) / Math.max(...cpuMs);

/**
 * The same room of 2,000 viewers on one node, and half and half on two that share PostgreSQL and Redis. The machine that
 * measures has no core for each of them, so deliveries a second are what a core of its own would allow the busier one.
 */
export const nodes: Scenario<'one' | 'two' | 'cpu' | 'rate'> = {
  name: 'nodes',
  columns: ['waybeat'],
  figures: {
    one: { title: 'server CPU per delivery, one node', unit: 'µs', better: 'lower', digits: 2 },
    two: { title: 'the same over two nodes', unit: 'µs', better: 'lower', digits: 2 },
    cpu: { title: 'CPU per delivery, two nodes against one', unit: '×', better: 'lower', digits: 2 },
    rate: { title: 'deliveries a second, two nodes against one', unit: '×', better: 'higher', digits: 2 },
  },
  env: {
    REDIS_URL: process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379',
    REDIS_PREFIX: `bench-${process.pid}:`,
  },
  async measure(target, quick) {
    const viewers = quick ? 200 : 2000;
    const changes = quick ? 30 : 300;
    const [id] = await target.shipments(1);
    const tokens = tokensOf(viewers);
    const open = async (port: number, those: string[]) =>
      (await openCrowd({ port, tokens: those, shipmentsOf: () => [id!] })).crowd;

    const all = await open(target.port, tokens);
    const one = await load(target, [all], [target.cpuMs], id!, changes).finally(all.close);

    const other = await target.beside();
    try {
      const halves = await Promise.all([
        open(target.port, tokens.slice(0, viewers / 2)),
        open(other.port, tokens.slice(viewers / 2)),
      ]);
      const two = await load(target, halves, [target.cpuMs, other.cpuMs], id!, changes).finally(() => {
        for (const half of halves) half.close();
      });
      return {
        one: cost(one),
        two: cost(two),
        cpu: cost(two) / cost(one),
        rate: capacity(two) / capacity(one),
      };
    } finally {
      await other.stop();
    }
  },
};
