import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import type { Trace } from './contract/operations.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { api } from './testing/http.ts';
import { type Person, person, tokenFor } from './testing/people.ts';
import { type Spawned, spawnServer } from './testing/server.ts';
import { needs, serviceUrl } from './testing/services.ts';
import { ask, closeSockets, connect, nextEvent } from './testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const ben = person({ role: 'operator', companyId: 'acme' });
const admin = person({ role: 'admin', companyId: 'acme' });

/** Generous: what is awaited takes a second or ten, on a machine that others share. */
const PATIENCE_MS = 45_000;

const until = async <Value>(read: () => Promise<Value>, accept: (value: Value) => boolean): Promise<Value> => {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    assert.ok(Date.now() < end, `not in time: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('two nodes are one to those who connect', needs('postgres', 'redis'), () => {
  let database: TestDatabase;
  let one: Spawned;
  let other: Spawned;
  before(async () => {
    database = await createTestDatabase();
    const env = {
      REDIS_URL: serviceUrl('redis'),
      REDIS_PREFIX: `nodes-${randomUUID()}:`,
      WS_MAX_CONNECTIONS_PER_USER: '4',
      LOGIN_RATE_LIMIT: '3',
      TRUST_PROXY: '1',
      SEAT_HOLD_SECONDS: '2',
    };
    // One after the other: both at once have too little of a busy machine to be ready in time.
    one = await spawnServer({ database, env });
    other = await spawnServer({ database, env });
  });
  after(async () => {
    closeSockets();
    // A frozen process takes no other signal.
    for (const node of [one, other]) node?.process.kill('SIGCONT');
    await Promise.all([one, other].map((node) => node?.kill()));
    await database?.drop();
  });

  const shipment = async (poNumber: string): Promise<string> =>
    (await api(one.url)(ana, 'POST', '/api/shipments', { poNumber })).body.id;

  it('who looks at a thing is seen from the other, at coming and at going', async () => {
    const shipmentId = await shipment('PO-presence');
    const here = await connect(one.url, tokenFor(ana));
    await ask(here, 'join:shipment', { shipmentId });
    const there = await connect(other.url, tokenFor(ben));
    const came = nextEvent(here, 'user:viewing', { milliseconds: PATIENCE_MS });
    await ask(there, 'join:shipment', { shipmentId });
    const { userId, viewersCount } = await came;
    assert.deepEqual([userId, viewersCount], [ben.id, 2]);
    for (const node of [one, other]) {
      const { body } = await api(node.url)(ana, 'GET', `/api/shipments/${shipmentId}/viewers`);
      assert.deepEqual(body.items.map(({ userId }: { userId: string }) => userId).sort(), [ana.id, ben.id].sort());
    }
    const left = nextEvent(there, 'user:disconnected', { milliseconds: PATIENCE_MS });
    here.disconnect();
    assert.equal((await left).userId, ana.id);
    there.disconnect();
  });

  it('who is connected is known on both', async () => {
    const socket = await connect(one.url, tokenFor(ana));
    const isThere = async () => (await api(other.url)(ben, 'GET', `/user-status/${ana.id}`)).body.data.isConnected;
    await until(isThere, (connected) => connected);
    socket.disconnect();
    await until(isThere, (connected) => !connected);
  });

  it('who types is seen from the other, until they stop', async () => {
    const [here, there] = await Promise.all([connect(one.url, tokenFor(ana)), connect(other.url, tokenFor(ben))]);
    for (const socket of [here, there]) await ask(socket, 'join_room', 'dock');
    for (const isTyping of [true, false]) {
      const heard = nextEvent(there, 'typing', {
        matches: (event: { isTyping: boolean }) => event.isTyping === isTyping,
        milliseconds: PATIENCE_MS,
      });
      await ask(here, 'typing', { roomId: 'dock', isTyping });
      assert.equal(((await heard) as unknown as { userId: string }).userId, ana.id);
    }
    here.disconnect();
    there.disconnect();
  });

  it('one user may have so many connections over both', async () => {
    const crowd = person({ role: 'operator', companyId: 'acme' });
    const mine = await Promise.all(Array.from({ length: 4 }, () => connect(one.url, tokenFor(crowd))));
    const knock = (): Promise<string | null> =>
      connect(other.url, tokenFor(crowd)).then(
        (socket) => {
          socket.disconnect();
          return null;
        },
        (error: Error) => error.message,
      );
    assert.equal(await until(knock, (refusal) => refusal !== null), 'Server is full');
    (await connect(other.url, tokenFor(ben))).disconnect();
    mine[0]!.disconnect();
    mine[1]!.disconnect();
    await until(knock, (refusal) => refusal === null);
    for (const socket of mine) socket.disconnect();
  });

  it('those who try passwords are limited over both', async () => {
    const username = `nobody-${randomUUID()}`;
    const from = { 'x-forwarded-for': `203.0.113.${1 + Math.floor(Math.random() * 250)}, 198.51.100.${randomUUID()}` };
    const attempt = async (node: Spawned) =>
      (await api(node.url)(null, 'POST', '/api/auth/login', { username, password: 'wrong' }, from)).status;
    const statuses: number[] = [];
    for (const node of [one, other, one, other, one]) statuses.push(await attempt(node));
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
  });

  it('who is deactivated is cut off on both, the others are not', async () => {
    const gone = person({ role: 'operator', companyId: 'acme' });
    const sockets = await Promise.all([one, other].map((node) => connect(node.url, tokenFor(gone))));
    const stays = await connect(other.url, tokenFor(ben));
    const cut = Promise.all(sockets.map((socket) => once(socket as never, 'disconnect')));
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    await client.query('update users set active = false, changed_at = clock_timestamp() where id = $1', [gone.id]);
    await client.end();
    await cut;
    for (const node of [one, other])
      await assert.rejects(connect(node.url, tokenFor(gone)), /Invalid or expired token/);
    assert.equal(stays.connected, true);
    stays.disconnect();
  });

  const traced = async (node: Spawned, stream: string, who: Person): Promise<Trace> =>
    (await api(node.url)(admin, 'GET', `/api/admin/trace?stream=${stream}&user=${who.id}`)).body;

  it('either tells why somebody on the other did or did not see a change', async () => {
    const id = await shipment('PO-trace');
    const there = await connect(other.url, tokenFor(ben));
    const heard = nextEvent(there, 'inspection:updated', { milliseconds: PATIENCE_MS });
    await api(one.url)(ana, 'PATCH', `/api/shipments/${id}/inspection`, { status: 'in_progress' });
    await heard;
    const { events, nodes, connections } = await traced(one, `shipment:${id}`, ben);
    assert.equal(events[0]!.outcome, 'sent');
    assert.notEqual(events[0]!.way, 'here');
    assert.equal(events[0]!.node, connections.find(({ endedAt }) => endedAt === null)!.node);
    assert.deepEqual(
      nodes.map(({ answered }) => answered),
      [true, true],
    );
    there.disconnect();
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    // Removed a moment after the answer.
    const left = async () =>
      (await client.query("select count(*)::int as count from events where namespace = '#nodes'")).rows[0].count;
    await until(left, (count) => count === 0);
    await client.end();
  });

  it('while one is frozen the other ends holds and says who does not answer; awake again, it repeats nothing', async () => {
    const route = (
      await api(one.url)(admin, 'POST', '/api/routes', {
        origin: 'Lyon',
        destination: 'Turin',
        departsAt: '2099-01-01',
        seatCount: 4,
        price: { amount: 100, currency: 'EUR' },
      })
    ).body.id;
    const watcher = await connect(other.url, tokenFor(ben), { namespace: '/seats' });
    await ask(watcher, 'subscribe_route', { routeId: route });
    const free = nextEvent(watcher, 'seat_update', {
      matches: ({ status }: { status: string }) => status === 'available',
      milliseconds: PATIENCE_MS,
    });
    const reserved = await api(one.url)(ana, 'POST', '/api/tickets', {
      routeId: route,
      seatNumber: '1',
      passengerName: 'Ada',
    });
    assert.equal(reserved.status, 201);
    one.process.kill('SIGSTOP');
    await free;
    const { nodes } = await traced(other, `route:${route}`, ben);
    assert.deepEqual(nodes.map(({ answered }) => answered).sort(), [false, true]);
    one.process.kill('SIGCONT');
    const { body } = await api(one.url)(admin, 'GET', `/api/routes/${route}/events`);
    assert.deepEqual(
      body.items.map(({ eventType }: { eventType: string }) => eventType),
      ['SEAT_RESERVED', 'SEAT_CANCELLED', 'SEAT_AVAILABLE'],
    );
    watcher.disconnect();
  });
});
