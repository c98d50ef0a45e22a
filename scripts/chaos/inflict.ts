import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../demo/random.ts';
import type { Arena } from './arena.ts';
import type { Fault } from './fault.ts';
import type { Timing } from './stopwatch.ts';
import { COMPANY } from './writers.ts';

/** One fault from beginning to end: break, wait, heal, and compare everybody with the database. */

export type Report = {
  name: string;
  title: string;
  seconds: number;
  /** From healing until every client had seen everything. */
  healedMs: number;
  acknowledged: number;
  refused: number;
  unanswered: number;
  events: number;
  clients: number;
  timing: Timing;
  /** Whether the fault promises anything about times. */
  timed: boolean;
  peakMb: number;
  notes: string[];
  /** Broken promises in words; none is the proof. */
  faults: string[];
};

/** Every client must have seen everything so long after healing. */
const HEAL_MS = 15_000;
/** How long to go on waiting, only to tell how long it took. */
const GIVE_UP_MS = 90_000;
const PRESENCE_MS = 60_000;
/** What the smallest dyno has. */
const MAX_RESIDENT_MB = 512;
/** Writes before anything breaks: a fault that interrupts nothing proves nothing. */
const MIN_WRITES = 20;
/** By which it is known how fast the machine is while nothing is broken. */
const BASELINE_WRITES = 100;

const untilCurrent = async (arena: Arena, since: number): Promise<number> => {
  while ((await arena.behind()).length > 0) {
    if (Date.now() - since > GIVE_UP_MS) break;
    await wait(100);
  }
  return Date.now() - since;
};

/** Waits until every node takes exactly the watchers for connected. */
const provePresence = async (arena: Arena): Promise<void> => {
  const expected = arena.watchers.flatMap(({ user }) => (user.companyId === COMPANY ? user.id : [])).sort();
  for (const node of arena.nodes) {
    const until = Date.now() + PRESENCE_MS;
    for (;;) {
      const connected = await arena.connectedAt(node);
      if (connected.join() === expected.join()) break;
      if (Date.now() > until) {
        const odd = connected.filter((user) => !expected.includes(user));
        arena.blame(
          `${node.name} says ${connected.length} of ${expected.length} are connected; odd: ${odd.join(', ')}`,
        );
        break;
      }
      await wait(200);
    }
  }
};

const usualTimes = async ({ stopwatch, written }: Arena): Promise<Timing> => {
  stopwatch.start();
  await written(BASELINE_WRITES);
  stopwatch.stop();
  return stopwatch.read();
};

/** Holds the times of a fault against what it promises, where the machine was not as slow before anything broke. */
const judge = (arena: Arena, limits: NonNullable<Fault['limits']>, usual: Timing, { local, remote }: Timing): void => {
  arena.note(`before it broke local p99 ${usual.local.p99} ms`);
  if (usual.local.p99 > limits.localP99 / 2) {
    arena.note('the machine was too busy for times to prove anything');
    return;
  }
  if (local.p99 > limits.localP99) arena.blame(`local p99 was ${local.p99} ms, above ${limits.localP99}`);
  if (remote.max > limits.remoteMax) arena.blame(`an event came to another node ${remote.max} ms late`);
};

type Options = { seed: number; seconds?: number; judgeTimes?: boolean };

/** Inflicts `fault` on an arena in which everything works, and leaves it so. */
export const inflict = async (arena: Arena, fault: Fault, { seed, seconds, judgeTimes }: Options): Promise<Report> => {
  const { ledger, stopwatch } = arena;
  const duration = seconds ?? fault.seconds;
  const before = { acknowledged: ledger.acknowledged.length, refused: ledger.refused, unanswered: ledger.unanswered };
  arena.notes.length = 0;
  arena.blames.length = 0;
  arena.peakMb();
  await untilCurrent(arena, Date.now());
  arena.startWriting();
  const usual = judgeTimes && fault.limits ? await usualTimes(arena) : undefined;
  await arena.written(MIN_WRITES);

  stopwatch.start();
  const heal = await fault.break(arena, randomFrom(seed));
  await wait(duration * 1_000);
  stopwatch.stop();
  await heal();
  const healedAt = Date.now();

  await arena.writable();
  await arena.written(MIN_WRITES);
  await arena.stopWriting();
  const healedMs = await untilCurrent(arena, healedAt);
  if (healedMs > HEAL_MS) {
    const late = (await arena.behind()).map(({ name, status }) => `${name} (${status()})`);
    arena.blame(
      `it took ${healedMs} ms until all were current; behind then: ${late.slice(0, 5).join(', ') || 'nobody'}`,
    );
  }
  await provePresence(arena);
  await fault.prove?.(arena);
  const { faults, events } = await arena.check();
  const peakMb = arena.peakMb();
  if (peakMb > MAX_RESIDENT_MB) arena.blame(`a node held ${peakMb} MB`);
  const timing = stopwatch.read();
  if (usual && fault.limits) judge(arena, fault.limits, usual, timing);
  return {
    name: fault.name,
    title: fault.title,
    seconds: duration,
    healedMs,
    acknowledged: ledger.acknowledged.length - before.acknowledged,
    refused: ledger.refused - before.refused,
    unanswered: ledger.unanswered - before.unanswered,
    events,
    clients: arena.watchers.length,
    timing,
    timed: fault.limits !== undefined,
    peakMb,
    notes: [...arena.notes],
    faults: [
      ...arena.blames,
      ...faults,
      ...ledger.wrong.splice(0),
      ...arena.nodes.flatMap((node) => node.surprises().splice(0)),
    ],
  };
};
