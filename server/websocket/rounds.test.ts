import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { SLOTS, startRounds } from './rounds.ts';

const INTERVAL = 10_000;
const PART = INTERVAL / SLOTS;

/** A clock of our own: `pass` lets time go by, and the timer runs `late` ms after its time. */
const start = () => {
  let now = 1_000;
  let visits = 0;
  mock.method(performance, 'now', () => now);
  mock.timers.enable({ apis: ['setInterval'] });
  const stop = startRounds(INTERVAL, () => {
    visits += 1;
  });
  const pass = (late: number) => {
    now += PART + late;
    mock.timers.tick(PART);
  };
  return { pass, stop, visits: () => visits };
};
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

describe('rounds', () => {
  it('visit every slot once in an interval', () => {
    const { pass, stop, visits } = start();
    for (let n = 0; n < SLOTS; n += 1) pass(0);
    assert.equal(visits(), SLOTS);
    stop();
    pass(0);
    assert.equal(visits(), SLOTS);
  });

  it('take no longer when a busy loop makes every timer late', () => {
    const { pass, visits } = start();
    // Each half of a part late: in an interval and a half there is time for as many rounds.
    for (let n = 0; n < SLOTS; n += 1) pass(PART / 2);
    assert.equal(visits(), SLOTS * 1.5);
  });

  it('go on where they were after a long sleep, not with all of it at once', () => {
    const { pass, visits } = start();
    pass(INTERVAL * 5);
    assert.equal(visits(), SLOTS / 10);
    pass(0);
    assert.equal(visits(), SLOTS / 10 + 1);
  });
});
