import { openArena } from './arena.ts';
import type { Fault } from './fault.ts';
import { inflict, type Report } from './inflict.ts';

type Options = { address: string; seed: number; seconds?: number; judgeTimes?: boolean };

/** One fault on an arena of its own, which is gone afterwards. `address`: a PostgreSQL on which a database may be created. */
export const runFault = async (fault: Fault, { address, ...options }: Options): Promise<Report> => {
  const stage = await fault.stage?.();
  try {
    const arena = await openArena({ address, ...fault.arena, ...stage?.arena });
    try {
      return await inflict(arena, fault, options);
    } catch (error) {
      // What was blamed until then may explain why it cannot go on.
      const told = [...arena.blames, ...new Set(arena.ledger.wrong)];
      throw told.length > 0 ? new Error([...told, 'and then it could not go on'].join('\n'), { cause: error }) : error;
    } finally {
      await arena.close();
    }
  } finally {
    await stage?.close();
  }
};
