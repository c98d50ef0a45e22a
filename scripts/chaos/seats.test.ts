import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { runOperations } from './seats/operations.ts';
import { race } from './seats/race.ts';

/** The short form of `npm run chaos -- seats`. */

describe('seats', () => {
  it('are what the plain rules say, after any operations', async (t) => {
    const seed = 4;
    t.diagnostic(`seed ${seed}; npm run chaos -- seats --seed ${seed} replays it`);
    const report = await runOperations(seed, 150);
    assert.deepEqual(report.faults, []);
    assert.equal(report.operations, 150);
    assert.ok(report.tickets > 10, `only ${report.tickets} tickets`);
  });

  it('are sold once, however many want one on two nodes of which one dies', needs('postgres'), async () => {
    const address = serviceUrl('postgres');
    const report = await race({ address, buyers: 40, rounds: 4, watchers: 6, killEvery: 4, log: () => {} });
    assert.deepEqual(report.faults, []);
    assert.equal(report.kills, 1);
  });
});
