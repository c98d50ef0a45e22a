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

describe('a statement that the database refuses', () => {
  const twice = (value: string) => sql.query<{ n: number }>('select 2 * $1::int as n', [value]);

  // Several: with one, the next connection of the pool would hide what became of it.
  it('is answered with its own error, and those after it with their own answers', async () => {
    for (let turn = 1; turn <= 3; turn += 1) {
      await assert.rejects(twice('x'), /invalid input syntax/);
      assert.deepEqual(await twice(String(turn)), [{ n: 2 * turn }]);
      await assert.rejects(sql.query('select 1 / $1::int as n', ['0']), /division by zero/);
      assert.deepEqual(await twice(String(turn)), [{ n: 2 * turn }]);
    }
  });

  it('costs no connection', async () => {
    const connection = async () => (await sql.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]!.pid;
    const before = await connection();
    await assert.rejects(twice('x'));
    assert.equal(await connection(), before);
  });
});

describe('a statement that is asked again and again', () => {
  const prepared = async () => {
    const rows = await sql.query<{ name: string }>('select name from pg_prepared_statements');
    return rows.length;
  };

  it('is planned once', () =>
    // On one connection, whose list is its own.
    sql.transaction(async () => {
      const before = await prepared();
      for (let turn = 0; turn < 3; turn += 1) await sql.query('select n as planned from lines where n = $1', [1]);
      assert.equal(await prepared(), before + 1);
    }));

  it('goes on when its table changes beneath it', async () => {
    await sql.query('create table places (name text primary key)');
    const find = () => sql.query('select * from places where name = $1', ['north']);
    await sql.query("insert into places values ('north')");
    for (let turn = 0; turn < 3; turn += 1) assert.deepEqual(await find(), [{ name: 'north' }]);
    await sql.query('alter table places add column shelf int');
    assert.deepEqual(await find(), [{ name: 'north', shelf: null }]);
  });

  it('in a transaction asks its caller to try again then, and works the next time', async () => {
    const find = () => sql.transaction(() => sql.query('select * from places where name = $1 for update', ['north']));
    for (let turn = 0; turn < 3; turn += 1) await find();
    await sql.query('alter table places drop column shelf');
    await assert.rejects(find, { code: 'UNAVAILABLE' });
    assert.deepEqual(await find(), [{ name: 'north' }]);
  });

  it('finds its row by the index after the table has grown, whatever it was when it was planned', async () => {
    await sql.transaction(async () => {
      await sql.query('create table grown (id text primary key, filler text)');
      const find = () => sql.query<{ id: string }>('select id from grown where id = any($1) order by filler', [['7']]);
      for (let turn = 0; turn < 8; turn += 1) await find();
      await sql.query("insert into grown select n, repeat('x', 100) from generate_series(1, 5000) as n");
      const scans = () =>
        sql.query(
          "select pg_stat_get_xact_numscans('grown'::regclass)::int as whole, pg_stat_get_xact_numscans('grown_pkey'::regclass)::int as indexed",
        );
      const [before] = await scans();
      assert.deepEqual(await find(), [{ id: '7' }]);
      const [after] = await scans();
      assert.equal(after!.whole, before!.whole);
      assert.equal(after!.indexed, before!.indexed + 1);
    });
  });
});
