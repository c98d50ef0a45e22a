import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServerClock } from './serverClock.ts';

const NOON = Date.parse('2026-12-01T12:00:00.000Z');
const stamp = (ms: number) => new Date(NOON + ms).toISOString();

/** A window that was opened at the server's noon; its monotonic clock starts at 5,000. */
const opened = () => {
  let elapsed = 0;
  return {
    clock: createServerClock(() => 5_000 + elapsed),
    monotonic: () => 5_000 + elapsed,
    wait: (ms: number) => {
      elapsed += ms;
    },
  };
};

test('an answer places the clock in the middle of the time it took', () => {
  const { clock, monotonic, wait } = opened();
  const askedAt = monotonic();
  wait(100);
  clock.answered(stamp(50), askedAt);
  assert.equal(clock.now(), NOON + 100);
  wait(30_000);
  assert.equal(clock.now(), NOON + 30_100);
});

test('a slow answer does not spoil a quick one, until the quick one has aged', () => {
  const { clock, monotonic, wait } = opened();
  const ask = (took: number, stampedAt: number) => {
    const askedAt = monotonic();
    wait(took);
    clock.answered(stamp(stampedAt), askedAt);
  };
  ask(20, 10);
  // Stamped as soon as it arrived, then a second on the way back: the middle would be wrong by half a second.
  ask(1_000, 20);
  assert.equal(clock.now(), NOON + 1_020);
  wait(200_000);
  ask(1_000, 201_520);
  assert.equal(clock.now(), NOON + 202_020);
});

test('events move it forward only, so replayed history is harmless', () => {
  const { clock, wait } = opened();
  clock.heard(stamp(0));
  wait(1_000);
  clock.heard(stamp(-3_600_000));
  assert.equal(clock.now(), NOON + 1_000);
  clock.heard(stamp(1_200));
  assert.equal(clock.now(), NOON + 1_200);
  clock.heard('no time at all');
  assert.equal(clock.now(), NOON + 1_200);
});

test('it knows nothing of the device: setting that one changes nothing', () => {
  const { clock, monotonic } = opened();
  clock.answered(stamp(0), monotonic());
  const real = Date.now;
  Date.now = () => real() + 7_200_000;
  try {
    assert.equal(clock.now(), NOON);
  } finally {
    Date.now = real;
  }
});
