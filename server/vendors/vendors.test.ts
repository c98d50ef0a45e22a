import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { closeRaw, openRaw } from '../testing/rawSockets.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

const vera = person({ role: 'vendor', companyId: 'acme' });
const viktor = person({ role: 'vendor', companyId: 'rival' });
const olga = person({ role: 'operator', companyId: 'acme' });
const eve = person({ role: 'admin', companyId: 'rival' });
const carl = person({ role: 'customer' });
const root = person({ role: 'super_admin' });

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer({
    env: { WS_RATE_LIMIT: '100000', LOCATION_RATE_LIMIT: '100000', WS_MAX_CONNECTIONS_PER_USER: '1000' },
  });
  call = api(server.url);
});
after(async () => {
  closeRaw();
  await server.stop();
});

let count = 0;
const create = async (fields: object = {}, who = vera) => {
  count += 1;
  const answer = await call(who, 'POST', '/api/vendors', { name: `Cart ${count}`, ...fields });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
};
const put = (id: string, lat: number, long: number, who = vera) =>
  call(who, 'PUT', `/api/vendors/${id}/location`, { lat, long });
const raw = (who: typeof vera, door: 'location' | 'vendor') => openRaw(server.url, `/ws/${door}`, tokenFor(who));
const live = (who: typeof vera, namespace: '/location' | '/vendor') =>
  connect(server.url, tokenFor(who), { namespace });

