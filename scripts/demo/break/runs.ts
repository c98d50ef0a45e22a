import { HEAL_MS, inflict, type Phase } from '../../chaos/inflict.ts';
import type { Choice } from './faults.ts';
import { buildProof, type Proof } from './proof.ts';
import type { Stage } from './stage.ts';

/** One run at a time, and all that a page needs to show it. */

export type Asked = { fault: string; seed: number; seconds: number };

export type ScreenState = {
  name: string;
  who: string;
  status: string;
  staleSince: Date | null;
  /** How long it has not been live since the first write, in ms. */
  awayMs: number;
  shipments: { number: string; version: number | null }[];
};

export type Run = Asked & {
  title: string;
  phase: 'preparing' | Phase | 'done' | 'failed';
  startedAt: number;
  phaseSince: number;
  /** What was done when, in ms since the start. */
  log: { atMs: number; text: string }[];
  screens: ScreenState[];
  acknowledged: number;
  refused: number;
  unanswered: number;
  proof: Proof | null;
  /** Why there is none. */
  error: string | null;
};

export type Runs = {
  current: () => Run | null;
  /** Starts one and answers it; undefined while another is under way. */
  start: (asked: Asked) => Run | undefined;
  /** Calls with every change, some times a second while one is under way. Answers how to stop. */
  subscribe: (listener: () => void) => () => void;
};

const LOOK_MS = 200;
/** A machine that does something else besides makes everybody late, and nothing wrong: that is told apart. */
const PATIENCE_MS = 60_000;

const TOLD: Record<Phase, (run: Run) => string> = {
  writing: () => 'The screens are open and people write. It breaks at a moment that the seed chooses.',
  broken: ({ title }) => `Broken: ${title}.`,
  mending: () => 'Its time is over: what was broken is made whole again.',
  'catching up': () => 'Whole again. People write on, and every screen has to catch up.',
  proving: () => 'Every screen says that it is current. Now each is compared with the database.',
};

const look = (run: Run, { arena, screens, labels }: Stage, passedMs: number): void => {
  run.acknowledged = arena.ledger.acknowledged.length;
  run.refused = arena.ledger.refused;
  run.unanswered = arena.ledger.unanswered;
  run.screens = screens.map(({ name, who, shipments }, n) => {
    const watcher = arena.watchers[n]!;
    const status = watcher.status();
    const away = run.phase !== 'preparing' && status !== 'live' ? passedMs : 0;
    return {
      name,
      who,
      status,
      staleSince: watcher.staleSince(),
      awayMs: (run.screens[n]?.awayMs ?? 0) + away,
      shipments: shipments.map((id) => {
        const stream = `shipment:${id}`;
        const seen = watcher.seen().get(stream);
        return { number: labels.get(stream)!, version: seen?.versions.at(-1) ?? seen?.from ?? null };
      }),
    };
  });
};

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** `open` makes the stage of one run, `say` is for who looks at the terminal. */
export const makeRuns = (choices: Choice[], open: () => Promise<Stage>, say: (line: string) => void): Runs => {
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let run: Run | null = null;

  const enter = (current: Run, phase: Run['phase'], text: string) => {
    current.phase = phase;
    current.phaseSince = Date.now();
    current.log.push({ atMs: current.phaseSince - current.startedAt, text });
    tell();
  };

  const carryOut = async (current: Run, { fault }: Choice) => {
    const stage = await open();
    let lookedAt = Date.now();
    const looking = setInterval(() => {
      const now = Date.now();
      look(current, stage, now - lookedAt);
      lookedAt = now;
      tell();
    }, LOOK_MS);
    try {
      const { arena, labels } = stage;
      const report = await inflict(arena, fault, {
        seed: current.seed,
        seconds: current.seconds,
        healMs: PATIENCE_MS,
        onPhase: (phase) => enter(current, phase, TOLD[phase](current)),
      });
      look(current, stage, 0);
      current.proof = buildProof(
        { ...report, ledger: arena.ledger, watchers: arena.watchers, promisedMs: HEAL_MS },
        labels,
      );
    } finally {
      clearInterval(looking);
      await stage.arena.close();
    }
  };

  const start = (asked: Asked): Run | undefined => {
    if (run && run.phase !== 'done' && run.phase !== 'failed') return undefined;
    const choice = choices.find(({ fault }) => fault.name === asked.fault)!;
    const now = Date.now();
    const current: Run = {
      ...asked,
      title: choice.fault.title,
      phase: 'preparing',
      startedAt: now,
      phaseSince: now,
      log: [],
      screens: [],
      acknowledged: 0,
      refused: 0,
      unanswered: 0,
      proof: null,
      error: null,
    };
    run = current;
    say(`Breaking it: ${current.title}, ${current.seconds} s, seed ${current.seed} …`);
    carryOut(current, choice).then(
      () => {
        const { holds, faults } = current.proof!;
        enter(current, 'done', holds ? 'The proof holds.' : 'The proof does not hold.');
        say(holds ? 'It converged: nothing lost, nothing doubled.' : `BROKEN PROMISES:\n  ${faults.join('\n  ')}`);
      },
      (error) => {
        current.proof = null;
        current.error = reason(error);
        enter(current, 'failed', `The run could not be finished: ${current.error}`);
        say(`The run could not be finished: ${current.error}`);
      },
    );
    tell();
    return current;
  };

  return {
    current: () => run,
    start,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
