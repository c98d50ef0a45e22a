import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceWords } from './distance.ts';

test('a distance is as fine as a reader can use, and its thousands are apart', () => {
  const metres = [3, 124, 944, 960, 9_440, 12_400, 14_067_000];
  const words = ['10 m', '120 m', '940 m', '1.0 km', '9.4 km', '12 km', '14,067 km'];
  assert.deepEqual(metres.map(distanceWords), words);
});
