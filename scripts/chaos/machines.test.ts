import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fullDisk } from './disk.ts';
import { diskFullPostgres } from './faults/disk.ts';
import { packetLoss, partition } from './faults/machines.ts';
import { runFault } from './run.ts';
import { describeFaults } from './shortForms.ts';
import { missingDisk } from './smallDisk.ts';

describeFaults(
  'two machines, after the network between them is sound again',
  [
    [packetLoss, 2],
    [partition, 2],
  ],
  { onStage: true },
);

describe('a server whose disk was full', () => {
  it('has lost nothing that it acknowledged, embedded', { skip: missingDisk() ?? false }, async () => {
    const { faults, acknowledged } = await fullDisk({ seconds: 1, clients: 3 });
    assert.deepEqual(faults, []);
    assert.ok(acknowledged > 0);
  });

  it('has lost nothing, on PostgreSQL', { skip: diskFullPostgres.missing?.() ?? false }, async () => {
    const fault = { ...diskFullPostgres, arena: { clients: 4 } };
    const { faults, acknowledged } = await runFault(fault, { address: '', seed: 20_261_121, seconds: 1 });
    assert.deepEqual(faults, []);
    assert.ok(acknowledged > 0);
  });
});