describe('a vendor over HTTP', () => {
  it('belongs to the vendor user who creates it, has an address and an ETag, and is nowhere yet', async () => {
    const answer = await call(vera, 'POST', '/api/vendors', {
      name: 'Tacos',
      category: 'food',
      description: 'al pastor',
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('location'), `/api/vendors/${answer.body.id}`);
    assert.equal(answer.headers.get('etag'), '"0"');
    const { id, companyId, ownerId, name, description, category, isOpen, location, version } = answer.body;
    assert.ok(id);
    assert.deepEqual(
      { companyId, ownerId, name, description, category, isOpen, location, version },
      {
        companyId: 'acme',
        ownerId: vera.id,
        name: 'Tacos',
        description: 'al pastor',
        category: 'food',
        isOpen: false,
        location: null,
        version: 0,
      },
    );
  });

  it('is created by staff in the name of a vendor user; others may not, and a caller without a company names one', async () => {
    assert.equal((await create({ ownerId: vera.id }, olga)).ownerId, vera.id);
    assert.equal((await call(olga, 'POST', '/api/vendors', { name: 'Nobody’s' })).status, 400);
    assert.equal((await call(carl, 'POST', '/api/vendors', { name: 'Mine' })).status, 403);
    assert.equal((await call(vera, 'POST', '/api/vendors', { name: 'Hers', ownerId: viktor.id })).status, 403);
    assert.equal((await call(root, 'POST', '/api/vendors', { name: 'X', ownerId: vera.id })).status, 400);
    assert.equal((await create({ ownerId: vera.id, companyId: 'acme' }, root)).companyId, 'acme');
  });

  it('is read by everybody who is signed in, and by nobody else', async () => {
    const { id } = await create();
    for (const who of [vera, viktor, olga, eve, carl, root])
      assert.equal((await call(who, 'GET', `/api/vendors/${id}`)).status, 200);
    assert.equal((await call(null, 'GET', `/api/vendors/${id}`)).status, 401);
    assert.equal((await call(carl, 'GET', '/api/vendors/nothing')).status, 404);
  });

  it('is changed by its owner and its company’s staff, at the version they saw', async () => {
    const { id } = await create();
    const changed = await call(vera, 'PATCH', `/api/vendors/${id}`, { isOpen: true, description: 'fresh' });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.version, 1);
    assert.equal(changed.headers.get('etag'), '"1"');
    assert.equal((await call(olga, 'PATCH', `/api/vendors/${id}`, { name: 'New' }, { 'If-Match': '"0"' })).status, 412);
    assert.equal((await call(olga, 'PATCH', `/api/vendors/${id}`, { name: 'New' }, { 'If-Match': '"1"' })).status, 200);
    for (const who of [viktor, eve, carl])
      assert.equal((await call(who, 'PATCH', `/api/vendors/${id}`, { name: 'Stolen' })).status, 403);
    assert.equal((await call(vera, 'PATCH', '/api/vendors/nothing', { name: 'x' })).status, 404);
    assert.equal((await call(vera, 'PATCH', `/api/vendors/${id}`, {})).status, 400);
    const read = await call(carl, 'GET', `/api/vendors/${id}`);
    assert.deepEqual([read.body.name, read.body.isOpen, read.body.version], ['New', true, 2]);
    const history = await call(carl, 'GET', `/api/vendors/${id}/events?since=0`);
    assert.deepEqual(
      history.body.items.map((event: { type: string; version: number }) => [event.type, event.version]),
      [
        ['vendor_updated', 1],
        ['vendor_updated', 2],
      ],
    );
  });

  it('is put in its place by itself, and is there at once for every reader', async () => {
    const { id } = await create();
    const placed = await put(id, 19.4, -99.1);
    assert.equal(placed.status, 200);
    assert.deepEqual(placed.body.location, { lat: 19.4, long: -99.1 });
    assert.deepEqual((await call(carl, 'GET', `/api/vendors/${id}`)).body.location, { lat: 19.4, long: -99.1 });
    assert.equal((await put(id, 91, 0)).status, 400);
    assert.equal((await put(id, 0, -180.5)).status, 400);
    for (const who of [viktor, carl, eve]) assert.equal((await put(id, 1, 1, who)).status, 403);
    assert.equal((await put('nothing', 1, 1)).status, 404);
  });

  it('is listed, found by category, by being open and by words', async () => {
    const mine = await create({ name: 'Zebra Falafel', category: 'zebra', isOpen: true });
    await create({ name: 'Closed Falafel', category: 'zebra' });
    const list = async (query: string) =>
      (await call(carl, 'GET', `/api/vendors?${query}`)).body.items.map(({ id }: { id: string }) => id);
    assert.deepEqual(await list('category=zebra&isOpen=true'), [mine.id]);
    assert.deepEqual(await list('q=zebra+fal'), [mine.id]);
    const page = await call(carl, 'GET', '/api/vendors?limit=1');
    assert.equal(page.body.items.length, 1);
    const second = await call(carl, 'GET', `/api/vendors?limit=1&cursor=${page.body.nextCursor}`);
    assert.notEqual(second.body.items[0].id, page.body.items[0].id);
  });

  it('answers a repeated Idempotency-Key with the first result', async () => {
    const key = { 'Idempotency-Key': 'vendor-1' };
    const first = await call(vera, 'POST', '/api/vendors', { name: 'Once' }, key);
    const again = await call(vera, 'POST', '/api/vendors', { name: 'Once' }, key);
    assert.equal(again.body.id, first.body.id);
    assert.equal((await call(vera, 'POST', '/api/vendors', { name: 'Twice' }, key)).status, 422);
  });
});

describe('nearby', () => {
  const near = async (lat: number, long: number, radius: number, more = '') =>
    (await call(carl, 'GET', `/api/vendors/nearby?lat=${lat}&long=${long}&radius=${radius}${more}`)).body.items as {
      id: string;
      distanceMeters: number;
    }[];

  it('answers the nearest first, with distances', async () => {
    const [far, close] = [await create(), await create()];
    await put(far.id, 48.8606, 2.3376);
    await put(close.id, 48.8584, 2.2945);
    const found = await near(48.8584, 2.2944, 5_000);
    assert.deepEqual(
      found.map(({ id }) => id),
      [close.id, far.id],
    );
    assert.ok(found[0]!.distanceMeters < 10);
    assert.ok(Math.abs(found[1]!.distanceMeters - 3_169) < 20, String(found[1]!.distanceMeters));
    assert.deepEqual(await near(48.8584, 2.2944, 1_000).then((items) => items.length), 1);
    assert.equal((await near(48.8584, 2.2944, 5_000, '&limit=1')).length, 1);
  });

  it('looks across the antimeridian, from either side', async () => {
    const [east, west, edge] = [await create(), await create(), await create()];
    await put(east.id, -17, 179.99);
    await put(west.id, -17, -179.99);
    await put(edge.id, -17, 180);
    for (const long of [179.98, -179.98, 180, -180])
      assert.deepEqual(
        new Set((await near(-17, long, 5_000)).map(({ id }) => id)),
        new Set([east.id, west.id, edge.id]),
        `from ${long}`,
      );
    const [first] = await near(-17, -180, 5_000);
    assert.equal(first!.id, edge.id);
    assert.ok(first!.distanceMeters < 1);
  });

  it('looks around the poles, whatever the longitude', async () => {
    const [north, behind, south] = [await create(), await create(), await create()];
    await put(north.id, 89.99, 10);
    await put(behind.id, 89.99, -170);
    await put(south.id, -89.995, 77);
    assert.deepEqual(new Set((await near(89.995, 95, 3_000)).map(({ id }) => id)), new Set([north.id, behind.id]));
    assert.deepEqual(
      (await near(-90, -120, 1_000)).map(({ id }) => id),
      [south.id],
    );
    assert.deepEqual((await near(-90, -120, 100)).length, 0);
  });

  it('refuses a centre that is not on earth', async () => {
    for (const query of ['lat=91&long=0', 'lat=NaN&long=0', 'lat=0', 'lat=0&long=0&radius=-1'])
      assert.equal((await call(carl, 'GET', `/api/vendors/nearby?${query}`)).status, 400, query);
  });
});

