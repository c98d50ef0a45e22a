import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import type { Socket } from 'socket.io-client';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { freePort, startTestServer, type TestServer } from '../testing/server.ts';
import { needs } from '../testing/services.ts';
import { ask, connect, nextEvent } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const late = person({ role: 'operator', companyId: 'acme' });

/** Stands between the server and PostgreSQL, and fails on command. */
const createProxy = async (target: URL) => {
  const port = await freePort();
  const pairs = new Set<[TcpSocket, TcpSocket]>();
  let listener: Server;
  const listen = async () => {
    listener = createServer((near) => {
      const far = connectTcp(Number(target.port || 5432), target.hostname);
      const pair: [TcpSocket, TcpSocket] = [near, far];
      pairs.add(pair);
      for (const side of pair) {
        side.on('error', () => {});
        side.on('close', () => {
          pairs.delete(pair);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    }).listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  await listen();
  const each = (act: (side: TcpSocket) => void) => {
    for (const pair of pairs) for (const side of pair) act(side);
  };
  return {
    port,
    /** Every connection breaks, and no new one is accepted. */
    cut: () => {
      listener.close();
      each((side) => side.resetAndDestroy());
    },
    heal: listen,
    /** Nothing breaks and nothing moves: a network that swallows packets. */
    freeze: () => each((side) => side.unpipe().pause()),
    thaw: () => {
      for (const [near, far] of pairs) near.pipe(far).pipe(near);
    },
    close: () => {
      each((side) => side.destroy());
      listener.close();
    },
  };
};

describe('while PostgreSQL cannot be reached', needs('postgres'), () => {
  let database: TestDatabase;
  let proxy: Awaited<ReturnType<typeof createProxy>>;
  let server: TestServer;
  let call: ReturnType<typeof api>;
  let viewers: Socket[];
  let shipmentId: string;
  const heard: number[][] = [[], []];

  before(async () => {
    database = await createTestDatabase();
    const direct = new URL(database.env.DATABASE_URL);
    proxy = await createProxy(direct);
    const proxied = new URL(direct);
    proxied.hostname = '127.0.0.1';
    proxied.port = String(proxy.port);
    server = await startTestServer({ database, env: { DATABASE_URL: proxied.href } });
    call = api(server.url);
    shipmentId = (await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-1' })).body.id;
    viewers = await Promise.all([0, 1].map(() => connect(server.url, tokenFor(ana))));
    for (const [index, viewer] of viewers.entries()) {
      viewer.on('inspection:updated', ({ version }) => heard[index]!.push(version));
      await ask(viewer, 'join:shipment', { shipmentId });
    }
  });
  after(async () => {
    await server.stop();
    proxy.close();
    await database.drop();
  });

  const inspect = (notes: string) =>
    call(ana, 'PATCH', `/api/shipments/${shipmentId}/inspection`, { status: 'in_progress', notes });
  const health = async () => (await call(null, 'GET', '/health')).status;
  const until = async (what: string, holds: () => Promise<boolean> | boolean) => {
    const end = Date.now() + 15_000;
    while (!(await holds())) {
      assert.ok(Date.now() < end, `not within 15 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** Another node's doing, past the proxy. */
  const elsewhere = async (sql: string, parameters: unknown[] = []) => {
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query(sql, parameters);
    await client.end();
    return rows;
  };
  const writeElsewhere = () =>
    elsewhere(
      `with head as (update streams set version = version + 1 where name = $1 returning version)
       insert into events (stream, version, namespace, rooms, type, payload)
       select $1, version, '/', array[$1], 'inspection:updated', '{}' from head`,
      [`shipment:${shipmentId}`],
    );
  const head = async () =>
    Number((await elsewhere('select version from streams where name = $1', [`shipment:${shipmentId}`]))[0].version);
  /** Everything that was committed was heard by each viewer, once and in order. */
  const assertComplete = async () => {
    const last = await head();
    await until(`version ${last} heard`, () => heard.every((versions) => versions.at(-1) === last));
    const all = Array.from({ length: last }, (_, n) => n + 1);
    for (const versions of heard) assert.deepEqual(versions, all);
  };

  it('health says so, writes and sign-ins are refused in words, and nobody is disconnected', async () => {
    assert.equal((await inspect('before')).status, 200);
    const ids = viewers.map(({ id }) => id);
    proxy.cut();
    await until('unhealthy', async () => (await health()) === 503);
    const { body } = await call(null, 'GET', '/health');
    assert.equal(body.status, 'UNAVAILABLE');
    assert.equal(body.ready, false);
    assert.equal(body.checks.database, 'down');
    assert.equal((await call(null, 'GET', '/health/live')).status, 200);
    for (const answer of [
      await inspect('refused'),
      await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-2' }, { 'idempotency-key': 'k' }),
      await call(ana, 'GET', '/api/shipments'),
      await call(null, 'POST', '/api/auth/login', { username: 'a', password: 'b' }),
    ]) {
      assert.equal(answer.status, 503, JSON.stringify(answer.body));
      assert.equal(answer.body.code, 'UNAVAILABLE');
      assert.ok(answer.headers.get('retry-after'));
    }
    const refused = await ask<{ error: { code: string } }>(viewers[0]!, 'join:shipment', { shipmentId });
    assert.equal(refused.error.code, 'UNAVAILABLE');
    assert.equal((await ask(viewers[0]!, 'ping')).success, true);
    await assert.rejects(connect(server.url, tokenFor(late)), (error: Error & { data?: { code: string } }) => {
      assert.equal(error.data?.code, 'UNAVAILABLE');
      return true;
    });
    await writeElsewhere();
    await proxy.heal();
    await until('healthy', async () => (await health()) === 200);
    assert.equal((await inspect('after')).status, 200);
    assert.deepEqual(
      viewers.map(({ id }) => id),
      ids,
    );
    await assertComplete();
    (await connect(server.url, tokenFor(late))).disconnect();
  });

  it('a subscription that failed meanwhile holds nothing back afterwards', async () => {
    const event = nextEvent(viewers[0]!, 'inspection:updated');
    await inspect('heard by the one whose join failed');
    await event;
    assert.equal((await ask(viewers[0]!, 'join:shipment', { shipmentId })).success, true);
    await assertComplete();
  });

  it('five cuts in the middle of writes lose nothing and double nothing; what was acknowledged is there', async () => {
    let stop = false;
    const acknowledged: string[] = [];
    const refusals: number[] = [];
    const writing = [0, 1, 2].map(async (writer) => {
      for (let n = 0; !stop; n += 1) {
        const notes = `w${writer}-${n}`;
        const { status } = await inspect(notes);
        if (status === 200) acknowledged.push(notes);
        else refusals.push(status);
        if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    for (let round = 0; round < 5; round += 1) {
      const before = acknowledged.length;
      await until('writes go on', () => acknowledged.length > before + 10);
      proxy.cut();
      const refused = refusals.length;
      await until('writes are refused', () => refusals.length > refused);
      await writeElsewhere();
      await proxy.heal();
    }
    const before = acknowledged.length;
    await until('writes go on', () => acknowledged.length > before + 10);
    stop = true;
    await Promise.all(writing);
    assert.deepEqual([...new Set(refusals)], [503]);
    await assertComplete();
    const rows = await elsewhere(
      "select payload->'inspection'->>'notes' as notes from events where stream = $1 and type = 'inspection:updated'",
      [`shipment:${shipmentId}`],
    );
    const stored = new Set(rows.map(({ notes }) => notes));
    assert.deepEqual(
      acknowledged.filter((notes) => !stored.has(notes)),
      [],
    );
  });

  it('a database that swallows everything is noticed, and a write that waited goes on when it thaws', async () => {
    proxy.freeze();
    const waiting = inspect('through the ice');
    assert.equal(await health(), 503);
    assert.equal((await ask(viewers[0]!, 'ping')).success, true);
    proxy.thaw();
    assert.equal((await waiting).status, 200);
    await until('healthy', async () => (await health()) === 200);
    await assertComplete();
  });
});
