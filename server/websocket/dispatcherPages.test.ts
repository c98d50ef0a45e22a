import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { needs } from '../testing/services.ts';
import type { Committed } from './committed.ts';

describe('the tail of the events table', needs('postgres'), () => {
  let database: TestDatabase;
  let sql: typeof import('../platform/database.ts');
  let dispatcher: typeof import('./dispatcher.ts');
  let other: pg.Client;
  let stopTail: () => Promise<void>;
  const reached = new EventTarget();
  const heard: string[] = [];
  const heads = new Map<string, number>();
  let onDelivery: (type: string) => void = () => {};

  before(async () => {
    database = await createTestDatabase();
    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'fatal',
      REDIS_URL: '',
      DATABASE_POOL_SIZE: '2',
      DISPATCH_MAX_WAITING: '1',
    };
    Object.assign(process.env, database.env, env);
    const { migrate } = await import('../platform/migrate.ts');
    await migrate();
    sql = await import('../platform/database.ts');
    dispatcher = await import('./dispatcher.ts');
    const { onCommitted } = await import('./publish.ts');
    onCommitted(dispatcher.accept);
    dispatcher.startDelivering({
      deliver: ({ type }) => {
        heard.push(type);
        onDelivery(type);
        reached.dispatchEvent(new Event(type));
      },
      headMoved: (stream, version) => {
        heads.set(stream, version);
        reached.dispatchEvent(new Event(`head of ${stream}: ${version}`));
      },
    });
    stopTail = await dispatcher.startTail();
    other = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await other.connect();
  });
  after(async () => {
    await stopTail?.();
    await other?.end();
    await sql.closeDatabase();
    await database.drop();
  });

  const heardOf = (name: string) => once(reached as never, name, { signal: AbortSignal.timeout(30_000) });
  const notices = (client: pg.Client, type: string, count = 1) =>
    client.query(
      `insert into events (namespace, rooms, type, payload) select '/', '{}', $1, '{}' from generate_series(1, $2)`,
      [type, count],
    );

  it('misses nothing that commits before a page while that page waits to be read', async () => {
    await other.query('begin');
    await notices(other, 'late');
    // Of a later transaction, so they stand behind it; and more than a page.
    const third = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await third.connect();
    // One connection is left: what a delivery asks for is answered before the next page is asked for.
    let letGo = () => {};
    const held = sql
      .transaction(
        () =>
          new Promise<void>((resolve) => {
            letGo = resolve;
          }),
      )
      // The database ends one that waits for too long, on a machine that has no time.
      .catch(() => {});
    let committed: Promise<unknown> | undefined;
    onDelivery = () => {
      committed ??= Promise.all([
        other.query('commit'),
        // Answers once that is seen, and keeps the connection until then.
        sql.query(`do $$ begin
          while not exists (select from events where type = 'late') loop perform pg_sleep(0.01); end loop;
        end $$`),
      ]);
    };
    const all = [heardOf('late'), heardOf('last')];
    await third.query('begin');
    await notices(third, 'many', 1_500);
    await notices(third, 'last');
    await third.query('commit');
    await third.end();
    await Promise.all(all);
    await committed;
    letGo();
    await held;
    onDelivery = () => {};
    assert.equal(heard.filter((type) => type === 'late').length, 1);
    assert.equal(heard.filter((type) => type === 'many').length, 1_500);
  });

  it('passes over what was handed on from memory, tells its heads, and reads what others wrote between', async () => {
    const { publish, publishNotice } = await import('./publish.ts');
    heard.length = 0;
    const head = heardOf('head of order:own: 2');
    const foreign = heardOf('of another node');
    await sql.transaction(async () => {
      await publish({ stream: 'order:own', rooms: [], type: 'own 1', payload: {} });
      await publishNotice({ rooms: [], type: 'own notice', payload: {} });
    });
    await notices(other, 'of another node');
    await publish({ stream: 'order:own', rooms: [], type: 'own 2', payload: {} });
    await Promise.all([head, foreign]);
    const end = heardOf('behind all');
    await notices(other, 'behind all');
    await end;
    assert.deepEqual([...heard].sort(), ['behind all', 'of another node', 'own 1', 'own 2', 'own notice']);
  });

  it('reads after all what was committed here and had to be put off', async () => {
    const { COLUMNS } = await import('./committed.ts');
    heard.length = 0;
    const all = [1, 2, 3, 4, 5].map((version) => heardOf(`gap ${version}`));
    const events = await sql.transaction(() =>
      sql.query<Committed>(
        `insert into events (stream, version, namespace, rooms, type, payload)
         select 'order:gap', n, '/', '{}', 'gap ' || n, '{}' from generate_series(1, 5) n returning ${COLUMNS}`,
      ),
    );
    // The third has those before it fetched, the fourth waits for that, and for the fifth there is no room.
    for (const event of events.slice(2)) dispatcher.accept(event);
    await Promise.all(all);
    assert.deepEqual(heard, ['gap 1', 'gap 2', 'gap 3', 'gap 4', 'gap 5']);
  });
});