describe('following a position', () => {
  it('is answered alike by a raw frame and by an acknowledgement, and then by updates on both doors', async () => {
    const { id } = await create();
    await put(id, 1, 1);
    const [door, socket] = [await raw(carl, 'location'), await live(eve, '/location')];
    door.send('subscribe_location', { vendorId: id, userId: carl.id });
    const answer = await door.next('subscribed');
    const ack = await ask(socket, 'subscribe_location', { vendorId: id });
    for (const data of [answer.data, ack]) {
      assert.equal(data.success, true);
      assert.equal(data.vendorId, id);
      assert.deepEqual(data.location, { lat: 1, long: 1 });
    }
    const heard = nextEvent(socket, 'location_updated');
    const reporter = await raw(vera, 'location');
    reporter.send('update_location', { vendorId: id, location: { lat: 2, long: 3 } });
    const frame = await door.next('location_updated');
    const event = await heard;
    for (const data of [frame.data, event]) {
      assert.equal(data.vendorId, id);
      assert.deepEqual(data.location, { lat: 2, long: 3 });
      assert.ok(!Number.isNaN(Date.parse(data.timestamp)));
      assert.equal(data.version, undefined);
    }
    door.send('unsubscribe_location', { vendorId: id });
    assert.equal((await door.next('unsubscribed')).data.success, true);
    assert.equal((await ask(socket, 'unsubscribe_location', { vendorId: id })).success, true);
    const silence = record(socket);
    await put(id, 3, 3);
    await settled(socket);
    door.send('ping');
    await door.next('pong');
    assert.deepEqual(
      silence.map(({ name }) => name),
      ['pong'],
    );
    assert.equal(door.frames.filter(({ type }) => type === 'location_updated').length, 1);
  });

  it('is refused in somebody else’s name, and where there is no such vendor', async () => {
    const { id } = await create();
    const door = await raw(carl, 'location');
    door.send('subscribe_location', { vendorId: id, userId: 'somebody' });
    const refused = await door.next('error');
    assert.equal(refused.data.code, 'FORBIDDEN');
    assert.equal(refused.data.event, 'subscribe_location');
    door.send('subscribe_location', { vendorId: 'test123' });
    assert.equal((await door.next('error')).data.code, 'NOT_FOUND');
    const socket = await live(carl, '/location');
    const ack = await ask(socket, 'subscribe_location', { vendorId: id, userId: 'somebody' });
    assert.equal((ack.error as { code: string }).code, 'FORBIDDEN');
  });

  it('is reported by that vendor alone', async () => {
    const { id } = await create();
    await put(id, 5, 5);
    for (const who of [viktor, carl, eve]) {
      const door = await raw(who, 'location');
      door.send('update_location', { vendorId: id, location: { lat: 6, long: 6 } });
      assert.equal((await door.next('error')).data.code, 'FORBIDDEN', who.role);
    }
    const own = await raw(vera, 'location');
    own.send('update_location', { vendorId: id, location: { lat: 91, long: 6 } });
    assert.equal((await own.next('error')).data.code, 'BAD_REQUEST');
    assert.deepEqual((await call(carl, 'GET', `/api/vendors/${id}`)).body.location, { lat: 5, long: 5 });
  });

  it('keeps the newest, whatever comes late', async () => {
    const { id } = await create();
    const socket = await live(vera, '/location');
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const report = (lat: number, recordedAt: string) =>
      ask(socket, 'update_location', { vendorId: id, location: { lat, long: 0 }, recordedAt });
    await report(10, at(-1_000));
    assert.deepEqual((await report(20, at(-60_000))).location, { lat: 10, long: 0 });
    await report(30, at(3_600_000));
    assert.deepEqual((await report(40, at(0))).location, { lat: 40, long: 0 }, 'a clock that is ahead hides nothing');
  });

  it('is sent at most LOCATION_HZ a second, and ends with the newest', async () => {
    const { id } = await create();
    const [socket, reporter] = [await live(carl, '/location'), await live(vera, '/location')];
    await ask(socket, 'subscribe_location', { vendorId: id });
    const heard = record(socket);
    const last = nextEvent<{ location: { lat: number } }>(socket, 'location_updated', {
      matches: ({ location }) => location.lat === 50,
    });
    const before = Date.now();
    for (let lat = 1; lat <= 50; lat += 1)
      reporter.emit('update_location', { vendorId: id, location: { lat, long: 0 } });
    await last;
    const seconds = (Date.now() - before) / 1000;
    const updates = heard.filter(({ name }) => name === 'location_updated').length;
    assert.ok(updates <= 2 + seconds * 4, `${updates} updates in ${seconds} s`);
  });
});

