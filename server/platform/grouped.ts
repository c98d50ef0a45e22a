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

/**
 * Writes items with different keys and answers their outcomes in the same order. Not `patient`, it must not wait for
 * a row's lock, since everybody in the group would; LOCKED sends the item to a transaction where it may.
 */
type Run<Item, Result> = (items: Item[], patient: boolean) => Promise<Outcome<Result>[]>;

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };

/** More would hold its rows longer than sharing the flush is worth. */
const LARGEST = 64;
/** Groups under way at a time: one waits for the disk while the other is asked and answered. */
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
 * Items of one key are never under way in two groups. `atOnce` is 1 where all of them want the same lock.
 */
export const grouped = <Item, Result>(keyOf: (item: Item) => string, run: Run<Item, Result>, atOnce = AT_ONCE) => {
  let gathered: Waiting<Item, Result>[] = [];
  let isDue = false;
  let underWay = 0;
  const busy = new Set<string>();

  const writeAlone = ({ item, resolve, reject }: Waiting<Item, Result>) =>
    transaction(async () => only(await run([item], true))).then(resolve, reject);

  const writeTogether = (items: Item[], committed: () => void) =>
    transaction(async () => {
      afterCommit(committed);
      const outcomes = new Map<Item, Outcome<Result>>();
      for (const round of roundsOf(items, keyOf)) {
        const found = await run(round, false);
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
      else await Promise.all(group.map(writeAlone));
      return;
    }
    for (const one of group) {
      const outcome = outcomes.get(one.item)!;
      if (outcome === LOCKED) void writeAlone(one);
      else if (outcome instanceof Error) one.reject(outcome);
      else one.resolve(outcome);
    }
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
      ? run([item], true).then(only)
      : new Promise((resolve, reject) => {
          gathered.push({ item, resolve, reject });
          if (isDue) return;
          isDue = true;
          setImmediate(start);
        });
};
