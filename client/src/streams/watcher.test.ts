import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DurableEvent } from '../../../server/contract/common.ts';
import { WAITING, watchEvents, watchSnapshot } from './watcher.ts';

const event = (version: number): DurableEvent => ({ type: 'x', timestamp: '2026-01-01T00:00:00Z', version });
const functions = {
  fromSnapshot: (snapshot: unknown) => [String(snapshot)],
  reduce: (state: string[], { version }: DurableEvent) => [...state, `+${version}`],
};

test('a watcher keeps what comes before its snapshot, and applies what is newer', () => {
  const waiting = watchEvents<string[]>(WAITING, [event(4), event(5)], functions);
  assert.equal(waiting.state, undefined);
  const watched = watchSnapshot(waiting, { value: 'S4', version: 4 }, functions);
  assert.deepEqual(watched, { version: 5, state: ['S4', '+5'], pending: [] });
});

test('a watcher applies events once', () => {
  const watched = watchSnapshot<string[]>(WAITING, { value: 'S4', version: 4 }, functions);
  const next = watchEvents(watched, [event(3), event(4), event(5)], functions);
  assert.deepEqual(next.state, ['S4', '+5']);
  assert.equal(watchEvents(next, [event(5)], functions), next);
});