describe('following a vendor', () => {
  it('brings a snapshot, then each change with its version, alike on both doors; a stranger hears nothing', async () => {
    const { id } = await create({ name: 'Noodles' });
    const [door, socket, bystander] = [
      await raw(carl, 'vendor'),
      await live(olga, '/vendor'),
      await live(eve, '/vendor'),
    ];
    const nothing = record(bystander);
    door.send('subscribe_vendor', { vendorId: id });
    const answer = await door.next('subscribed');
    const ack = await ask(socket, 'subscribe_vendor', { vendorId: id });
    for (const data of [answer.data, ack]) {
      assert.equal(data.success, true);
      assert.equal(data.version, 0);
      assert.equal(data.snapshot.name, 'Noodles');
      assert.equal(data.location, null);
    }
    const heard = nextEvent(socket, 'vendor_updated');
    await call(vera, 'PATCH', `/api/vendors/${id}`, { name: 'Ramen', isOpen: true });
    const frame = await door.next('vendor_updated');
    for (const data of [frame.data, (await heard) as typeof frame.data]) {
      assert.equal(data.vendorId, id);
      assert.equal(data.version, 1);
      assert.equal(data.vendor.name, 'Ramen');
      assert.equal(data.vendor.isOpen, true);
      assert.ok(data.timestamp);
    }
    await settled(bystander);
    assert.deepEqual(
      nothing.map(({ name }) => name),
      ['pong'],
    );
  });

  it('reaches its company’s staff without being followed, as does a new vendor; the vendors’ rivals hear nothing', async () => {
    const [staff, rival] = [await live(olga, '/vendor'), await live(eve, '/vendor')];
    const nothing = record(rival);
    const born = nextEvent<{ vendorId: string; vendor: { name: string } }>(staff, 'vendor:created');
    const { id } = await create({ name: 'Dumplings' });
    assert.deepEqual([(await born).vendorId, (await born).vendor.name], [id, 'Dumplings']);
    const changed = nextEvent(staff, 'vendor_updated');
    await call(vera, 'PATCH', `/api/vendors/${id}`, { isOpen: true });
    assert.equal((await changed).version, 1);
    await settled(rival);
    assert.deepEqual(
      nothing.map(({ name }) => name),
      ['pong'],
    );
  });

  it('resumes after a version, on either door, by subscribing or by resume', async () => {
    const { id } = await create();
    for (const name of ['One', 'Two', 'Three']) await call(vera, 'PATCH', `/api/vendors/${id}`, { name });
    const [door, socket] = [await raw(carl, 'vendor'), await live(carl, '/vendor')];
    door.send('subscribe_vendor', { vendorId: id, since: 1 });
    const answer = await door.next('subscribed');
    const ack = await ask(socket, 'subscribe_vendor', { vendorId: id, since: 1 });
    for (const data of [answer.data, ack]) {
      assert.equal(data.version, 3);
      assert.equal(data.snapshot, undefined);
      assert.deepEqual(
        data.missed.map(({ version, vendor }: { version: number; vendor: { name: string } }) => [version, vendor.name]),
        [
          [2, 'Two'],
          [3, 'Three'],
        ],
      );
    }
    const again = await raw(carl, 'vendor');
    again.send('resume', { streams: { [`vendor:${id}`]: 2, 'vendor:nothing': 0 } });
    const { streams } = (await again.next('resumed')).data;
    assert.equal(streams[`vendor:${id}`].missed.length, 1);
    assert.equal(streams['vendor:nothing'].error.code, 'NOT_FOUND');
    await call(vera, 'PATCH', `/api/vendors/${id}`, { name: 'Four' });
    assert.equal((await again.next('vendor_updated')).data.version, 4);
  });

  it('has no gap and no repeat while it is changed during many subscriptions', async () => {
    const { id } = await create();
    const changes = (async () => {
      for (let n = 1; n <= 40; n += 1) await call(vera, 'PATCH', `/api/vendors/${id}`, { name: `Name ${n}` });
    })();
    const doors = await Promise.all(Array.from({ length: 10 }, () => raw(carl, 'vendor')));
    const starts = await Promise.all(
      doors.map(async (door) => {
        door.send('subscribe_vendor', { vendorId: id });
        return (await door.next('subscribed')).data.version as number;
      }),
    );
    await changes;
    for (const [index, door] of doors.entries()) {
      if (starts[index]! < 40) await door.next('vendor_updated', ({ data }) => data.version === 40);
      const versions = door.frames.filter(({ type }) => type === 'vendor_updated').map(({ data }) => data.version);
      assert.deepEqual(
        versions.filter((version) => version > starts[index]!),
        Array.from({ length: 40 - starts[index]! }, (_, n) => starts[index]! + n + 1),
      );
    }
  });
});

