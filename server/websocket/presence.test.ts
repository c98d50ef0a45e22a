import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, mock } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import type { LiveSocket } from './types.ts';

let database: TestDatabase;
let presence: typeof import('./presence.ts');
let closeDatabase: () => Promise<void>;
/** Who was told to have come, by room. */
const told: string[] = [];

before(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, database.env, { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '' });
  ({ closeDatabase } = await import('../platform/database.ts'));
  presence = await import('./presence.ts');
  presence.onPresenceChange(({ room, came }) => {
    for (const { socketId } of came) told.push(`${room} ${socketId}`);
  });
});
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
});
after(async () => {
  mock.timers.reset();
  await closeDatabase();
  await database.drop();
});

const enter = (room: string, id: string) =>
  presence.enter(room, { id, connected: true, data: { user: { id, username: id } } } as LiveSocket);
/** What was told in a room in the next `milliseconds`, and until now. */
const heardIn = (room: string, milliseconds = 0) => {
  mock.timers.tick(milliseconds);
  return told.splice(0).filter((line) => line.startsWith(`${room} `));
};

describe('faces', () => {
  it('are told at once, and what a quarter of a second brings after it together', () => {
    enter('small', 'a');
    assert.deepEqual(heardIn('small'), ['small a']);
    enter('small', 'b');
    enter('small', 'c');
    assert.deepEqual(heardIn('small', 249), []);
    assert.deepEqual(heardIn('small', 1), ['small b', 'small c']);
    heardIn('small', 250);
    mock.timers.reset();
  });

  it('wait for a second behind the first while many rooms fill up, and none is left out', () => {
    for (let n = 0; n <= 50; n += 1) enter(`room-${n}`, `a-${n}`);
    enter('full', 'a');
    assert.deepEqual(heardIn('full'), ['full a']);
    enter('full', 'b');
    assert.deepEqual(heardIn('full', 999), []);
    assert.deepEqual(heardIn('full', 1), ['full b']);
    // Once all is quiet it is as before.
    heardIn('full', 2_000);
    enter('full', 'c');
    enter('full', 'd');
    assert.deepEqual(heardIn('full'), ['full c']);
    assert.deepEqual(heardIn('full', 250), ['full d']);
    mock.timers.reset();
  });
});
