import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { type Arena, openArena } from './arena.ts';
import type { Fault } from './fault.ts';
import { inflict } from './inflict.ts';

/** The short form of `npm run chaos -- all`: one arena, in which one thing after the other breaks for some seconds. */

// The runner ends a file that takes too long so; without this its servers would live on, and the runner wait for them.
process.once('SIGTERM', () => process.exit(143));

const SEED = 20_261_121;
const CLIENTS = 8;

/**
 * Tests that nothing is lost by any of these. They share an arena, and with `onStage` the stage of the first, which must
 * serve all of them.
 */
export const describeFaults = (who: string, faults: [Fault, number][], { onStage = false } = {}): void => {
  const lack = onStage ? faults.map(([{ missing }]) => missing?.()).find(Boolean) : undefined;
  describe(who, lack ? { skip: lack } : needs('postgres'), () => {
    let arena: Arena | undefined;
    let stage: Awaited<ReturnType<NonNullable<Fault['stage']>>> | undefined;
    before(async () => {
      if (onStage) stage = await faults[0]![0].stage?.();
      arena = await openArena({ address: serviceUrl('postgres'), clients: CLIENTS, ...stage?.arena });
    });
    after(async () => {
      await arena?.close();
      await stage?.close();
    });

    for (const [fault, seconds] of faults)
      it(`have lost nothing by ${fault.name}, in small`, { skip: fault.missing?.() ?? false }, async () => {
        const report = await inflict(arena!, fault, { seed: SEED, seconds });
        assert.deepEqual(report.faults, []);
        assert.ok(report.acknowledged > 0);
      });
  });
};
