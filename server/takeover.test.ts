import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { person, tokenFor } from './testing/people.ts';
import { startTestServer, type TestServer } from './testing/server.ts';
import { needs } from './testing/services.ts';
import { connect, nextEvent } from './testing/sockets.ts';
import type { Committed } from './websocket/committed.ts';

/**
 * What is done by one node at a time, when that one dies or freezes. The other node is a connection of its own, which
 * holds what a node's transaction holds at that moment; two whole nodes are in nodes.test.ts, severalNodes.test.ts
 * and pusher.test.ts.
 */

const carl = person({ role: 'customer' });
/** Of housekeeping.ts. */
const CLEANING = 7_240_502;

const until = async (look: () => Promise<boolean>, what: string): Promise<void> => {
  const end = Date.now() + 60_000;
  while (!(await look())) {
    assert.ok(Date.now() < end, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('work that one node does for all', needs('postgres'), () => {
  let server: TestServer;
  let query: typeof import('./platform/database.ts').query;
  let transaction: typeof import('./platform/database.ts').transaction;
  before(async () => {
    server = await startTestServer({ env: { LOG_LEVEL: 'silent' } });
    ({ query, transaction } = await import('./platform/database.ts'));
  });
  after(() => server.stop());

  const addOldKey = async (key: string) => {
    await query(
      `insert into idempotency_keys (user_id, key, request_hash, created_at) values ('u', $1, 'h', now() - interval '2 days')`,
      [key],
    );
  };
  const isGone = async (key: string) =>
    (await query('select 1 from idempotency_keys where key = $1', [key])).length === 0;

  const writeNotification = async (): Promise<string> => {
    const id = randomUUID();
    await query(
      `with message as (
         insert into notification_messages (id, event, kind, priority, subject, content, created_by)
         values ($1, 'notification:new', 'info', 'normal', 'Left behind', 'x', 'Waybeat') returning id
       ) insert into notification_targets select id, $2 from message`,
      [id, carl.id],
    );
    return id;
  };

  const publishOne = async () => {
    const { publish } = await import('./websocket/publish.ts');
    return publish({ stream: `takeover:${randomUUID()}`, rooms: [], type: 'takeover:tested', payload: {} });
  };
  const isCollected = async () =>
    (
      await query(
        'select 1 from webhook_position w where (w.xid, w.id) >= (select e.xid, e.id from events e order by e.id desc limit 1)',
      )
    ).length > 0;

  it('is left alone while another does it, and taken over when that one is killed', async () => {
    const { removeOld } = await import('./operations/housekeeping.ts');
    const other = new pg.Client({ connectionString: server.database.env.DATABASE_URL });
    other.on('error', () => {});
    await other.connect();
    const { rows } = await other.query('select pg_backend_pid() as pid');
    await other.query('begin');
    await other.query('select pg_advisory_xact_lock($1)', [CLEANING]);
    await other.query('select 1 from webhook_position for update');
    await addOldKey('killed');
    await publishOne();
    const cleaned = removeOld(() => false);
    // It asks for the lock, does not get it, and lets go again: a round of it has passed.
    await removeOld(() => true);
    assert.equal(await isGone('killed'), false);
    assert.equal(await isCollected(), false);
    await query('select pg_terminate_backend($1)', [rows[0].pid]);
    await cleaned;
    assert.equal(await isGone('killed'), true);
    await until(isCollected, 'webhooks go on');
  });

  it('is taken over from one that froze in the middle; awake again that one changes nothing', async () => {
    const { removeOld } = await import('./operations/housekeeping.ts');
    let thaw = () => {};
    const frozen = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    let begun = () => {};
    const holds = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const asleep = transaction(async () => {
      await query('select pg_advisory_xact_lock($1)', [CLEANING]);
      await query('select 1 from webhook_position for update');
      await addOldKey('begun');
      begun();
      await frozen;
      await addOldKey('awake again');
    });
    await holds;
    await addOldKey('frozen');
    await publishOne();
    await removeOld(() => false);
    assert.equal(await isGone('frozen'), true);
    await until(isCollected, 'webhooks go on');
    thaw();
    await assert.rejects(asleep);
    for (const key of ['begun', 'awake again']) assert.equal(await isGone(key), true);
  });

  it('brings a notification that a node had written down when it died', async () => {
    const socket = await connect(server.url, tokenFor(carl));
    const heard = nextEvent(socket, 'notification:new', { milliseconds: 60_000 });
    const id = await writeNotification();
    assert.equal((await heard).id, id);
    socket.disconnect();
  });

  it('goes on with a mirror where a dead node left it, once its lease is over, and not before', async () => {
    const { startMirror } = await import('./websocket/outbox.ts');
    const name = `takeover-${randomUUID()}`;
    await query(
      `insert into mirrors (name, xid, id, holder, lease_until)
       values ($1, pg_snapshot_xmin(pg_current_snapshot()), 0, 'a dead node', clock_timestamp() + interval '3 s')`,
      [name],
    );
    await publishOne();
    const [lease] = await query<{ lease_until: Date }>('select lease_until from mirrors where name = $1', [name]);
    let told: (events: Committed[]) => void = () => {};
    const first = new Promise<Committed[]>((resolve) => {
      told = resolve;
    });
    const mirror = startMirror({ name, prefix: 'takeover:', deliver: async (events) => told(events) });
    const [event] = await first;
    assert.equal(event!.type, 'takeover:tested');
    const [now] = await query<{ later: boolean }>('select clock_timestamp() > $1 as later', [lease!.lease_until]);
    assert.equal(now!.later, true);
    await mirror.stop();
  });

  it('counts for a mirror what was removed by age before its service took it, and only that', async () => {
    const [{ publish }, { startMirror }, { removeOld }, { mirrorDropped }] = await Promise.all([
      import('./websocket/publish.ts'),
      import('./websocket/outbox.ts'),
      import('./operations/housekeeping.ts'),
      import('./platform/metrics.ts'),
    ]);
    const gone = () => Promise.reject(new Error('nobody is there'));
    const mirror = startMirror({ name: 'away', prefix: 'mirrored:', deliver: gone });
    const isClaimed = async () => (await query("select 1 from mirrors where name = 'away'")).length > 0;
    await until(isClaimed, 'the mirror knows where it begins');
    // The newest fifty of a stream stay whatever their age.
    for (let n = 0; n < 60; n += 1)
      for (const stream of ['mirrored:1', 'other:1'])
        await publish({ stream, rooms: [], type: 'takeover:tested', payload: {} });
    await query("update events set at = now() - interval '30 days'");
    await removeOld(() => false);
    const { values } = await mirrorDropped.get();
    assert.deepEqual(
      values.map(({ labels, value }) => [labels, value]),
      [[{ mirror: 'away', reason: 'too old' }, 10]],
    );
    await mirror.stop();
  });
});
