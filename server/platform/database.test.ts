import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let sql: typeof import('./database.ts');

before(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, database.env, { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '' });
  sql = await import('./database.ts');
  await sql.query('create table lines (n int primary key)');
});
after(async () => {
  await sql.closeDatabase();
  await database.drop();
});

const add = (n: number) => sql.query('insert into lines values ($1)', [n]);
const lines = async () => (await sql.query<{ n: number }>('select n from lines order by n')).map(({ n }) => n);

describe('a transaction', () => {
  beforeEach(() => sql.query('delete from lines'));

  it('may ask several things before the first is answered, and gets the answers in order', async () => {
    const answers = await sql.transaction(() =>
      Promise.all([add(1), sql.query('select count(*)::int as count from lines'), add(2)]),
    );
    assert.deepEqual(answers[1], [{ count: 1 }]);
    assert.deepEqual(await lines(), [1, 2]);
  });

  it('that sends its commit behind the last statement has committed when it ends, and tells of it only then', async () => {
    const told: string[] = [];
    await sql.transaction(async () => {
      sql.afterCommit(() => told.push('committed'));
      const adding = add(1);
      sql.commitBehind();
      await adding;
      assert.deepEqual(told, []);
    });
    assert.deepEqual(told, ['committed']);
    assert.deepEqual(await lines(), [1]);
  });

  it('leaves nothing, and tells nobody, where the statement before that commit fails', async () => {
    const told: string[] = [];
    const failing = sql.transaction(async () => {
      sql.afterCommit(() => told.push('committed'));
      await add(1);
      const adding = add(1);
      sql.commitBehind();
      await adding;
    });
    await assert.rejects(failing, /duplicate key/);
    assert.deepEqual(await lines(), []);
    assert.deepEqual(told, []);
    // Its connection is as good as before.
    await sql.transaction(() => add(3));
    assert.deepEqual(await lines(), [3]);
  });

  it('takes no statement behind its commit, which would be outside of it', async () => {
    const late = sql.transaction(async () => {
      sql.commitBehind();
      await add(1);
    });
    await assert.rejects(late, /has sent its last statement/);
    assert.deepEqual(await lines(), []);
  });

  it('does not pass for committed where a statement failed and nobody minded', async () => {
    const careless = sql.transaction(async () => {
      await add(1);
      await add(1).catch(() => {});
    });
    await assert.rejects(careless, /rolled back/);
    assert.deepEqual(await lines(), []);
  });
});
