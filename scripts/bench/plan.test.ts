import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from './plan.ts';
import { EFFORTS, SCENARIOS } from './rows/all.ts';

test('every row is measured once before any is measured again, and long ones have fewer rounds', () => {
  const { steps, seconds } = plan(['short', 'long'], 3, { short: { seconds: 10 }, long: { seconds: 100, rounds: 1 } });
  assert.deepEqual(
    steps.map(({ row, round, rounds }) => `${row} ${round} of ${rounds}`),
    ['short 1 of 3', 'long 1 of 1', 'short 2 of 3', 'short 3 of 3'],
  );
  assert.equal(seconds, 130);
});

test('five rounds of everything are planned to take no more than an hour and a half', () => {
  const names = SCENARIOS.map(({ name }) => name);
  assert.deepEqual([...names].sort(), Object.keys(EFFORTS).sort());
  assert.ok(plan(names, 5, EFFORTS).seconds <= 5_400);
});
