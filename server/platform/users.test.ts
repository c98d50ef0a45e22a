import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let sql: typeof import('./database.ts');
let users: typeof import('./users.ts');
let stopWatching = () => {};
let stopListening: () => unknown = () => {};
/** Ids of those whose rights changed, as this node heard of it. */
const heard: string[] = [];

before(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, database.env, { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '' });
  sql = await import('./database.ts');
  users = await import('./users.ts');
  await (await import('./migrate.ts')).migrate();
  stopListening = users.onUsersChanged((changed) => heard.push(...changed.keys()));
  stopWatching = users.watchUsers();
});
after(async () => {
  stopWatching();
  stopListening();
  await sql.closeDatabase();
  await database.drop();
});

const add = async () =>
  (
    await users.addUser({
      username: `user-${randomUUID()}`,
      role: 'operator',
      companyId: 'acme',
      shopIds: [],
      passwordHash: 'none that anybody could sign in with',
    })
  ).id;
const hears = async (id: string) => {
  while (!heard.includes(id)) await new Promise((resolve) => setTimeout(resolve, 50));
};

describe('changes of rights', () => {
  it('are heard of once each, also one that commits behind a later one', async () => {
    const [early, late] = [await add(), await add()];
    await Promise.all([hears(early), hears(late)]);
    heard.length = 0;
    await sql.transaction(async () => {
      await users.changeUser(early, { role: 'admin' });
      // Changed after the one above, and heard of while that has not committed.
      await sql.outsideTransaction(() => users.changeUser(late, { role: 'admin' }));
      await hears(late);
      assert.deepEqual(heard, [late]);
    });
    await hears(early);
    const another = await add();
    await hears(another);
    assert.deepEqual(heard, [late, early, another]);
  });
});
