import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let sql: typeof import('./database.ts');
let module: typeof import('./grouped.ts');

before(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, database.env, { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '' });
  sql = await import('./database.ts');
  module = await import('./grouped.ts');
  await sql.query('create table boxes (id text primary key, count int not null check (count < 1000))');
});
after(async () => {
  await sql.closeDatabase();
  await database.drop();
});

type Add = { id: string; by: number };

/** Adds to boxes, all of a group in one statement. `groups` holds the ids of each statement that was asked for. */
const adder = () => {
  const groups: string[][] = [];
  const add = module.grouped<Add, number>(
    ({ id }) => id,
    async (items, { patient }) => {
      groups.push(items.map(({ id }) => id));
      const rows = await sql.query<{ id: string; count: number }>(
        `with free as (
           select id from boxes where id = any($1) order by id for update ${patient ? '' : 'skip locked'}
         ), input as (select * from unnest($1::text[], $2::int[]) as t(id, by))
         update boxes b set count = b.count + i.by from free join input i on i.id = free.id
         where b.id = free.id returning b.id, b.count`,
        [items.map(({ id }) => id), items.map(({ by }) => by)],
      );
      const counts = new Map(rows.map(({ id, count }) => [id, count]));
      return items.map(({ id }) => counts.get(id) ?? (patient ? new Error(`no box ${id}`) : module.LOCKED));
    },
  );
  return { add, groups };
};

/** Groups that wait in the middle of their transactions until told to go on. `started` resolves once so many have begun. */
const gated = () => {
  const groups: string[][] = [];
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const add = module.grouped<Add, number>(
    ({ id }) => id,
    async (items) => {
      groups.push(items.map(({ id }) => id));
      await gate;
      return items.map(() => 0);
    },
  );
  const started = async (count: number) => {
    while (groups.length < count) await new Promise((resolve) => setImmediate(resolve));
    return groups;
  };
  return { add, started, go };
};

const countOf = async (id: string) =>
  (await sql.query<{ count: number }>('select count from boxes where id = $1', [id]))[0]?.count;

