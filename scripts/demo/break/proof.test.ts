import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../chaos/checker.ts';
import type { Watcher } from '../../chaos/watchers.ts';
import { buildProof } from './proof.ts';

/** What the page shows must be able to say no. */

const STREAM = 'shipment:1';
const LABELS = new Map([[STREAM, 'BREAK-A1B2C3-A']]);
const history = {
  events: [1, 2, 3, 4].map((version) => ({ stream: STREAM, version, mark: `w-${version}` })),
  heads: new Map([[STREAM, 4]]),
};
/** The third was never answered, and had happened; the fifth neither. */
const ledger = {
  sent: new Set(['w-1', 'w-2', 'w-3', 'w-4', 'w-5']),
  acknowledged: ['w-1', 'w-2', 'w-4'].map((mark) => ({ stream: STREAM, mark })),
  refused: 0,
  unanswered: 2,
};

const screen = (name: string, from: number, versions: number[]): Watcher => ({
  name,
  user: { id: name, role: 'operator' },
  follows: [STREAM],
  seen: () => new Map([[STREAM, { from, versions }]]),
  status: () => 'live',
  staleSince: () => null,
  close: () => {},
});

const proofOf = (watchers: Watcher[]) =>
  buildProof(
    { history, ledger, watchers, healedMs: 310, promisedMs: 15_000, faults: judge(history, ledger, watchers) },
    LABELS,
  );

describe('the proof at the end of a run', () => {
  it('holds when each screen saw what the database holds, and counts what happened without an answer', () => {
    const proof = proofOf([screen('olga', 0, [1, 2, 3, 4]), screen('blake', 3, [4])]);
    assert.equal(proof.holds, true);
    assert.deepEqual(proof.faults, []);
    assert.deepEqual(
      {
        acknowledged: proof.acknowledged,
        unanswered: proof.unanswered,
        happened: proof.happened,
        events: proof.events,
      },
      { acknowledged: 3, unanswered: 2, happened: 1, events: 4 },
    );
    assert.deepEqual(proof.rows[1], {
      screen: 'blake',
      shipment: 'BREAK-A1B2C3-A',
      from: 3,
      stored: 1,
      seen: 1,
      fault: null,
    });
  });

  it('does not hold when one screen lacks one version, and says which screen and which version', () => {
    const proof = proofOf([screen('olga', 0, [1, 2, 3, 4]), screen('blake', 0, [1, 2, 4])]);
    assert.equal(proof.holds, false);
    assert.equal(proof.rows[0]!.fault, null);
    assert.match(proof.rows[1]!.fault!, /^blake \(live\) saw of shipment:1 after 0: 4 where 3 belongs$/);
    assert.deepEqual(proof.faults, [proof.rows[1]!.fault]);
  });

  it('does not hold when the run broke a promise that no screen shows', () => {
    const watchers = [screen('olga', 0, [1, 2, 3, 4])];
    const evidence = { history, ledger, watchers, healedMs: 310, promisedMs: 15_000 };
    assert.equal(buildProof({ ...evidence, faults: ['uncaught exception'] }, LABELS).holds, false);
  });

  it('holds when everybody was right but late, and says that they were late', () => {
    const watchers = [screen('olga', 0, [1, 2, 3, 4])];
    const proof = buildProof({ history, ledger, watchers, healedMs: 20_000, promisedMs: 15_000, faults: [] }, LABELS);
    assert.equal(proof.holds, true);
    assert.equal(proof.late, true);
    assert.equal(proofOf(watchers).late, false);
  });
});
