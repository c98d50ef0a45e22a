import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom } from '../demo/random.ts';
import type { Arena } from './arena.ts';
import type { History } from './checker.ts';
import { startControl } from './control.ts';
import type { Fault } from './fault.ts';
import type { Timing } from './stopwatch.ts';

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
  /** What the database held at the end. */
  history: History;
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
export const HEAL_MS = 15_000;
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
  const expected = arena.present();
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

type Limits = NonNullable<Fault['limits']>;

/** Holds the times of a fault against what it promises, where the machine was not too slow for that before or meanwhile. */
const judge = (arena: Arena, limits: Limits, usual: Timing, { local, remote }: Timing, control: number): void => {
  arena.note(
    `before it broke local p99 ${usual.local.p99} ms; meanwhile a commit of nobody’s took ${control} ms (p99)`,
  );
  if (usual.local.p99 > limits.localP99 / 2 || control > limits.localP99 / 4) {
    arena.note('the machine was too busy for times to prove anything');
    return;
  }
  if (local.p99 > limits.localP99) arena.blame(`local p99 was ${local.p99} ms, above ${limits.localP99}`);
  if (remote.max > limits.remoteMax) arena.blame(`an event came to another node ${remote.max} ms late`);
};

/** What is being done, in this order. */
export type Phase = 'writing' | 'broken' | 'mending' | 'catching up' | 'proving';

type Options = {
  seed: number;
  seconds?: number;
  judgeTimes?: boolean;
  /** How late the last client may be current, where the machine is not ours to keep idle. */
  healMs?: number;
  onPhase?: (phase: Phase) => void;
};

/** Inflicts `fault` on an arena in which everything works, and leaves it so. */
export const inflict = async (arena: Arena, fault: Fault, options: Options): Promise<Report> => {
  const { seed, seconds, judgeTimes, healMs = HEAL_MS, onPhase = () => {} } = options;
  const { ledger, stopwatch } = arena;
  const duration = seconds ?? fault.seconds;
  const before = { acknowledged: ledger.acknowledged.length, refused: ledger.refused, unanswered: ledger.unanswered };
  arena.notes.length = 0;
  arena.blames.length = 0;
  arena.peakMb();
  await untilCurrent(arena, Date.now());
  onPhase('writing');
  arena.startWriting();
  const usual = judgeTimes && fault.limits ? await usualTimes(arena) : undefined;
  await arena.written(MIN_WRITES);

  const readControl = usual && (await startControl(arena.database.environment.DATABASE_URL!));
  stopwatch.start();
  const heal = await fault.break(arena, randomFrom(seed));
  onPhase('broken');
  await wait(duration * 1_000);
  stopwatch.stop();
  const control = await readControl?.();
  onPhase('mending');
  await heal();
  const healedAt = Date.now();
  onPhase('catching up');

  await arena.writable();
  await arena.written(MIN_WRITES);
  await arena.stopWriting();
  const healedMs = await untilCurrent(arena, healedAt);
  if (healedMs > healMs) {
    const late = (await arena.behind()).map(({ name, status }) => `${name} (${status()})`);
    arena.blame(
      `it took ${healedMs} ms until all were current; behind then: ${late.slice(0, 5).join(', ') || 'nobody'}`,
    );
  }
  onPhase('proving');
  await provePresence(arena);
  await fault.prove?.(arena);
  const { faults, history } = await arena.check();
  const peakMb = arena.peakMb();
  if (peakMb > MAX_RESIDENT_MB) arena.blame(`a node held ${peakMb} MB`);
  const timing = stopwatch.read();
  if (usual && fault.limits && control !== undefined) judge(arena, fault.limits, usual, timing, control);
  return {
    name: fault.name,
    title: fault.title,
    seconds: duration,
    healedMs,
    acknowledged: ledger.acknowledged.length - before.acknowledged,
    refused: ledger.refused - before.refused,
    unanswered: ledger.unanswered - before.unanswered,
    history,
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
