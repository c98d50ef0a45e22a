import { inTransaction, outsideTransaction } from './database.ts';

/** Statements of one kind under way at a time: one that is slow must not hold up all who ask behind it. */
const UNDER_WAY = 2;
/** After so many asked together more are to be expected. */
export const CROWD = 4;
/** They are waited for until nobody came for QUIET_MS: a few who wait for their answers must not wait for nobody. */
const QUIET_MS = 5;
const CROWD_MS = 50;
/**
 * Nor longer than until so many ask: where sixty-four connect at a time, as a proxy or a test lets them, all of them would
 * wait for one statement, and the server with them.
 */
const ENOUGH = 32;

type Gathering<Value> = {
  keys: Set<string>;
  askers: number;
  /** Whether it has waited for whom it is to wait. */
  isDue: boolean;
  answer: Promise<Map<string, Value>>;
  ask: () => void;
};

/**
 * Resolves at the end of the tick; in a crowd once `count` has stood still for a moment or reached `enough`, after
 * CROWD_MS at the latest.
 */
export const gathered = (isCrowded: boolean, count: () => number, enough = Number.POSITIVE_INFINITY): Promise<void> =>
  new Promise((resolve) => {
    if (!isCrowded) {
      setImmediate(resolve);
      return;
    }
    const until = performance.now() + CROWD_MS;
    let before = count();
    const look = () => {
      const now = count();
      if (now === before || now >= enough || performance.now() >= until) return resolve();
      before = now;
      setTimeout(look, QUIET_MS);
    };
    setTimeout(look, QUIET_MS);
  });

/**
 * Answers many who ask for the same kind of thing with few statements: five thousand clients that come back ask in the
 * same moment. Who asks in one tick shares a statement; while two are under way, so do all who come meanwhile; and
 * after a crowd the next statement waits a moment for the rest of it. Inside a transaction nothing is shared, since it
 * must see its own writes.
 *
 * `load` answers a map by key; keys without an answer may be absent. A caller may find more in it than it asked for.
 */
export const batched = <Value>(load: (keys: string[]) => Promise<Map<string, Value>>) => {
  let gathering: Gathering<Value> | null = null;
  let underWay = 0;
  let isCrowded = false;

  const send = (): void => {
    if (!gathering?.isDue || underWay === UNDER_WAY) return;
    const { ask, askers } = gathering;
    gathering = null;
    isCrowded = askers >= CROWD;
    underWay += 1;
    ask();
  };

  const gather = (): Gathering<Value> => {
    const keys = new Set<string>();
    let ask = () => {};
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const answer = asked
      .then(() => outsideTransaction(() => load([...keys])))
      .finally(() => {
        underWay -= 1;
        send();
      });
    const started = { keys, askers: 0, isDue: false, answer, ask };
    void gathered(isCrowded, () => started.askers, ENOUGH).then(() => {
      started.isDue = true;
      send();
    });
    return started;
  };

  return (wanted: Iterable<string>): Promise<Map<string, Value>> => {
    if (inTransaction()) return load([...wanted]);
    gathering ??= gather();
    gathering.askers += 1;
    for (const key of wanted) gathering.keys.add(key);
    return gathering.answer;
  };
};
