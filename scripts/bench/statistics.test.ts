import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile, summarize } from './statistics.ts';

test('the median of an even number of samples lies between the middle two, whatever their order', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 1, 2, 100]), 6);
});

test('a percentile is a sample that was really measured', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 50), 50);
  assert.equal(percentile(hundred, 99), 99);
  assert.equal(percentile([7], 99), 7);
  assert.equal(percentile([1, 2, 3], 99), 3);
});

test('a figure without samples is refused rather than shown as NaN', () => {
  assert.throws(() => summarize([]), /No samples/);
});