describe('an area', () => {
  const bounds = { north: 61, south: 60, east: 11, west: 10 };

  it('answers who is in it, then tells of moves within, of who comes and of who leaves, on both doors', async () => {
    const [inside, outside] = [await create({ name: 'In' }), await create({ name: 'Out' })];
    await put(inside.id, 60.5, 10.5);
    await put(outside.id, 50, 10.5);
    const [door, socket] = [await raw(carl, 'location'), await live(carl, '/location')];
    door.send('subscribe_area', { bounds });
    const answer = (await door.next('area')).data;
    const ack = await ask<{ success: boolean; vendors: { id: string; name: string }[] }>(socket, 'subscribe_area', {
      bounds,
    });
    for (const { success, vendors } of [answer, ack]) {
      assert.equal(success, true);
      assert.deepEqual(
        vendors.map(({ id, name }: { id: string; name: string }) => [id, name]),
        [[inside.id, 'In']],
      );
    }
    const heard = record(socket);
    await put(inside.id, 60.6, 10.6);
    assert.deepEqual((await door.next('location_updated')).data.location, { lat: 60.6, long: 10.6 });
    await put(outside.id, 60.1, 10.1);
    const came = (await door.next('location_updated', ({ data }) => data.vendorId === outside.id)).data;
    assert.equal(came.vendor.name, 'Out');
    assert.equal(came.left, undefined);
    await put(inside.id, 0, 0);
    const left = (await door.next('location_updated', ({ data }) => data.left)).data;
    assert.equal(left.vendorId, inside.id);
    await settled(socket);
    await put(inside.id, 1, 1);
    await settled(socket);
    assert.deepEqual(
      heard.flatMap(({ name, event }) => (name === 'location_updated' ? [[event.vendorId, event.left === true]] : [])),
      [
        [inside.id, false],
        [outside.id, false],
        [inside.id, true],
      ],
    );
  });

  it('tells of vendors that open or close while they are in it', async () => {
    const { id } = await create();
    await put(id, 60.5, 10.5);
    const door = await raw(carl, 'location');
    door.send('subscribe_area', { bounds });
    await door.next('area');
    await call(vera, 'PATCH', `/api/vendors/${id}`, { isOpen: true });
    const changed = await door.next('location_updated', ({ data }) => data.vendor?.id === id);
    assert.equal(changed.data.vendor.isOpen, true);
  });

  it('is one a connection: a new one replaces it, and leaving it ends it', async () => {
    const { id } = await create();
    await put(id, 60.5, 10.5);
    const socket = await live(carl, '/location');
    await ask(socket, 'subscribe_area', { bounds });
    await ask(socket, 'subscribe_area', { bounds: { north: 1, south: 0, east: 1, west: 0 } });
    const heard = record(socket);
    await put(id, 60.7, 10.7);
    await settled(socket);
    assert.equal((await ask(socket, 'unsubscribe_area', { bounds })).success, true);
    await put(id, 0.5, 0.5);
    await settled(socket);
    // Another test's vendor may stand in that area and be told of up to 1/LOCATION_HZ s after it moved.
    assert.deepEqual(
      heard.filter(({ name, event }) => name === 'location_updated' && event.vendorId === id),
      [],
    );
  });

  it('crosses the antimeridian, and is refused upside down', async () => {
    const [east, west] = [await create(), await create()];
    await put(east.id, 70, 179.5);
    await put(west.id, 70, -179.5);
    const socket = await live(carl, '/location');
    const ack = await ask<{ success: boolean; vendors: { id: string }[] }>(socket, 'subscribe_area', {
      bounds: { north: 71, south: 69, west: 179, east: -179 },
    });
    assert.deepEqual(new Set(ack.vendors.map(({ id }) => id)), new Set([east.id, west.id]));
    const crossed = nextEvent(socket, 'location_updated');
    await put(east.id, 70, -179.9);
    assert.equal((await crossed).left, undefined);
    const upside = await ask(socket, 'subscribe_area', { bounds: { north: 1, south: 2, west: 0, east: 1 } });
    assert.equal((upside.error as { code: string }).code, 'BAD_REQUEST');
  });
});

