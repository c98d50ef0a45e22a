import { afterCommit, inTransaction, transaction } from './database.ts';
import { AppError, isDatabaseDown } from './errors.ts';

/**
 * Writes of many callers in one transaction. Who asks in one tick, and who comes while groups are written, go together: who
 * is alone waits for nobody, and sixteen share their statements, their round trips and the one flush to disk at the end.
 *
 * Nobody pays for another's fault: an outcome is each item's own, a row that somebody else has locked is left to a
 * transaction of its own, and where a statement fails for all of them each is tried by itself.
 */

/** What became of an item: the result, the error its caller hears, or LOCKED: it would have to wait. */
export type Outcome<Result> = Result | Error | typeof LOCKED;
export const LOCKED = Symbol('locked');

type Manner = {
  /** Not patient, it must not wait for a row's lock, since everybody in the group would; LOCKED sends the item to a transaction where it may. */
  patient: boolean;
  /** Nothing follows in this transaction: the commit may be sent behind the last statement (`commitBehind`). */
  last: boolean;
};

/** Writes items and answers their outcomes in the same order. Items of one key stand in the order in which they were asked for. */
type Run<Item, Result> = (items: Item[], manner: Manner) => Promise<Outcome<Result>[]>;

type Options = {
  /** Groups under way at a time: 1 where all items want the same lock. */
  atOnce?: number;
  /** Whether one call of `run` takes several items of one key; else each call has different keys. */
  folds?: boolean;
};

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };

/** More would hold its rows longer than sharing the flush is worth. */
const LARGEST = 64;
/** One group waits for the disk while the other is asked and answered. */
const AT_ONCE = 2;

/** Splits the items so that those of one key come one after the other, in the order in which they were asked for. */
export const roundsOf = <Item>(items: Item[], keyOf: (item: Item) => string): Item[][] => {
  const rounds: Item[][] = [];
  const seen = new Map<string, number>();
  for (const item of items) {
    const round = seen.get(keyOf(item)) ?? 0;
    seen.set(keyOf(item), round + 1);
    const others = rounds[round];
    if (others) others.push(item);
    else rounds.push([item]);
  }
  return rounds;
};

const only = <Result>([outcome]: Outcome<Result>[]): Result => {
  if (outcome instanceof Error) throw outcome;
  if (outcome === undefined || outcome === LOCKED) throw new Error('a patient run left its item undecided');
  return outcome;
};

/** Whether trying again could do twice what a commit that nobody confirmed has done, or nobody is there to be asked. */
const isFinal = (error: unknown) =>
  isDatabaseDown(error) || (error instanceof AppError && error.code === 'UNAVAILABLE');

/**
 * Answers a function that writes one item, in a group with others where there are some. Rejects with its own error.
 * Items of one key are never under way in two groups.
 */
export const grouped = <Item, Result>(
  keyOf: (item: Item) => string,
  run: Run<Item, Result>,
  { atOnce = AT_ONCE, folds = false }: Options = {},
) => {
  let gathered: Waiting<Item, Result>[] = [];
  let isDue = false;
  let underWay = 0;
  const busy = new Set<string>();

  const writeAlone = ({ item, resolve, reject }: Waiting<Item, Result>) =>
    transaction(async () => only(await run([item], { patient: true, last: true }))).then(resolve, reject);

  /** Each in a transaction of its own; those of one key in the order in which they were asked for. */
  const writeApart = (items: Waiting<Item, Result>[]): Promise<unknown> => {
    const turns = new Map<string, Promise<void>>();
    for (const one of items) {
      const key = keyOf(one.item);
      turns.set(key, turns.get(key)?.then(() => writeAlone(one)) ?? writeAlone(one));
    }
    return Promise.all(turns.values());
  };

  const writeTogether = (items: Item[], committed: () => void) =>
    transaction(async () => {
      afterCommit(committed);
      const outcomes = new Map<Item, Outcome<Result>>();
      const rounds = folds ? [items] : roundsOf(items, keyOf);
      for (const round of rounds) {
        const found = await run(round, { patient: false, last: round === rounds.at(-1) });
        for (const [n, item] of round.entries()) outcomes.set(item, found[n]!);
      }
      return outcomes;
    });

  const write = async (group: Waiting<Item, Result>[]): Promise<void> => {
    let outcomes: Map<Item, Outcome<Result>>;
    let isDone = false;
    try {
      outcomes = await writeTogether(
        group.map(({ item }) => item),
        () => {
          isDone = true;
        },
      );
    } catch (error) {
      // Who was alone has heard of a fault that is nobody else's.
      if (isDone || isFinal(error) || group.length === 1) for (const { reject } of group) reject(error);
      else await writeApart(group);
      return;
    }
    const locked: Waiting<Item, Result>[] = [];
    for (const one of group) {
      const outcome = outcomes.get(one.item)!;
      if (outcome === LOCKED) locked.push(one);
      else if (outcome instanceof Error) one.reject(outcome);
      else one.resolve(outcome);
    }
    void writeApart(locked);
  };

  /** The next group; what is of a key that is being written stays, in its order. */
  const take = (): Waiting<Item, Result>[] => {
    const group: Waiting<Item, Result>[] = [];
    const rest: Waiting<Item, Result>[] = [];
    for (const one of gathered) (group.length < LARGEST && !busy.has(keyOf(one.item)) ? group : rest).push(one);
    gathered = rest;
    return group;
  };

  const start = (): void => {
    isDue = false;
    while (underWay < atOnce && gathered.length > 0) {
      const group = take();
      if (group.length === 0) return;
      const keys = new Set(group.map(({ item }) => keyOf(item)));
      for (const key of keys) busy.add(key);
      underWay += 1;
      void write(group).finally(() => {
        underWay -= 1;
        for (const key of keys) busy.delete(key);
        start();
      });
    }
  };

  return (item: Item): Promise<Result> =>
    inTransaction()
      ? run([item], { patient: true, last: false }).then(only)
      : new Promise((resolve, reject) => {
          gathered.push({ item, resolve, reject });
          if (isDue) return;
          isDue = true;
          setImmediate(start);
        });
};
