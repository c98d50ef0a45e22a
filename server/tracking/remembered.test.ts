import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { User } from '../contract/auth.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let sql: typeof import('../platform/database.ts');
let report: typeof import('./intake.ts').report;

const rider: User = { id: 'r1', username: 'Rosa', role: 'rider', companyId: 'c1', shopIds: [] };
const BEGUN = Date.now() - 3_600_000;
const at = (seconds: number) => new Date(BEGUN + seconds * 1000).toISOString();
const fix = (seconds: number) => ({ lat: 52.5 + seconds * 1e-5, long: 13.4, recordedAt: at(seconds) });
const tell = (awb: string, ...fixes: ReturnType<typeof fix>[]) => report({ user: rider, awb, deviceId: null, fixes });

let created = 0;
const create = async (): Promise<string> => {
  created += 1;
  const awb = `RE${10_000_000 + created}`;
  await sql.query(
    `insert into parcels (awb, company_id, rider_id, origin, destination)
     values ($1, 'c1', 'r1', '{"address": "A"}', '{"address": "B"}')`,
    [awb],
  );
  return awb;
};
/** A parcel whose last report this process has stored and remembers. */
const remembered = async (seconds = 0): Promise<string> => {
  const awb = await create();
  await tell(awb, fix(seconds));
  return awb;
};
const trailOf = async (awb: string): Promise<string[]> =>
  (await sql.query<{ recorded_at: Date }>('select recorded_at from parcel_fixes where awb = $1 order by 1', [awb])).map(
    ({ recorded_at }) => recorded_at.toISOString(),
  );

before(async () => {
  database = await createTestDatabase();
  Object.assign(process.env, database.env, { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '' });
  sql = await import('../platform/database.ts');
  await (await import('../platform/migrate.ts')).migrate();
  ({ report } = await import('./intake.ts'));
});
after(async () => {
  await sql.closeDatabase();
  await database.drop();
});

describe('a parcel that reported before', () => {
  const ask = pg.Client.prototype.query;
  let statements: string[];
  beforeEach(() => {
    statements = [];
    pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
      // What repeats is asked by a name that it was prepared under.
      const [asked] = parameters as [string | pg.QueryConfig];
      const statement = typeof asked === 'string' ? asked : asked.text;
      if (/parcel|^begin/.test(statement)) statements.push(statement);
      return ask.apply(this, parameters as never);
    } as typeof ask;
  });
  afterEach(() => {
    pg.Client.prototype.query = ask;
  });

  it('costs one statement, and its place and trail are those of many', async () => {
    const awb = await remembered();
    statements = [];
    const answer = await tell(awb, fix(1), fix(2));
    assert.equal(statements.length, 1, statements.join(';\n'));
    assert.deepEqual([answer.accepted, answer.duplicates, answer.location?.recordedAt], [2, 0, fix(2).recordedAt]);
    statements = [];
    await tell(awb, fix(3));
    assert.equal(statements.length, 1, statements.join(';\n'));
    assert.deepEqual(
      await trailOf(awb),
      [0, 1, 2, 3].map((seconds) => fix(seconds).recordedAt),
    );
    const [row] = await sql.query('select location, state from parcel_positions where awb = $1', [awb]);
    assert.deepEqual(row!.location, row!.state.good);
  });

  it('is read again when somebody else has moved it', async () => {
    const awb = await remembered();
    await sql.query(
      `update parcel_positions set location = location || $2, state = state || jsonb_build_object('newestAt', $3::text, 'good', location || $2)
       where awb = $1`,
      [awb, JSON.stringify({ recordedAt: at(60) }), at(60)],
    );
    const answer = await tell(awb, fix(1));
    assert.equal(answer.accepted, 1);
    assert.equal((await trailOf(awb)).length, 2, 'the late fix joins the trail once');
  });

  it('is read again when it was given to another rider, ended or was corrected meanwhile', async () => {
    const [given, ended] = [await remembered(), await remembered()];
    await sql.query(`update parcels set rider_id = 'r2' where awb = $1`, [given]);
    await sql.query(`update parcels set status = 'DELIVERED', status_changed_at = $2 where awb = $1`, [ended, at(0)]);
    await assert.rejects(tell(given, fix(1)), { code: 'NOT_FOUND' });
    await assert.rejects(tell(ended, fix(1)), { code: 'CONFLICT' });
    for (const awb of [given, ended]) assert.equal((await trailOf(awb)).length, 1);
  });

  it('is judged by what a transaction under way leaves behind', async () => {
    const awb = await remembered();
    let waiting: Promise<unknown> = Promise.resolve();
    await sql.transaction(async () => {
      statements = [];
      await sql.query('select 1 from parcels where awb = $1 for no key update', [awb]);
      waiting = tell(awb, fix(1)).catch((error) => error);
      // It waits for the lock, with a snapshot in which the parcel is still its rider's.
      for (let n = 0; n < 100 && statements.length < 2; n += 1) await sleep(20);
      await sql.query(`update parcels set rider_id = 'r2' where awb = $1`, [awb]);
    });
    assert.equal(((await waiting) as { code: string }).code, 'NOT_FOUND');
    assert.equal((await trailOf(awb)).length, 1);
  });

  it('shares a statement with others, and each report has its own outcome', async () => {
    const [one, two, stolen, unknown] = [await remembered(), await remembered(), await remembered(), await create()];
    await sql.query(`update parcels set rider_id = 'r2' where awb = $1`, [stolen]);
    const outcomes = await Promise.all(
      [
        tell(one, fix(1)),
        tell(stolen, fix(1)),
        tell(two, fix(1), fix(1)),
        tell(unknown, fix(1)),
        tell(one, fix(0)),
      ].map((answer) =>
        answer.then(
          ({ awb, accepted, duplicates }) => [awb, accepted, duplicates],
          ({ code }) => code,
        ),
      ),
    );
    assert.deepEqual(outcomes, [[one, 1, 0], 'NOT_FOUND', [two, 1, 1], [unknown, 1, 0], [one, 0, 1]]);
    for (const [awb, count] of [
      [one, 2],
      [two, 2],
      [stolen, 1],
      [unknown, 1],
    ] as const)
      assert.equal((await trailOf(awb)).length, count);
  });
});
