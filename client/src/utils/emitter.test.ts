import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createEmitter } from './emitter.ts';

const event = (type: string) => ({ type, timestamp: '2026-01-01T00:00:00Z' });

test('handlers hear their event until they unsubscribe, also the same function twice', () => {
  const { on, onAny, emit } = createEmitter();
  const heard: string[] = [];
  const handler = ({ type }: { type: string }) => void heard.push(type);
  const first = on('a', handler);
  const second = on('a', handler);
  const any = onAny(({ type }) => void heard.push(`any ${type}`));
  emit('a', event('a'));
  first();
  first();
  emit('a', event('a'));
  second();
  any();
  emit('a', event('a'));
  assert.deepEqual(heard, ['a', 'a', 'any a', 'a', 'any a']);
});

test('one who unsubscribes another during an event silences it at once', () => {
  const { on, emit } = createEmitter();
  const heard: string[] = [];
  on('a', () => later());
  const later = on('a', () => void heard.push('late'));
  emit('a', event('a'));
  assert.deepEqual(heard, []);
});

test('a handler that throws keeps nobody from hearing, and is not swallowed', async () => {
  const { on, emit } = createEmitter();
  const heard: string[] = [];
  const failed = new Error('in a handler');
  on('a', () => {
    throw failed;
  });
  on('a', () => void heard.push('second'));
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught = once(process, 'uncaughtException');
  emit('a', event('a'));
  const [thrown] = await uncaught;
  for (const listener of before) process.on('uncaughtException', listener);
  assert.equal(thrown, failed);
  assert.deepEqual(heard, ['second']);
});
