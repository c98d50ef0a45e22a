import { setTimeout as wait } from 'node:timers/promises';
import { between, whole } from '../../demo/random.ts';
import type { Fault } from '../fault.ts';
import { repeatedly } from '../fault.ts';

/** What breaks in one go: up to so many things, for so many seconds. */
const AT_ONCE = 2;
const SECONDS = { least: 1, most: 12 };

/** All of `faults` that can be mixed, at random and up to two at once, until it is healed. */
export const atRandom = (faults: Fault[]): Fault => {
  const mixing = faults.filter(({ mixes }) => mixes);
  return {
    name: 'random',
    title: 'all of it at random, up to two things at once',
    seconds: 600,
    break: async (arena, random) => {
      const counts = new Map<string, number>();
      const possible = mixing.filter(({ missing }) => !missing?.());
      const stop = repeatedly(500, async () => {
        const chosen = new Set(Array.from({ length: AT_ONCE }, () => whole(random, 0, possible.length - 1)));
        const duration = between(random, SECONDS.least, SECONDS.most) * 1_000;
        const heals = [];
        for (const n of [...chosen].sort((a, b) => a - b)) {
          const fault = possible[n]!;
          counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
          heals.push(await fault.break(arena, random));
        }
        await wait(duration);
        // The last first: nodes come first among the faults, and need all the rest to start again.
        for (const heal of heals.reverse()) await heal();
      });
      return async () => {
        await stop();
        arena.notes.length = 0;
        arena.note([...counts].map(([name, count]) => `${name} ×${count}`).join(', '));
      };
    },
  };
};
