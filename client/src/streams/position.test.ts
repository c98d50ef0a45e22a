import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DurableEvent } from '../../../server/contract/common.ts';
import { isBehind, type Position, START, takeAnswer, takeEvent } from './position.ts';

const event = (version: number): DurableEvent => ({ type: 'x', timestamp: '2026-01-01T00:00:00Z', version });
const events = (...versions: number[]) => versions.map(event);
const at = (version: number | null, ...ahead: number[]): Position => ({ version, ahead: events(...ahead) });
const versions = (list: readonly DurableEvent[]) => list.map(({ version }) => version);

describe('one event', () => {
  test('the next one is applied', () => {
    const step = takeEvent(at(4), event(5));
    assert.deepEqual([step.position, versions(step.applied), step.gap], [at(5), [5], false]);
  });

  test('one that is known is dropped', () => {
    for (const known of [1, 4]) {
      const step = takeEvent(at(4), event(known));
      assert.deepEqual([step.position, step.applied, step.gap], [at(4), [], false]);
    }
  });

  test('one that comes too early waits and shows the gap', () => {
    const step = takeEvent(at(4), event(6));
    assert.deepEqual([step.position, step.applied, step.gap], [at(4, 6), [], true]);
  });

  test('the missing one brings along those that waited', () => {
    const step = takeEvent(at(4, 6, 7, 9), event(5));
    assert.deepEqual([step.position, versions(step.applied), step.gap], [at(7, 9), [5, 6, 7], true]);
  });

  test('before the first snapshot everything waits, in order and once, and nothing is missing', () => {
    let position = START;
    for (const version of [3, 2, 3]) {
      const step = takeEvent(position, event(version));
      assert.deepEqual([step.applied, step.gap], [[], false]);
      position = step.position;
    }
    assert.deepEqual(position, at(null, 2, 3));
  });

  test('what waits is bounded: the earliest are kept', () => {
    let position = at(1);
    for (let version = 3; version < 1_100; version++) position = takeEvent(position, event(version)).position;
    assert.equal(position.ahead.length, 1_000);
    assert.equal(position.ahead[0]!.version, 3);
  });
});

describe('an answer', () => {
  test('the first snapshot is taken, with the events after it', () => {
    const step = takeAnswer(at(null, 6, 7, 8), null, { version: 6, snapshot: 'state' });
    assert.deepEqual(step.snapshot, { value: 'state', version: 6 });
    assert.deepEqual([step.position, versions(step.applied), step.gap], [at(8), [7, 8], false]);
  });

  test('missed events are applied in order, those known are dropped', () => {
    const step = takeAnswer(at(4, 8), 3, { version: 7, missed: events(4, 5, 6, 7) });
    assert.deepEqual([step.position, versions(step.applied), step.gap], [at(8), [5, 6, 7, 8], false]);
    assert.equal(step.snapshot, undefined);
  });

  test('versions that this reader may not see are no gap', () => {
    const step = takeAnswer(at(4, 7), 4, { version: 7, missed: events(5, 7) });
    assert.deepEqual([step.position, versions(step.applied), step.gap], [at(7), [5, 7], false]);
  });

  test('an answer older than what waits leaves a gap to ask about again', () => {
    const step = takeAnswer(at(4, 9), 4, { version: 6, missed: events(5, 6) });
    assert.deepEqual([step.position, step.gap], [at(6, 9), true]);
  });

  test('a snapshot replaces a state that is too old to be completed', () => {
    const step = takeAnswer(at(4, 6), 4, { version: 50, snapshot: 'new' });
    assert.deepEqual([step.position, step.snapshot?.version, step.gap], [at(50), 50, false]);
  });

  test('a snapshot that events have overtaken is not taken', () => {
    const step = takeAnswer(at(9), 4, { version: 8, snapshot: 'old' });
    assert.deepEqual([step.position, step.snapshot], [at(9), undefined]);
  });

  test('a snapshot from another history is taken, although its version is lower', () => {
    const step = takeAnswer(at(90), 90, { version: 3, snapshot: 'restored' });
    assert.deepEqual([step.position, step.snapshot?.value], [at(3), 'restored']);
  });

  test('a snapshot asked for by somebody else only tells where the head is', () => {
    const behind = takeAnswer(at(4), null, { version: 6, snapshot: 'theirs' });
    assert.deepEqual([behind.position, behind.snapshot, behind.gap], [at(4), undefined, true]);
    assert.equal(takeAnswer(at(6), null, { version: 6, snapshot: 'theirs' }).gap, false);
  });
});

test('a head shows what is missing, but not before there is a state', () => {
  assert.equal(isBehind(at(4), 5), true);
  assert.equal(isBehind(at(5), 5), false);
  assert.equal(isBehind(START, 5), false);
});

test('any order of arrival, with repeats and losses, ends in order and once after one repair', () => {
  // A small generator of its own, so that a failure can be repeated.
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let round = 0; round < 500; round++) {
    const heard: number[] = [];
    let position = takeAnswer(START, null, { version: 10, snapshot: null }).position;
    const arrivals = Array.from({ length: 40 }, () => event(1 + random(40)));
    for (const arrival of arrivals) {
      const step = takeEvent(position, arrival);
      heard.push(...versions(step.applied));
      position = step.position;
    }
    const since = position.version!;
    const missed = Array.from({ length: 40 - since }, (_, index) => event(since + index + 1));
    const step = takeAnswer(position, since, { version: 40, missed });
    heard.push(...versions(step.applied));
    assert.deepEqual(
      heard,
      Array.from({ length: 30 }, (_, index) => index + 11),
    );
    assert.deepEqual([step.position, step.gap], [at(40), false]);
  }
});