describe('writes of many callers', () => {
  beforeEach(async () => {
    await sql.query('delete from boxes');
    await sql.query("insert into boxes values ('a', 0), ('b', 0), ('c', 0)");
  });

  it('of one tick are written together, those of one thing in turn, and each hears its own result', async () => {
    const { add, groups } = adder();
    const results = await Promise.all([
      add({ id: 'a', by: 1 }),
      add({ id: 'a', by: 10 }),
      add({ id: 'b', by: 2 }),
      add({ id: 'c', by: 3 }),
    ]);
    assert.deepEqual(results, [1, 11, 2, 3]);
    assert.deepEqual(groups, [['a', 'b', 'c'], ['a']]);
  });

  it('go in two transactions at a time, but those of one thing never in both', async () => {
    // One session has room for one.
    if (sql.isEmbedded()) return;
    const { started, go, add } = gated();
    const first = [add({ id: 'a', by: 1 })];
    await started(1);
    const second = [add({ id: 'a', by: 10 }), add({ id: 'b', by: 2 })];
    assert.deepEqual(await started(2), [['a'], ['b']]);
    const third = add({ id: 'c', by: 3 });
    await new Promise((resolve) => setImmediate(resolve));
    go();
    await Promise.all([...first, ...second, third]);
    const groups = await started(3);
    assert.deepEqual(groups.slice(2).flat().sort(), ['a', 'c']);
  });

  it('of one thing are written one after the other, in the order in which they were asked for', async () => {
    const { add } = adder();
    const results = await Promise.all(Array.from({ length: 100 }, () => add({ id: 'a', by: 1 })));
    assert.deepEqual(
      results,
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
  });

  it('of one thing may be one call, in which they stand in the order in which they were asked for', async () => {
    const calls: number[][] = [];
    const add = module.grouped<Add, number>(
      ({ id }) => id,
      async (items) => {
        calls.push(items.map(({ by }) => by));
        const rows = await sql.query<{ count: number }>(
          "update boxes set count = count + $1 where id = 'a' returning count",
          [items.reduce((sum, { by }) => sum + by, 0)],
        );
        return items.map(({ by }) => (by === 2 ? new Error('not this one') : rows[0]!.count));
      },
      { folds: true },
    );
    const [one, two, three] = await Promise.allSettled([1, 2, 3].map((by) => add({ id: 'a', by })));
    assert.deepEqual(calls, [[1, 2, 3]]);
    assert.equal(one!.status === 'fulfilled' && one!.value, 6);
    assert.match(String(two!.status === 'rejected' && two!.reason), /not this one/);
    assert.equal(three!.status === 'fulfilled' && three!.value, 6);
  });

  it('may send the commit behind the last statement of the last round; where that fails, each is tried by itself', async () => {
    const add = module.grouped<Add, number>(
      ({ id }) => id,
      async (items, { last }) => {
        const adding = sql.query(
          'update boxes set count = count + b.by from unnest($1::text[], $2::int[]) b(id, by) where boxes.id = b.id',
          [items.map(({ id }) => id), items.map(({ by }) => by)],
        );
        if (last) sql.commitBehind();
        await adding;
        return items.map(({ by }) => by);
      },
    );
    const results = await Promise.allSettled([
      add({ id: 'a', by: 1 }),
      add({ id: 'a', by: 2 }),
      add({ id: 'b', by: 5_000 }),
      add({ id: 'c', by: 4 }),
    ]);
    assert.deepEqual(
      results.map((one) => (one.status === 'fulfilled' ? one.value : 'refused')),
      [1, 2, 'refused', 4],
    );
    assert.deepEqual([await countOf('a'), await countOf('b'), await countOf('c')], [3, 0, 4]);
  });

  it('are not undone by one that finds nothing, nor by one that the database refuses', async () => {
    const { add } = adder();
    const first = add({ id: 'c', by: 1 });
    const [a, none, tooMany, b] = await Promise.allSettled([
      add({ id: 'a', by: 1 }),
      add({ id: 'nowhere', by: 1 }),
      add({ id: 'c', by: 5_000 }),
      add({ id: 'b', by: 1 }),
    ]);
    assert.equal(await first, 1);
    assert.equal(a.status === 'fulfilled' && a.value, 1);
    assert.equal(b.status === 'fulfilled' && b.value, 1);
    assert.match(String(none.status === 'rejected' && none.reason), /no box nowhere/);
    assert.match(String(tooMany.status === 'rejected' && tooMany.reason), /check constraint/);
    assert.deepEqual([await countOf('a'), await countOf('b'), await countOf('c')], [1, 1, 1]);
  });

  it('keep their order where each has to be tried by itself', async () => {
    const { add } = adder();
    const results = await Promise.all([
      ...Array.from({ length: 20 }, () => add({ id: 'a', by: 1 })),
      add({ id: 'b', by: 5_000 }).catch(() => 'refused'),
    ]);
    assert.deepEqual(results, [...Array.from({ length: 20 }, (_, n) => n + 1), 'refused']);
  });

  it('do not wait for a row that somebody else has locked; only who wants that row does', async () => {
    // One session has nobody to wait for.
    if (sql.isEmbedded()) return;
    const { add } = adder();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let locked = () => {};
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const other = sql.transaction(async () => {
      await sql.query("update boxes set count = 100 where id = 'a'");
      locked();
      await held;
    });
    await isLocked;
    const waiting = add({ id: 'a', by: 1 });
    assert.deepEqual(await Promise.all([add({ id: 'b', by: 1 }), add({ id: 'c', by: 1 })]), [1, 1]);
    release();
    await other;
    assert.equal(await waiting, 101);
  });

  it('join the transaction of who has one, and go with it', async () => {
    const { add } = adder();
    await assert.rejects(
      sql.transaction(async () => {
        assert.equal(await add({ id: 'a', by: 7 }), 7);
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    assert.equal(await countOf('a'), 0);
  });

  it('are broadcast when all of them have committed, and not again when something fails behind that', async () => {
    const heard: number[] = [];
    const add = module.grouped<Add, number>(
      ({ id }) => id,
      async (items) => {
        sql.afterCommit(() => {
          heard.push(items.length);
          throw new Error('a listener failed');
        });
        await sql.query('update boxes set count = count + 1 where id = any($1)', [items.map(({ id }) => id)]);
        return items.map(() => 0);
      },
    );
    const results = await Promise.allSettled([
      add({ id: 'a', by: 1 }),
      add({ id: 'b', by: 1 }),
      add({ id: 'c', by: 1 }),
    ]);
    assert.deepEqual(heard, [3]);
    assert.ok(results.every(({ status }) => status === 'rejected'));
    assert.deepEqual([await countOf('a'), await countOf('b'), await countOf('c')], [1, 1, 1]);
  });
});
