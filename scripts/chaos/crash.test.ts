import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { type CrashOptions, crash } from './crash.ts';

/** The short form of `npm run chaos -- crash`. */
const short: Omit<CrashOptions, 'database' | 'address'> = {
  kills: 5,
  watchers: 20,
  shipments: 3,
  writers: 3,
  seed: 20_261_121,
  log: () => {},
};

/** That the run was about something. A busy machine gets through few writes between two kills. */
const ENOUGH = 2 * short.kills;

describe('a server that is killed under writes', () => {
  it('loses nothing that it acknowledged, on PostgreSQL', needs('postgres'), async () => {
    const report = await crash({ ...short, database: 'postgresql', address: serviceUrl('postgres') });
    assert.deepEqual(report.faults, []);
    assert.ok(report.acknowledged >= ENOUGH, `only ${report.acknowledged} writes were acknowledged`);
  });

  it('loses nothing that it acknowledged, embedded', async () => {
    const report = await crash({ ...short, database: 'pglite', address: '' });
    assert.deepEqual(report.faults, []);
    assert.ok(report.acknowledged >= ENOUGH, `only ${report.acknowledged} writes were acknowledged`);
  });
});
