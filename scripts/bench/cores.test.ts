import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processorTime, sharesOf, stolenBetween } from './cores.ts';

test('waiting counts for neither core, and the load is the limit where only its core is full', () => {
  const waiting = { ms: 1_000, loadMs: 10, serverMs: 10 };
  const fair = { ms: 250, loadMs: 100, serverMs: 250 };
  const bothFull = { ms: 250, loadMs: 250, serverMs: 240 };
  const loadFull = { ms: 500, loadMs: 500, serverMs: 100 };
  assert.deepEqual(sharesOf([waiting, fair]), { load: 0.4, server: 1, loadBound: 0 });
  assert.equal(sharesOf([bothFull]).loadBound, 0);
  assert.equal(sharesOf([fair, bothFull, loadFull]).loadBound, 0.5);
});

test('where nothing was done nothing is said', () => {
  assert.deepEqual(sharesOf([]), { load: 0, server: 0, loadBound: 0 });
});

test('the time of other guests is a share of what all processors had', () => {
  const before = processorTime('cpu  100 0 50 800 0 0 0 50 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n');
  const after = processorTime('cpu  150 0 60 900 0 0 0 90 9 0\n');
  assert.equal(stolenBetween(before, after), 0.2);
  assert.equal(stolenBetween(processorTime(''), processorTime('')), 0, 'where it is not counted');
});
