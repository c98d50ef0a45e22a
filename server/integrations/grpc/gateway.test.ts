import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { api } from '../../testing/http.ts';
import { person, tokenFor } from '../../testing/people.ts';
import { closeRaw, openRaw } from '../../testing/rawSockets.ts';
import { freePort, type Spawned, spawnServer, startTestServer, type TestServer } from '../../testing/server.ts';
import { ask, connect } from '../../testing/sockets.ts';
import { createCircuit } from './circuit.ts';

const vera = person({ role: 'vendor', companyId: 'acme' });
const viktor = person({ role: 'vendor', companyId: 'rival' });
const carl = person({ role: 'customer' });

/** The service in which vendors live, and the gateway in front of it with a database of its own. */
let home: TestDatabase;
let service: Spawned;
let gateway: TestServer;
let there: ReturnType<typeof api>;
let here: ReturnType<typeof api>;
let port: number;
let grpcPort: number;

const startService = async () => {
  service = await spawnServer({
    database: home,
    port,
    // The gateway's own settings stand in this process's environment.
    env: { GRPC_PORT: String(grpcPort), VENDOR_SERVICE_URL: '', LOCATION_SERVICE_URL: '' },
  });
  there = api(service.url);
};

before(async () => {
  home = await createTestDatabase();
  [port, grpcPort] = [await freePort(), await freePort()];
  await startService();
  gateway = await startTestServer({
    env: { VENDOR_SERVICE_URL: `127.0.0.1:${grpcPort}`, LOCATION_SERVICE_URL: `127.0.0.1:${grpcPort}` },
  });
  here = api(gateway.url);
});
after(async () => {
  closeRaw();
  await gateway.stop();
  await service.kill();
  await home.drop();
});

const create = async (fields: object = {}) =>
  (await there(vera, 'POST', '/api/vendors', { name: 'Cart', category: 'food', ...fields })).body.id as string;

describe('a gateway to vendors that live elsewhere', () => {
  it('reads them there, and forwards what is changed to there', async () => {
    const id = await create();
    const read = await here(carl, 'GET', `/api/vendors/${id}`);
    assert.equal(read.status, 200, JSON.stringify(read.body));
    assert.deepEqual([read.body.name, read.body.category, read.body.location], ['Cart', 'food', null]);
    const door = await openRaw(gateway.url, '/ws/vendor', tokenFor(carl));
    door.send('subscribe_vendor', { vendorId: id });
    assert.equal((await door.next('subscribed')).data.snapshot.name, 'Cart');
    const changed = await here(vera, 'PATCH', `/api/vendors/${id}`, { isOpen: true, category: null });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.equal((await there(carl, 'GET', `/api/vendors/${id}`)).body.isOpen, true);
    assert.equal((await there(carl, 'GET', `/api/vendors/${id}`)).body.category, null);
    const event = (await door.next('vendor_updated')).data;
    assert.deepEqual([event.version, event.vendor.isOpen, event.vendor.category], [1, true, null]);
  });

  it('forwards positions, and tells its own followers and maps', async () => {
    const id = await create();
    const door = await openRaw(gateway.url, '/ws/location', tokenFor(carl));
    door.send('subscribe_location', { vendorId: id });
    assert.equal((await door.next('subscribed')).data.location, null);
    const vendor = await connect(gateway.url, tokenFor(vera), { namespace: '/location' });
    const ack = await ask(vendor, 'update_location', { vendorId: id, location: { lat: 33, long: 44 } });
    assert.equal(ack.success, true, JSON.stringify(ack));
    assert.deepEqual((await door.next('location_updated')).data.location, { lat: 33, long: 44 });
    assert.deepEqual((await there(carl, 'GET', `/api/vendors/${id}`)).body.location, { lat: 33, long: 44 });
    const near = await here(carl, 'GET', '/api/vendors/nearby?lat=33&long=44&radius=100');
    assert.deepEqual(
      near.body.items.map((item: { id: string }) => item.id),
      [id],
    );
    door.send('subscribe_area', { bounds: { north: 34, south: 32, east: 45, west: 43 } });
    assert.deepEqual(
      (await door.next('area')).data.vendors.map((one: { id: string }) => one.id),
      [id],
    );
  });

  it('answers what the service answers: refused, unknown, not on earth', async () => {
    const id = await create();
    assert.equal((await here(viktor, 'PATCH', `/api/vendors/${id}`, { name: 'Stolen' })).status, 403);
    assert.equal((await here(viktor, 'PUT', `/api/vendors/${id}/location`, { lat: 1, long: 1 })).status, 403);
    assert.equal((await here(carl, 'GET', '/api/vendors/nothing')).status, 404);
    assert.equal((await here(vera, 'PUT', `/api/vendors/${id}/location`, { lat: 91, long: 1 })).status, 400);
    assert.equal((await here(vera, 'POST', '/api/vendors', { name: 'Mine' })).status, 422);
  });

  it('answers UNAVAILABLE while the service is down, soon without asking, and goes on by itself when it is back', async () => {
    const id = await create();
    const socket = await connect(gateway.url, tokenFor(carl), { namespace: '/location' });
    await service.kill();
    for (let n = 0; n < 6; n += 1) {
      const answer = await here(carl, 'GET', `/api/vendors/${id}`);
      assert.deepEqual([answer.status, answer.body.code], [503, 'UNAVAILABLE']);
    }
    const ack = await ask(socket, 'subscribe_location', { vendorId: id });
    assert.equal((ack.error as { code: string }).code, 'UNAVAILABLE');
    const health = await here(null, 'GET', '/health');
    assert.deepEqual([health.status, health.body.checks.grpc], [200, 'down'], 'everything else is served');
    await startService();
    const until = Date.now() + 15_000;
    while ((await here(carl, 'GET', `/api/vendors/${id}`)).status !== 200 && Date.now() < until) await wait(200);
    assert.equal((await ask(socket, 'subscribe_location', { vendorId: id })).success, true);
    assert.equal((await here(null, 'GET', '/health')).body.checks.grpc, 'up');
  });

  it('gives a service that is frozen 2 s, and not more', async () => {
    const id = await create();
    service.process.kill('SIGSTOP');
    try {
      const before = Date.now();
      const answer = await here(carl, 'GET', `/api/vendors/${id}`);
      assert.equal(answer.status, 503);
      assert.ok(Date.now() - before < 10_000, 'well below what a caller would wait without a deadline');
    } finally {
      service.process.kill('SIGCONT');
    }
  });
});

describe('a circuit', () => {
  it('opens after failures in a row, lets one try after the pause, and closes when that succeeds', async () => {
    let now = 0;
    let calls = 0;
    const circuit = createCircuit('test', { failures: 2, pauseMs: 100, now: () => now });
    const fail = () => {
      calls += 1;
      return Promise.reject(new Error('down'));
    };
    const always = () => true;
    await assert.rejects(circuit.run(fail, always), /down/);
    await assert.rejects(circuit.run(fail, always), /down/);
    assert.equal(circuit.isOpen(), true);
    await assert.rejects(circuit.run(fail, always), { code: 'UNAVAILABLE' });
    assert.equal(calls, 2, 'nobody was asked');
    now = 100;
    const slow = circuit.run(() => wait(20, 'up'), always);
    await assert.rejects(circuit.run(fail, always), { code: 'UNAVAILABLE' });
    assert.equal(await slow, 'up');
    assert.equal(circuit.isOpen(), false);
    await assert.rejects(
      circuit.run(fail, () => false),
      /down/,
    );
    assert.equal(circuit.isOpen(), false, 'a refusal is no failure of the service');
  });
});
