import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from './backoff.ts';

test('waits grow to their bound and are spread by half either way', () => {
  const middle = (attempt: number) => backoff(attempt, 5_000, () => 0.5);
  assert.deepEqual([0, 1, 2, 3, 500].map(middle), [1_000, 2_000, 4_000, 5_000, 5_000]);
  assert.equal(
    backoff(0, 5_000, () => 0),
    500,
  );
  assert.ok(backoff(9, 5_000, () => 0.999) < 7_500);
});