describe('a day’s trail', () => {
  it('is kept in batches, oldest first, for the vendor and its company’s staff', async () => {
    const { id } = await create();
    for (let n = 1; n <= 5; n += 1) await put(id, n, n);
    const answer = await call(vera, 'GET', `/api/vendors/${id}/trail`);
    assert.equal(answer.status, 200);
    const points = answer.body.items.flatMap(({ points }: { points: { lat: number }[] }) => points);
    assert.deepEqual(
      points.map(({ lat }: { lat: number }) => lat),
      [1, 2, 3, 4, 5],
    );
    assert.equal((await call(olga, 'GET', `/api/vendors/${id}/trail`)).status, 200);
    assert.equal((await call(vera, 'GET', `/api/vendors/${id}/trail?day=2020-01-01`)).body.items.length, 0);
    for (const who of [carl, eve, viktor])
      assert.equal((await call(who, 'GET', `/api/vendors/${id}/trail`)).status, 403);
  });
});

describe('the server’s own parts', () => {
  it('tell of a position and count who listens', async () => {
    const { broadcastLocationUpdate, getConnectedClients } = await import('./vendorEvents.ts');
    const { id } = await create();
    const before = getConnectedClients();
    const [door, socket] = [await raw(carl, 'location'), await live(carl, '/location')];
    await door.next('connected');
    assert.equal(getConnectedClients(), before + 2);
    await ask(socket, 'subscribe_location', { vendorId: id });
    const heard = nextEvent(socket, 'location_updated');
    await broadcastLocationUpdate(id, { lat: 7, long: 8 });
    assert.deepEqual((await heard).location, { lat: 7, long: 8 });
    const status = await call(root, 'GET', '/ws/status');
    assert.ok(status.body.byTransport.raw >= 1);
    assert.match(
      (await call(null, 'GET', '/metrics')).body,
      /waybeat_connections\{namespace="\/location",transport="raw"\} \d/,
    );
  });
});
