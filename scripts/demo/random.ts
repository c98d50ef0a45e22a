/** A reproducible source of chance: the same seed gives the same demo. */
export type Random = () => number;

/** Mulberry32 by Tommy Ettinger (public domain): small, and even enough for a demo. Answers numbers in [0, 1). */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A number in [low, high). */
export const between = (random: Random, low: number, high: number): number => low + random() * (high - low);

/** A whole number from low to high, both included. */
export const whole = (random: Random, low: number, high: number): number => Math.floor(between(random, low, high + 1));

/** One of a list that is not empty. */
export const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;

/** One of the choices in proportion to their weights; undefined when all weights are zero. */
export const pickWeighted = <Item>(random: Random, choices: readonly (readonly [Item, number])[]): Item | undefined => {
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of choices) {
    left -= weight;
    if (left < 0 && weight > 0) return item;
  }
  return undefined;
};
