import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { io, type Socket } from 'socket.io-client';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { needs, serviceUrl } from '../testing/services.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

/** How people come to `/tracking`: by which transport, from which origin, with or without a token; and what Redis adds. */

const PREFIX = `waybeat-test-${randomBytes(4).toString('hex')}:`;
const OURS = 'https://parcels.example.org';
const FOREIGN = 'https://elsewhere.example.net';
const operator = person({ role: 'operator', companyId: 'c1' });
const recipient = person({ role: 'customer' });
const rider = person({ role: 'rider', companyId: 'c1' });
const place = { address: 'Hafenstraße 1', lat: 52.5, long: 13.4 };

describe('/tracking with Redis and open to guests', needs('redis'), () => {
  let server: TestServer;
  let call: ReturnType<typeof api>;
  let redis: Redis;
  const reconnecting: Socket[] = [];

  before(async () => {
    const REDIS_URL = serviceUrl('redis');
    server = await startTestServer({
      env: { REDIS_URL, REDIS_PREFIX: PREFIX, NAMESPACES_PUBLIC: '/tracking', FRONTEND_URL: OURS },
    });
    call = api(server.url);
    redis = new Redis(REDIS_URL);
  });
  after(async () => {
    for (const socket of reconnecting) socket.disconnect();
    await server.stop();
    const keys = await redis.keys(`${PREFIX}*`);
    if (keys.length > 0) await redis.del(keys);
    await redis.quit();
  });

  const create = async (): Promise<{ awb: string; version: number }> => {
    const body = { origin: place, destination: place, recipientId: recipient.id, riderId: rider.id };
    const answer = await call(operator, 'POST', '/api/tracking', body);
    assert.equal(answer.status, 201);
    return answer.body;
  };
  const step = (awb: string, status: string) => call(operator, 'POST', `/api/tracking/${awb}/status`, { status });
  const join = (who: typeof operator | undefined, options = {}) =>
    connect(server.url, who && tokenFor(who), { namespace: '/tracking', ...options });
  const versionsOf = (heard: ReturnType<typeof record>) =>
    heard.filter(({ name }) => name === 'status-update').map(({ event }) => event.version as number);

  for (const transport of ['polling', 'websocket'] as const)
    it(`serves subscribing, events, reports and errors over ${transport} alone`, async () => {
      const { awb, version } = await create();
      const only = { transports: [transport], upgrade: false };
      const [watcher, carrier] = await Promise.all([join(recipient, only), join(rider, only)]);
      assert.equal(watcher.io.engine.transport.name, transport);
      const joined = await ask(watcher, 'subscribe-tracking', { awb });
      assert.deepEqual([joined.success, joined.awb, joined.version], [true, awb, version]);
      const told = [nextEvent(watcher, 'location-update'), nextEvent(watcher, 'status-update')];
      const { success } = await ask(carrier, 'report-location', { awb, location: { lat: 52.51, long: 13.4 } });
      assert.equal(success, true);
      await step(awb, 'PICKED_UP');
      for (const event of await Promise.all(told)) assert.equal(event.awb, awb);
      const failed = nextEvent(watcher, 'error');
      const refused = await ask(watcher, 'report-location', { awb, location: { lat: 1, long: 1 } });
      assert.equal((refused.error as { code: string }).code, 'FORBIDDEN');
      assert.equal((await failed).event, 'report-location');
      assert.deepEqual(await ask(watcher, 'unsubscribe-tracking', { awb }), { success: true, awb });
    });

  it('loses and repeats nothing while a client upgrades from polling to websocket', async () => {
    const { awb, version } = await create();
    const socket = await join(operator, { transports: ['polling', 'websocket'] });
    const heard = record(socket);
    const upgraded =
      socket.io.engine.transport.name === 'websocket'
        ? Promise.resolve()
        : new Promise((resolve) => socket.io.engine.once('upgrade', resolve));
    await ask(socket, 'subscribe-tracking', { awb });
    const steps = ['PICKED_UP', 'IN_TRANSIT', 'AT_HUB', 'IN_TRANSIT', 'AT_HUB', 'OUT_FOR_DELIVERY'];
    for (const status of steps) await step(awb, status);
    await upgraded;
    assert.equal(socket.io.engine.transport.name, 'websocket');
    await step(awb, 'DELIVERED');
    await settled(socket);
    assert.deepEqual(
      versionsOf(heard),
      [...steps, 'DELIVERED'].map((_, n) => version + 1 + n),
    );
  });

  it('gives each of several clients an id of its own, and counts those that follow until they are gone', async () => {
    const { awb } = await create();
    const clients = await Promise.all([join(operator), join(recipient), join(undefined)]);
    assert.equal(new Set(clients.map(({ id }) => id)).size, 3);
    for (const client of clients) await ask(client, 'subscribe-tracking', { awb });
    const followers = async (): Promise<number> =>
      (await call(operator, 'GET', '/api/tracking/subscriptions')).body.items.find(
        (item: { awb: string }) => item.awb === awb,
      )?.subscribers ?? 0;
    const becomes = async (count: number) => {
      for (const until = Date.now() + 20_000; (await followers()) !== count; )
        if (Date.now() > until) assert.fail(`${await followers()} follow, not ${count}`);
    };
    await becomes(3);
    for (const client of clients) client.disconnect();
    await becomes(0);
  });

  it('lets in browsers of its own origin, and none of another, on either transport', async () => {
    const poll = (origin: string) => fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
    const welcome = await poll(OURS);
    assert.equal(welcome.status, 200);
    assert.equal(welcome.headers.get('access-control-allow-origin'), OURS);
    const refused = await poll(FOREIGN);
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get('access-control-allow-origin'), null);
    await join(operator, { extraHeaders: { origin: OURS } });
    await assert.rejects(join(operator, { extraHeaders: { origin: FOREIGN } }));
    const preflight = await fetch(`${server.url}/api/tracking`, {
      method: 'OPTIONS',
      headers: {
        origin: OURS,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), OURS);
    const foreign = await fetch(`${server.url}/api/tracking`, { headers: { origin: FOREIGN } });
    assert.equal(foreign.status, 403);
  });

  it('brings a client that lost its connection up to date by resuming, and then goes on live', async () => {
    const { awb, version } = await create();
    const socket = io(`${server.url}/tracking`, {
      auth: { token: tokenFor(recipient) },
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 10,
    });
    reconnecting.push(socket);
    await nextEvent(socket, 'connected');
    await ask(socket, 'subscribe-tracking', { awb });
    const before = socket.id;
    const gone = new Promise((resolve) => socket.once('disconnect', resolve));
    const back = nextEvent(socket, 'connected', { milliseconds: 20_000 });
    socket.io.engine.close();
    await gone;
    await step(awb, 'PICKED_UP');
    await step(awb, 'OUT_FOR_DELIVERY');
    // A client that the transport's close did not bring back is told to come.
    if (!socket.active) socket.connect();
    await back;
    assert.notEqual(socket.id, before);
    const { streams } = await ask<{
      success: boolean;
      streams: Record<string, { version: number; missed: { status: string }[] }>;
    }>(socket, 'resume', { streams: { [`tracking:${awb}`]: version } });
    const resumed = streams[`tracking:${awb}`]!;
    assert.equal(resumed.version, version + 2);
    assert.deepEqual(
      resumed.missed.map(({ status }) => status),
      ['PICKED_UP', 'OUT_FOR_DELIVERY'],
    );
    const live = nextEvent(socket, 'status-update');
    await step(awb, 'DELIVERED');
    assert.equal((await live).version, version + 3);
  });

  it('shows a guest without a token the public view of an AWB they know, and lets them change and list nothing', async () => {
    const { awb } = await create();
    await call(rider, 'POST', `/api/tracking/${awb}/location`, { lat: 52.512345, long: 13.412345 });
    const guest = await join(undefined);
    const joined = await ask<{ success: boolean; snapshot: Record<string, unknown> }>(guest, 'subscribe-tracking', {
      awb,
    });
    assert.equal(joined.success, true);
    const { riderId, recipientId, companyId, location } = joined.snapshot as Record<
      string,
      { lat: number } | undefined
    >;
    assert.deepEqual([riderId, recipientId, companyId], [undefined, undefined, undefined]);
    assert.equal(location!.lat, 52.512);
    const read = await call(null, 'GET', `/api/tracking/${awb}`);
    assert.equal(read.status, 200);
    assert.equal(read.body.riderId, undefined);
    assert.equal((await call(null, 'GET', '/api/tracking')).status, 403);
    assert.equal((await call(null, 'GET', `/api/tracking/${awb}/trail`)).status, 403);
    assert.equal((await call(null, 'POST', `/api/tracking/${awb}/status`, { status: 'DELIVERED' })).status, 401);
    const fleet = await ask(guest, 'subscribe-fleet', {});
    assert.equal((fleet.error as { code: string }).code, 'FORBIDDEN');
    const report = await ask(guest, 'report-location', { awb, location: { lat: 1, long: 1 } });
    assert.equal(report.success, false);
    const told = nextEvent(guest, 'status-update');
    await step(awb, 'PICKED_UP');
    assert.equal((await told).by, undefined);
  });

  it('keeps what was read for two minutes in Redis, answers from there, and forgets it with a write', async () => {
    const { awb } = await create();
    const key = `${PREFIX}parcel:${awb}`;
    const read = async () => (await call(operator, 'GET', `/api/tracking/${awb}`)).body;
    await read();
    // It is stored behind the answer.
    let kept = await redis.get(key);
    for (const until = Date.now() + 5_000; kept === null && Date.now() < until; ) kept = await redis.get(key);
    const seconds = await redis.ttl(key);
    assert.ok(seconds > 0 && seconds <= 120, `${seconds} s`);
    await redis.set(key, JSON.stringify({ ...JSON.parse(kept!), description: 'as it stands in Redis' }), 'KEEPTTL');
    assert.equal((await read()).description, 'as it stands in Redis');
    await step(awb, 'IN_TRANSIT');
    const fresh = await read();
    assert.equal(fresh.status, 'IN_TRANSIT');
    assert.notEqual(fresh.description, 'as it stands in Redis');
  });

  it('tells other services of durable events on the channel waybeat:events, in order', async () => {
    const { awb, version } = await create();
    const listener = new Redis(serviceUrl('redis'));
    await listener.subscribe('waybeat:events');
    const heard: Record<string, unknown>[] = [];
    const delivered = new Promise<void>((resolve) => {
      listener.on('message', (_channel, text) => {
        const event = JSON.parse(text);
        // Others on this machine may publish there, too.
        if (event.awb !== awb || event.version <= version) return;
        heard.push(event);
        if (event.status === 'DELIVERED') resolve();
      });
    });
    await step(awb, 'PICKED_UP');
    await step(awb, 'DELIVERED');
    await delivered;
    await listener.quit();
    assert.deepEqual(
      heard.map(({ stream, namespace, type, version, status }) => [stream, namespace, type, version, status]),
      [
        [`tracking:${awb}`, '/tracking', 'status-update', version + 1, 'PICKED_UP'],
        [`tracking:${awb}`, '/tracking', 'status-update', version + 2, 'DELIVERED'],
      ],
    );
  });
});
