import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { intake } from './intake.ts';

describe('messages of other services', () => {
  it(
    'each three times and shuffled, under kills and cuts, leave what one pass in order leaves',
    needs('postgres', 'rabbitmq'),
    async () => {
      const report = await intake({
        messages: 400,
        kills: 2,
        cuts: 2,
        outageSeconds: 1,
        seed: 20_261_121,
        address: serviceUrl('postgres'),
        broker: serviceUrl('rabbitmq'),
        log: () => {},
      });
      assert.deepEqual(report.faults, []);
      assert.ok(report.poison > 0);
    },
  );
});
