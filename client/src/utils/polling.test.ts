import assert from 'node:assert/strict';
import { type Mock, mock, type TestContext, test } from 'node:test';
import { createListeners } from './emitter.ts';
import { createPolling, POLL_MS } from './polling.ts';
import type { ConnectionStatus, SocketClient } from './types.ts';

/** The part of a client that polling looks at, with a status that the test sets. */
const standing = () => {
  const listeners = createListeners<[]>();
  let status: ConnectionStatus = 'live';
  const client = {
    status: () => status,
    staleSince: () => (status === 'stale' || status === 'offline' ? new Date(0) : null),
    subscribe: listeners.add,
    url: () => 'http://server.test',
  } as SocketClient;
  return {
    client,
    become: (next: ConnectionStatus) => {
      status = next;
      listeners.call();
    },
  };
};

const settle = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};
const pass = async (context: TestContext, milliseconds: number) => {
  context.mock.timers.tick(milliseconds);
  await settle();
};
const calls = (work: Mock<() => unknown>) => work.mock.callCount();

test('polls every 30 s while the socket is down, and only then', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { client, become } = standing();
  const work = mock.fn(() => {});
  const stop = createPolling(client, async () => true).poll(work);
  await pass(context, POLL_MS * 2);
  assert.equal(calls(work), 0);
  become('stale');
  await pass(context, POLL_MS - 1);
  assert.equal(calls(work), 0);
  become('offline');
  await pass(context, 1);
  assert.equal(calls(work), 1);
  await pass(context, POLL_MS);
  assert.equal(calls(work), 2);
  become('live');
  await pass(context, POLL_MS * 3);
  assert.equal(calls(work), 2);
  become('offline');
  await pass(context, POLL_MS);
  assert.equal(calls(work), 3);
  stop();
  await pass(context, POLL_MS * 3);
  assert.equal(calls(work), 3);
});

test('goes on after a call that failed, and waits for one that is under way', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { client, become } = standing();
  let finish = () => {};
  const work = mock.fn(() =>
    calls(work) === 0 ? Promise.reject(new Error('down')) : new Promise<void>((resolve) => (finish = resolve)),
  );
  const stop = createPolling(client, async () => false).poll(work);
  become('offline');
  await pass(context, POLL_MS);
  await pass(context, POLL_MS);
  assert.equal(calls(work), 2);
  await pass(context, POLL_MS * 2);
  assert.equal(calls(work), 2);
  finish();
  await settle();
  await pass(context, POLL_MS);
  assert.equal(calls(work), 3);
  stop();
});

test('polling mode is said while HTTP works and the socket does not, for those who look', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { client, become } = standing();
  let healthy = false;
  const check = mock.fn(async (_url: string) => healthy);
  const polling = createPolling(client, check);
  become('offline');
  await settle();
  assert.equal(check.mock.callCount(), 0);
  let notices = 0;
  const unsubscribe = polling.subscribe(() => (notices += 1));
  await settle();
  assert.deepEqual([check.mock.calls[0]?.arguments[0], polling.active()], ['http://server.test', false]);
  healthy = true;
  await pass(context, 10_000);
  assert.deepEqual([polling.active(), notices], [true, 1]);
  become('live');
  assert.deepEqual([polling.active(), notices], [false, 2]);
  await pass(context, 60_000);
  assert.equal(check.mock.callCount(), 2);
  unsubscribe();
});

test('after disconnecting on purpose nothing is polled', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { client } = standing();
  const idle = { ...client, status: () => 'offline' as const, staleSince: () => null };
  const work = mock.fn(() => {});
  const check = mock.fn(async () => true);
  const polling = createPolling(idle, check);
  const stop = polling.poll(work);
  const unsubscribe = polling.subscribe(() => {});
  await pass(context, POLL_MS * 2);
  assert.deepEqual([calls(work), check.mock.callCount()], [0, 0]);
  stop();
  unsubscribe();
});
