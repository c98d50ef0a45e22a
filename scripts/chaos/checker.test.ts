import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type History, judge } from './checker.ts';
import type { Watcher } from './watchers.ts';

/** The proof itself: each broken promise is found, and named so that a person can look it up. */

const STREAM = 'shipment:1';

const historyOf = (versions: number[], head = versions.length): History => ({
  events: versions.map((version) => ({ stream: STREAM, version, mark: `w-${version}` })),
  heads: new Map([[STREAM, head]]),
});

const watcherOf = (from: number, versions: number[]): Watcher => ({
  name: 'olga',
  user: { id: 'user-olga', role: 'operator' },
  follows: [STREAM],
  seen: () => new Map([[STREAM, { from, versions }]]),
  status: () => 'live',
  staleSince: () => null,
  close: () => {},
});

const ledgerOf = (marks: string[], acknowledged = marks) => ({
  sent: new Set(marks),
  acknowledged: acknowledged.map((mark) => ({ stream: STREAM, mark })),
});

describe('the proof of convergence', () => {
  const written = ledgerOf(['w-1', 'w-2', 'w-3']);

  it('blames nothing when everybody saw each version once, in order, from where they came in', () => {
    const watchers = [watcherOf(0, [1, 2, 3]), watcherOf(2, [3]), watcherOf(3, [])];
    assert.deepEqual(judge(historyOf([1, 2, 3]), written, watchers), []);
  });

  it('blames a version that a watcher never saw, saw twice, or saw too early', () => {
    const blamed = (versions: number[]) => judge(historyOf([1, 2, 3]), written, [watcherOf(0, versions)]);
    assert.deepEqual(blamed([1, 3]), ['olga (live) saw of shipment:1 after 0: 3 where 2 belongs']);
    assert.deepEqual(blamed([1, 2]), ['olga (live) saw of shipment:1 after 0: nothing where 3 belongs']);
    assert.deepEqual(blamed([1, 2, 2, 3]), ['olga (live) saw of shipment:1 after 0: 2 where 3 belongs']);
    assert.deepEqual(blamed([2, 1, 3]), ['olga (live) saw of shipment:1 after 0: 2 where 1 belongs']);
    assert.deepEqual(blamed([1, 2, 3, 4]), ['olga (live) saw of shipment:1 after 0: 4, which is not stored']);
  });

  it('blames a watcher that never joined', () => {
    const absent = { ...watcherOf(0, []), seen: () => new Map() };
    assert.deepEqual(judge(historyOf([1]), ledgerOf(['w-1']), [absent]), ['olga never saw shipment:1']);
  });

  it('blames an acknowledged write that is not stored, and one that is stored twice', () => {
    assert.deepEqual(judge(historyOf([1]), ledgerOf(['w-1', 'w-2']), []), [
      'w-2 of shipment:1 was acknowledged and is not in the database',
    ]);
    const twice = historyOf([1, 2]);
    for (const event of twice.events) event.mark = 'w-1';
    assert.deepEqual(judge(twice, ledgerOf(['w-1']), []), ['w-1 is in the database 2 times']);
  });

  it('has nothing against a write that was never answered, or against what others wrote', () => {
    assert.deepEqual(judge(historyOf([1, 2]), ledgerOf(['w-1', 'w-2'], ['w-1']), []), []);
    const others = historyOf([1, 2]);
    for (const event of others.events) event.mark = 'Two';
    assert.deepEqual(judge(others, ledgerOf([]), []), []);
  });

  it('blames a gap in what is stored', () => {
    assert.deepEqual(judge(historyOf([1, 3], 3), ledgerOf([]), []), [
      'shipment:1: versions are not 1 to 3 without gap',
    ]);
  });
});
