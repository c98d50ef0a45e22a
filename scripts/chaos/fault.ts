import type { Random } from '../demo/random.ts';
import type { Arena, ArenaOptions } from './arena.ts';

/** What a fault is: a way to break something, and to make it whole again. */

export type Heal = () => Promise<void>;

export type Fault = {
  name: string;
  /** What is broken, as the report says it. */
  title: string;
  /** How long it stays broken. */
  seconds: number;
  /** Why it cannot be done here; undefined when it can. */
  missing?: () => string | undefined;
  /** Where it differs from the usual arena. */
  arena?: Omit<ArenaOptions, 'address' | 'sites'>;
  /** Makes what its nodes run on, or where; `close` is called when they are gone. */
  stage?: () => Promise<{ arena: Partial<ArenaOptions>; close: () => Promise<void> }>;
  /** Promises in ms that hold while it is broken, for those who have nothing to do with it. */
  limits?: { localP99: number; remoteMax: number };
  /** Whether it can befall an arena in which other things break, too. */
  mixes?: boolean;
  break: (arena: Arena, random: Random) => Promise<Heal>;
  /** What is to be shown besides, once everybody is current: `arena.note` what was seen, `arena.blame` what is wrong. */
  prove?: (arena: Arena) => Promise<void>;
};

/** Does something every so many ms until it is healed; what is under way then is waited for. */
export const repeatedly = (everyMs: number, work: () => Promise<unknown> | unknown): Heal => {
  let stopped = false;
  let wake = () => {};
  const done = (async () => {
    while (!stopped) {
      await work();
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, everyMs);
      });
    }
  })();
  // `heal` tells of it; until then nobody else would have listened, and Node would end the process.
  done.catch(() => {});
  return async () => {
    stopped = true;
    wake();
    await done;
  };
};
