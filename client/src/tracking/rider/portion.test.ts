import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextPortion } from './portion.ts';
import type { Queued } from './queue.ts';

const common = (id: number, awb: string) => ({ id, awb, userId: 'u', key: `k${id}` });
const position = (id: number, awb = 'FX00000001'): Queued => ({
  ...common(id, awb),
  kind: 'position',
  fix: { lat: 1, long: 2, recordedAt: '2026-01-01T00:00:00Z', sequence: id },
});
const status = (id: number, awb = 'FX00000001'): Queued => ({
  ...common(id, awb),
  kind: 'status',
  status: 'DELIVERED',
  recordedAt: '2026-01-01T00:00:00Z',
});
const idsOf = (queue: Queued[]) => nextPortion(queue)?.items.map(({ id }) => id);

test('positions of a parcel go together, but never past its next status', () => {
  assert.deepEqual(idsOf([position(1), position(2), status(3), position(4)]), [1, 2]);
  assert.deepEqual(idsOf([status(3), position(4)]), [3]);
});

test('another parcel in between neither joins nor holds up', () => {
  const other = 'FX00000002';
  assert.deepEqual(idsOf([position(1), position(2, other), status(3, other), position(4)]), [1, 4]);
});

test('what was refused is passed over, and nothing left is nothing', () => {
  assert.deepEqual(idsOf([{ ...status(1), refused: 'It was delivered' }, position(2)]), [2]);
  assert.equal(nextPortion([{ ...status(1), refused: 'It was delivered' }]), undefined);
});

test('a long ride is sent in portions', () => {
  const ride = Array.from({ length: 450 }, (_, index) => position(index));
  assert.equal(idsOf(ride)?.length, 200);
});
