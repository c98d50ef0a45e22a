import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { needs } from '../testing/services.ts';
import type { Committed } from './committed.ts';

/** With room for two events, so that a gap that takes long to fill is seen to hold no more. */

describe('a stream whose earlier events are being fetched', needs('postgres'), () => {
  let database: TestDatabase;
  let sql: typeof import('../platform/database.ts');
  let dispatcher: typeof import('./dispatcher.ts');
  let metrics: typeof import('../platform/metrics.ts');
  let stopTail: () => Promise<void>;
  const delivered: number[] = [];

  before(async () => {
    database = await createTestDatabase();
    const env = { NODE_ENV: 'test', LOG_LEVEL: 'fatal', REDIS_URL: '', DISPATCH_MAX_WAITING: '2' };
    Object.assign(process.env, database.env, env);
    const { migrate } = await import('../platform/migrate.ts');
    await migrate();
    sql = await import('../platform/database.ts');
    dispatcher = await import('./dispatcher.ts');
    metrics = await import('../platform/metrics.ts');
  });
  after(async () => {
    await stopTail?.();
    await sql.closeDatabase();
    await database.drop();
  });

  it('keeps as many later ones as it may, and has all of them in order from the database', async () => {
    const reached = new EventTarget();
    dispatcher.startDelivering({
      deliver: ({ version }) => {
        delivered.push(version!);
        reached.dispatchEvent(new Event(String(version)));
      },
      headMoved: () => {},
    });
    stopTail = await dispatcher.startTail();
    const { COLUMNS } = await import('./committed.ts');
    const last = once(reached as never, '8');
    // Locked until the end of this transaction: whoever fetches from the table waits.
    await sql.transaction(async () => {
      const events = await sql.query<Committed>(
        `insert into events (stream, version, namespace, rooms, type, payload)
         select 'order:1', n, '/', '{}', 'moved', '{}' from generate_series(1, 8) n returning ${COLUMNS}`,
      );
      await sql.query('lock table events in access exclusive mode');
      sql.outsideTransaction(() => {
        for (const version of [1, 3, 4, 5, 6, 7, 8]) dispatcher.accept(events[version - 1]!);
      });
      assert.deepEqual(delivered, [1]);
    });
    await last;
    assert.deepEqual(delivered, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal((await metrics.eventsPutOff.get()).values[0]?.value, 3);
  });

  it('comes while somebody else’s transaction runs on and on, once, and what that one brings comes after', async () => {
    const heard: string[] = [];
    const reached = new EventTarget();
    dispatcher.startDelivering({
      deliver: ({ stream, version, type }) => {
        heard.push(`${stream ?? type} ${version ?? ''}`.trim());
        reached.dispatchEvent(new Event(heard.at(-1)!));
      },
      headMoved: () => {},
    });
    const heardOf = (name: string) => once(reached as never, name, { signal: AbortSignal.timeout(30_000) });
    // As another node writes, of which this one hears through the table alone.
    const write = (client: pg.Client, stream: string | null, version: number | null, type = 'moved') =>
      client.query(
        `insert into events (stream, version, namespace, rooms, type, payload) values ($1, $2, '/', '{}', $3, '{}')`,
        [stream, version, type],
      );
    const [slow, quick] = [1, 2].map(() => new pg.Client({ connectionString: database.env.DATABASE_URL }));
    await Promise.all([slow!.connect(), quick!.connect()]);
    await slow!.query('begin');
    await write(slow!, 'order:slow', 1);
    const all = ['order:quick 1', 'order:quick 2', 'a notice'].map((name) => heardOf(name));
    await write(quick!, 'order:quick', 1);
    await write(quick!, 'order:quick', 2);
    await write(quick!, null, null, 'a notice');
    await Promise.all(all);
    // More than is read at a time, and then one that comes behind all of them.
    const many = heardOf('order:many 1200');
    await quick!.query(
      `insert into events (stream, version, namespace, rooms, type, payload)
       select 'order:many', n, '/', '{}', 'moved', '{}' from generate_series(1, 1200) n`,
    );
    await many;
    const behind = heardOf('order:many 1201');
    await write(quick!, 'order:many', 1201);
    await behind;
    const late = heardOf('order:slow 1');
    await slow!.query('commit');
    await late;
    const after = heardOf('order:quick 3');
    await write(quick!, 'order:quick', 3);
    await after;
    const isOfMany = (name: string) => name.startsWith('order:many');
    assert.deepEqual(
      heard.filter(isOfMany),
      Array.from({ length: 1201 }, (_, n) => `order:many ${n + 1}`),
    );
    assert.deepEqual(
      heard.filter((name) => !isOfMany(name)),
      ['order:quick 1', 'order:quick 2', 'a notice', 'order:slow 1', 'order:quick 3'],
    );
    await Promise.all([slow!.end(), quick!.end()]);
  });

  it('brings from the table, whole and once, what was not delivered from memory already', async () => {
    const heard: Pick<Committed, 'stream' | 'version' | 'rooms' | 'payload' | 'at'>[] = [];
    const reached = new EventTarget();
    dispatcher.startDelivering({
      deliver: ({ stream, version, rooms, payload, at, type }) => {
        heard.push({ stream, version, rooms, payload, at });
        reached.dispatchEvent(new Event(`${type} ${version ?? ''}`.trim()));
      },
      headMoved: () => {},
    });
    const { COLUMNS } = await import('./committed.ts');
    const last = once(reached as never, 'end', { signal: AbortSignal.timeout(30_000) });
    const written = await sql.query<Committed>(
      `insert into events (stream, version, namespace, rooms, type, payload)
       select case when n < 5 then 'order:mixed' end, case when n < 5 then n end, '/', array['room ' || n], 'moved', jsonb_build_object('n', n)
       from generate_series(1, 6) n returning ${COLUMNS}`,
    );
    // Of four events two, and of two notices one.
    for (const n of [1, 2, 5]) dispatcher.accept(written[n - 1]!);
    await sql.query(`insert into events (namespace, rooms, type, payload) values ('/', '{}', 'end', '{}')`);
    await last;
    const parts = ({ stream, version, rooms, payload, at }: Committed) => ({ stream, version, rooms, payload, at });
    assert.deepEqual(
      heard.slice(0, -1),
      [1, 2, 5, 3, 4, 6].map((n) => parts(written[n - 1]!)),
    );
  });
});
