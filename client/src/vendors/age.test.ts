import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageText, freshnessOf } from './age.ts';

test('an age is said in the unit that people would use, and a clock that is ahead reads as now', () => {
  const said = [-3_000, 1_999, 2_000, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000, 200_000_000].map(ageText);
  assert.deepEqual(said, [
    'now',
    'now',
    '2 s ago',
    '59 s ago',
    '1 min ago',
    '59 min ago',
    '1 h ago',
    '1 day ago',
    '2 days ago',
  ]);
});

test('a position ages without anything arriving', () => {
  assert.deepEqual([0, 14_999, 15_000, 119_999, 120_000].map(freshnessOf), ['fresh', 'fresh', 'aging', 'aging', 'old']);
});
