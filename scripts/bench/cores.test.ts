import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharesOf } from './cores.ts';

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
