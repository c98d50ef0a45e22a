import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteChanges, recentChange } from './changes.ts';

const change = { what: 'Planned → Arrived', by: 'ana', isNew: false };

test('a row says what changed for eight seconds, the last two of them fading, and anew when it changes again', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const pass = (milliseconds: number) => context.mock.timers.tick(milliseconds);
  const endings = () => ['a', 'b'].map((id) => recentChange(id)?.isEnding);
  noteChanges([['a', change]]);
  pass(5_000);
  noteChanges([['b', change]]);
  assert.deepEqual(endings(), [false, false]);
  pass(1_000);
  assert.deepEqual(endings(), [true, false]);
  noteChanges([['a', { ...change, what: 'Arrived → Stored' }]]);
  assert.deepEqual(endings(), [false, false]);
  assert.equal(recentChange('a')?.what, 'Arrived → Stored');
  pass(5_000);
  assert.deepEqual(endings(), [false, true]);
  pass(2_000);
  assert.deepEqual(endings(), [true, undefined]);
  pass(2_000);
  assert.deepEqual(endings(), [undefined, undefined]);
});
