import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { restartCrowd } from './restart.ts';

/** The short form of `npm run chaos -- restart-crowd`. */
describe('a crowd that comes back to a node that was restarted', needs('postgres'), () => {
  it('is current without asking the database for each of them', async () => {
    const { faults } = await restartCrowd({ clients: 400, streams: 50, address: serviceUrl('postgres') });
    assert.deepEqual(faults, []);
  });
});
