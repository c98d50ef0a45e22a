import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import { type Answer, api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

let server: TestServer;
let call: ReturnType<typeof api>;

const operator = person({ role: 'operator', companyId: 'c1' });
const rider = person({ role: 'rider', companyId: 'c1' });
const otherRider = person({ role: 'rider', companyId: 'c1' });
const merchant = person({ role: 'merchant', companyId: 'c1' });
const recipient = person({ role: 'customer' });
const stranger = person({ role: 'operator', companyId: 'c2' });
const root = person({ role: 'super_admin' });

const ORIGIN = { address: 'Depot 1, Berlin', lat: 52.5, long: 13.3 };
const DESTINATION = { address: 'Lindenstraße 9, Berlin', lat: 52.52, long: 13.404954 };
const at = (minutes: number) => new Date(Date.now() - 3_600_000 + minutes * 60_000).toISOString();

const join = (who: Parameters<typeof tokenFor>[0] | string, url = server.url): Promise<Socket> =>
  connect(url, typeof who === 'string' ? who : tokenFor(who), { namespace: '/tracking' });
const create = async (fields: object = {}) => {
  const { status, body } = await call(operator, 'POST', '/api/tracking', {
    origin: ORIGIN,
    destination: DESTINATION,
    riderId: rider.id,
    recipientId: recipient.id,
    senderId: merchant.id,
    ...fields,
  });
  assert.equal(status, 201);
  return body as { awb: string; version: number; [field: string]: unknown };
};
const step = (awb: string, status: string, more: object = {}): Promise<Answer> =>
  call(operator, 'POST', `/api/tracking/${awb}/status`, { status, ...more });
const report = (awb: string, fix: object, who = rider): Promise<Answer> =>
  call(who, 'POST', `/api/tracking/${awb}/location`, fix);
const linkTo = async (awb: string, body: object = {}) =>
  (await call(operator, 'POST', `/api/tracking/${awb}/links`, body)).body;

/** `settled` itself is answered by one. */
const besidesPongs = (heard: ReturnType<typeof record>) => heard.filter(({ name }) => name !== 'pong');

before(async () => {
  server = await startTestServer({ env: { APPROACH_METERS: '500', LOCATION_HZ: '60', TRACKING_MISS_LIMIT: '40' } });
  call = api(server.url);
  for (const one of [operator, rider, otherRider, merchant, recipient, stranger, root])
    await call(one, 'GET', '/api/auth/me');
});
after(() => server.stop());

describe('parcels over HTTP', () => {
  it('creates one with a number of its own, and with the number given, once', async () => {
    const parcel = await create();
    assert.match(parcel.awb, /^FX\d{8}$/);
    assert.equal(parcel.status, 'CREATED');
    assert.equal(parcel.companyId, 'c1');
    const awb = `ZZ${randomInt(10_000_000, 99_999_999)}`;
    const answer = await call(operator, 'POST', '/api/tracking', { awb, origin: ORIGIN, destination: DESTINATION });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('location'), `/api/tracking/${awb}`);
    const again = await call(stranger, 'POST', '/api/tracking', { awb, origin: ORIGIN, destination: DESTINATION });
    assert.equal(again.status, 409);
    assert.equal(again.body.code, 'CONFLICT');
  });

  it('repeats a creation with the same Idempotency-Key as the first answer', async () => {
    const body = { origin: ORIGIN, destination: DESTINATION };
    const first = await call(operator, 'POST', '/api/tracking', body, { 'Idempotency-Key': 'parcel-1' });
    const second = await call(operator, 'POST', '/api/tracking', body, { 'Idempotency-Key': 'parcel-1' });
    assert.equal(second.status, 201);
    assert.deepEqual(second.body, first.body);
  });

  it('takes a merchant’s own parcels and refuses riders and customers', async () => {
    const body = { origin: ORIGIN, destination: DESTINATION };
    const { status, body: parcel } = await call(merchant, 'POST', '/api/tracking', body);
    assert.equal(status, 201);
    assert.equal(parcel.senderId, merchant.id);
    assert.equal((await call(merchant, 'POST', '/api/tracking', { ...body, senderId: 'x' })).status, 403);
    assert.equal((await call(rider, 'POST', '/api/tracking', body)).status, 403);
    assert.equal((await call(recipient, 'POST', '/api/tracking', body)).status, 403);
    assert.equal((await call(root, 'POST', '/api/tracking', body)).status, 400);
    assert.equal((await call(root, 'POST', '/api/tracking', { ...body, companyId: 'c9' })).status, 201);
  });

  it('lists to each what they may see, by status, rider and words', async () => {
    const { awb } = await create();
    const list = async (who: typeof operator, path = '') =>
      ((await call(who, 'GET', `/api/tracking?limit=200${path}`)).body.items as { awb: string }[]).map(
        (one) => one.awb,
      );
    for (const who of [operator, rider, merchant, recipient, root]) assert.ok((await list(who)).includes(awb));
    for (const who of [stranger, otherRider]) assert.ok(!(await list(who)).includes(awb));
    assert.ok((await list(operator, `&status=CREATED,AT_HUB&riderId=${rider.id}&q=${awb.slice(2)}`)).includes(awb));
    assert.ok(!(await list(operator, '&status=DELIVERED')).includes(awb));
    assert.deepEqual(await list(operator, '&q=%25'), []);
  });

  it('keeps each step in the timeline, in any order, until a final one', async () => {
    const { awb } = await create();
    await step(awb, 'IN_TRANSIT', { description: 'left the depot' });
    const hub = await step(awb, 'AT_HUB', { location: { lat: 52.51, long: 13.35 } });
    assert.equal(hub.body.location.source, 'hub');
    await step(awb, 'IN_TRANSIT');
    const { status, body } = await step(awb, 'DELIVERED');
    assert.equal(status, 200);
    assert.deepEqual(
      body.timeline.map((one: { status: string }) => one.status),
      ['CREATED', 'IN_TRANSIT', 'AT_HUB', 'IN_TRANSIT', 'DELIVERED'],
    );
    assert.equal(body.timeline[1].by, operator.username);
    const refused = await step(awb, 'IN_TRANSIT');
    assert.equal(refused.status, 409);
  });

  it('answers a fresh parcel right after every write, and its version as ETag', async () => {
    const { awb } = await create();
    for (const status of ['PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY']) {
      await call(operator, 'GET', `/api/tracking/${awb}`);
      const written = await step(awb, status);
      const read = await call(operator, 'GET', `/api/tracking/${awb}`);
      assert.equal(read.body.status, status);
      assert.equal(read.headers.get('etag'), `"${written.body.version}"`);
      assert.equal(read.body.timeline.length, written.body.timeline.length);
    }
    await report(awb, { lat: 52.6, long: 13.4 });
    assert.equal((await call(operator, 'GET', `/api/tracking/${awb}`)).body.location.lat, 52.6);
    const stale = await call(operator, 'PUT', `/api/tracking/${awb}/eta`, { eta: at(99) }, { 'If-Match': '"1"' });
    assert.equal(stale.status, 412);
  });

  it('lets staff set ETA and rider, the rider take steps, and nobody else', async () => {
    const { awb } = await create();
    const eta = new Date(Date.now() + 600_000).toISOString();
    assert.equal((await call(operator, 'PUT', `/api/tracking/${awb}/eta`, { eta })).body.eta, eta);
    assert.equal((await call(rider, 'PUT', `/api/tracking/${awb}/eta`, { eta })).status, 403);
    assert.equal((await call(rider, 'POST', `/api/tracking/${awb}/status`, { status: 'PICKED_UP' })).status, 200);
    assert.equal((await call(recipient, 'POST', `/api/tracking/${awb}/status`, { status: 'DELIVERED' })).status, 403);
    assert.equal((await call(stranger, 'POST', `/api/tracking/${awb}/status`, { status: 'DELIVERED' })).status, 404);
    const moved = await call(operator, 'PUT', `/api/tracking/${awb}/rider`, { riderId: otherRider.id });
    assert.equal(moved.body.riderId, otherRider.id);
    assert.equal((await call(rider, 'GET', `/api/tracking/${awb}`)).status, 404);
  });

  it('gives the history over HTTP, oldest first', async () => {
    const { awb, version } = await create();
    await step(awb, 'PICKED_UP');
    await call(operator, 'PUT', `/api/tracking/${awb}/eta`, { eta: at(90) });
    const { body } = await call(operator, 'GET', `/api/tracking/${awb}/events?since=${version}`);
    assert.deepEqual(
      body.items.map((event: { type: string; version: number }) => [event.type, event.version]),
      [
        ['status-update', version + 1],
        ['eta-update', version + 2],
      ],
    );
  });
});

describe('following parcels', () => {
  it('acknowledges subscribing, unsubscribing and reading, with the AWB', async () => {
    const { awb, version } = await create();
    const socket = await join(operator);
    const joined = await ask(socket, 'subscribe-tracking', { awb });
    assert.equal(joined.success, true);
    assert.equal(joined.awb, awb);
    assert.equal(joined.version, version);
    assert.equal((joined.snapshot as { awb: string }).awb, awb);
    const read = await ask(socket, 'get-tracking', { awb });
    assert.equal(read.awb, awb);
    assert.equal((read.tracking as { status: string }).status, 'CREATED');
    assert.deepEqual(await ask(socket, 'unsubscribe-tracking', { awb }), { success: true, awb });
    const heard = record(socket);
    await step(awb, 'PICKED_UP');
    await settled(socket);
    assert.deepEqual(
      heard.filter(({ name }) => name === 'status-update'),
      [],
    );
  });

  it('answers failures by ack and by event, alike for what is absent and what is not yours', async () => {
    const { awb } = await create();
    const socket = await join(stranger);
    const told = nextEvent(socket, 'error');
    const hidden = await ask(socket, 'subscribe-tracking', { awb });
    const event = await told;
    const absent = await ask(socket, 'subscribe-tracking', { awb: 'QQ00000000' });
    assert.deepEqual(hidden, absent);
    assert.equal((hidden.error as { code: string }).code, 'NOT_FOUND');
    assert.equal(event.event, 'subscribe-tracking');
    assert.equal(event.code, 'NOT_FOUND');
    const malformed = await ask(socket, 'subscribe-tracking', {});
    assert.equal((malformed.error as { code: string }).code, 'BAD_REQUEST');
  });

  it('sends what was missed after `since`, then what comes', async () => {
    const { awb, version } = await create();
    await step(awb, 'PICKED_UP');
    const socket = await join(recipient);
    const joined = await ask(socket, 'subscribe-tracking', { awb, since: version });
    const missed = joined.missed as { type: string; status: string; version: number; by?: string }[];
    assert.deepEqual(
      missed.map(({ type, status, version: v }) => [type, status, v]),
      [['status-update', 'PICKED_UP', version + 1]],
    );
    assert.equal(missed[0]!.by, undefined);
    const next = nextEvent(socket, 'status-update');
    await step(awb, 'IN_TRANSIT');
    assert.equal((await next).version, version + 2);
  });

  it('gives staff, recipient and guest of one AWB each exactly the fields they may see, from one publish', async () => {
    const { awb } = await create();
    const { token } = await linkTo(awb);
    const [staff, person, guest, carrier, bystander] = await Promise.all(
      [operator, recipient, token as string, rider, stranger].map((who) => join(who)),
    );
    const everybody = [staff!, person!, guest!, carrier!];
    for (const socket of everybody) assert.equal((await ask(socket, 'subscribe-tracking', { awb })).success, true);
    await ask(bystander!, 'subscribe-fleet', {});
    const heard = [...everybody, bystander!].map(record);
    await step(awb, 'IN_TRANSIT', { description: 'on the road' });
    await report(awb, { lat: 52.498765, long: 13.345678, accuracy: 8, recordedAt: at(30) });
    await call(operator, 'PUT', `/api/tracking/${awb}/eta`, { eta: at(80) });
    await step(awb, 'OUT_FOR_DELIVERY');
    await report(awb, { lat: 52.520011, long: 13.404911, accuracy: 8, recordedAt: at(45) });
    await nextEvent(staff!, 'rider-approaching').catch(() => {});
    for (const socket of [...everybody, bystander!]) await settled(socket);
    const fields = (n: number, name: string) =>
      heard[n]!.filter((one) => one.name === name).map(({ event }) => Object.keys(event).sort().join(' '));
    const status = ['at', 'awb', 'by', 'description', 'location', 'status', 'timestamp', 'type', 'version'];
    const open = status.filter((field) => field !== 'by').join(' ');
    for (const n of [0, 3]) assert.deepEqual(fields(n, 'status-update'), [status.join(' '), status.join(' ')]);
    for (const n of [1, 2]) assert.deepEqual(fields(n, 'status-update'), [open, open]);
    for (const n of [0, 1, 2, 3]) {
      assert.deepEqual(fields(n, 'location-update'), ['awb location timestamp type', 'awb location timestamp type']);
      assert.ok(fields(n, 'eta-update').includes('awb distanceMeters eta minutes source timestamp type version'));
      assert.deepEqual(fields(n, 'rider-approaching'), ['awb distanceMeters minutes timestamp type version']);
    }
    const places = (n: number) =>
      heard[n]!.filter(({ name }) => name === 'location-update').map(
        ({ event }) => (event.location as { lat: number }).lat,
      );
    assert.deepEqual(places(0), [52.498765, 52.520011]);
    assert.deepEqual(places(1), [52.498765, 52.520011]);
    assert.deepEqual(places(2), [52.499, 52.520011]);
    assert.deepEqual(besidesPongs(heard[4]!), []);
  });

  it('shows a guest no names, no ids and no street', async () => {
    const { awb } = await create();
    const { token } = await linkTo(awb);
    const { status, body } = await call(token, 'GET', `/api/tracking/${awb}`);
    assert.equal(status, 200);
    for (const field of ['riderId', 'recipientId', 'senderId', 'companyId']) assert.ok(!(field in body), field);
    assert.ok(!JSON.stringify(body).includes('Lindenstraße'));
    assert.ok(!JSON.stringify(body).includes(operator.username));
    const full = (await call(operator, 'GET', `/api/tracking/${awb}`)).body;
    assert.equal(full.destination.address, DESTINATION.address);
  });

  it('brings all of a company’s parcels under way on one subscription, and no other company’s', async () => {
    const { awb } = await create();
    const staff = await join(operator);
    const fleet = await ask<{ success: boolean; parcels: { awb: string }[] }>(staff, 'subscribe-fleet', {});
    assert.ok(fleet.parcels.some((one) => one.awb === awb));
    const foreign = await join(stranger);
    const theirs = await ask<{ parcels: { awb: string }[] }>(foreign, 'subscribe-fleet', {});
    assert.ok(!theirs.parcels.some((one) => one.awb === awb));
    const heard = record(foreign);
    const [moved, seen, born] = [
      nextEvent(staff, 'status-update'),
      nextEvent(staff, 'location-update'),
      nextEvent(staff, 'parcel-changed'),
    ];
    await step(awb, 'PICKED_UP');
    await report(awb, { lat: 52.5, long: 13.4 });
    await create();
    assert.equal((await moved).awb, awb);
    assert.equal((await seen).awb, awb);
    assert.equal((await born).change, 'created');
    await settled(foreign);
    assert.deepEqual(besidesPongs(heard), []);
    const refused = await ask(await join(rider), 'subscribe-fleet', {});
    assert.equal((refused.error as { code: string }).code, 'FORBIDDEN');
    await ask(staff, 'unsubscribe-fleet', {});
    const after = record(staff);
    await step(awb, 'IN_TRANSIT');
    await settled(staff);
    assert.deepEqual(besidesPongs(after), []);
  });

  it('tells staff who follows what, and only their own company’s', async () => {
    const { awb } = await create();
    const [one, two] = await Promise.all([join(operator), join(recipient)]);
    await ask(one, 'subscribe-tracking', { awb });
    await ask(two, 'subscribe-tracking', { awb });
    await settled(one);
    const count = async (who: typeof operator) =>
      (await call(who, 'GET', '/api/tracking/subscriptions')).body.items.find(
        (item: { awb: string }) => item.awb === awb,
      )?.subscribers;
    let seen = await count(operator);
    for (let tries = 0; seen !== 2 && tries < 100; tries += 1) seen = await count(operator);
    assert.equal(seen, 2);
    assert.equal(await count(stranger), undefined);
    assert.equal((await call(rider, 'GET', '/api/tracking/subscriptions')).status, 403);
  });

  it('shuts out a rider who is no longer assigned, and tells the one who is', async () => {
    const { awb } = await create();
    const [former, next] = await Promise.all([join(rider), join(otherRider)]);
    await ask(former, 'subscribe-tracking', { awb });
    const [gone, told] = [nextEvent(former, 'rider-assigned'), nextEvent(next, 'parcel-changed')];
    await call(operator, 'PUT', `/api/tracking/${awb}/rider`, { riderId: otherRider.id });
    await gone;
    assert.equal((await told).change, 'rider');
    const heard = record(former);
    await step(awb, 'PICKED_UP');
    await settled(former);
    assert.deepEqual(besidesPongs(heard), []);
    const refused = await ask(former, 'report-location', { awb, location: { lat: 1, long: 1 } });
    assert.equal((refused.error as { code: string }).code, 'NOT_FOUND');
  });
});

describe('positions', () => {
  it('reach watchers with age and accuracy, from the socket and over HTTP', async () => {
    const { awb } = await create();
    const [watcher, carrier] = await Promise.all([join(operator), join(rider)]);
    await ask(watcher, 'subscribe-tracking', { awb });
    const first = nextEvent<{ location: Record<string, unknown> }>(watcher, 'location-update');
    const answer = await ask(carrier, 'report-location', {
      awb,
      location: { lat: 52.5, long: 13.4, heading: 90, speed: 4, accuracy: 12 },
    });
    assert.equal(answer.success, true);
    assert.equal(answer.awb, awb);
    const { location } = await first;
    assert.equal(location.source, 'rider');
    assert.equal(location.accuracy, 12);
    assert.ok(typeof location.recordedAt === 'string');
    const second = nextEvent<{ location: { lat: number } }>(watcher, 'location-update', {
      matches: (event) => event.location.lat === 52.51,
    });
    assert.equal((await report(awb, { lat: 52.51, long: 13.41 })).status, 202);
    await second;
    assert.equal((await report(awb, { lat: 52.51, long: 13.41 }, otherRider)).status, 404);
    assert.equal((await report(awb, { lat: 52.51, long: 13.41 }, merchant as typeof rider)).status, 403);
    assert.equal((await report(awb, { lat: 91, long: 13.41 })).status, 400);
  });

  it('that come late join the trail and move nothing', async () => {
    const { awb } = await create();
    const watcher = await join(operator);
    await ask(watcher, 'subscribe-tracking', { awb });
    await report(awb, { lat: 52.5, long: 13.4, accuracy: 5, recordedAt: at(10) });
    await nextEvent(watcher, 'location-update').catch(() => {});
    const heard = record(watcher);
    const late = await report(awb, { lat: 52.49, long: 13.39, accuracy: 5, recordedAt: at(5) });
    assert.equal(late.status, 202);
    assert.equal(late.body.accepted, 1);
    assert.equal(late.body.location.lat, 52.5);
    await settled(watcher);
    assert.deepEqual(besidesPongs(heard), []);
    const trail = (await call(operator, 'GET', `/api/tracking/${awb}/trail`)).body.items;
    assert.deepEqual(
      trail.map((point: { lat: number }) => point.lat),
      [52.49, 52.5],
    );
    assert.equal((await call(recipient, 'GET', `/api/tracking/${awb}/trail`)).status, 403);
  });

  it('that cannot be true, or say nothing, are kept and marked', async () => {
    const { awb } = await create();
    const fix = (minutes: number, lat: number, accuracy = 10) =>
      report(awb, { lat, long: 13.4, accuracy, recordedAt: at(minutes) });
    await fix(1, 52.5);
    assert.equal((await fix(2, 53.9)).body.location.lat, 52.5);
    assert.equal((await fix(3, 52.6, 5_000)).body.location.lat, 52.5);
    assert.equal((await fix(4, 52.503)).body.location.lat, 52.503);
    const trail = (await call(operator, 'GET', `/api/tracking/${awb}/trail`)).body.items;
    assert.deepEqual(
      trail.map((point: { mark: string | null }) => point.mark),
      [null, 'jump', 'inaccurate', null],
    );
  });

  it('of a clock that is ahead do not hide those that follow', async () => {
    const { awb } = await create();
    await report(awb, { lat: 52.5, long: 13.4, recordedAt: new Date(Date.now() + 86_400_000).toISOString() });
    const { body } = await report(awb, { lat: 52.501, long: 13.4 });
    assert.equal(body.location.lat, 52.501);
  });

  it('shuffled, repeated three times and interleaved come to the same trail and the same last position', async () => {
    const [straight, mixed] = await Promise.all([create(), create()]);
    const locations = Array.from({ length: 60 }, (_, n) => ({
      // Two of them cannot be true.
      lat: n === 20 || n === 41 ? 48.1 : 52.5 + n * 0.0005,
      long: 13.4,
      accuracy: n === 30 ? 900 : 6,
      recordedAt: at(n / 6),
      sequence: n,
    }));
    const send = (awb: string, batch: object[]) =>
      call(rider, 'POST', `/api/tracking/${awb}/locations`, { deviceId: 'phone', locations: batch });
    assert.equal((await send(straight.awb, locations)).body.accepted, 60);
    const shuffled = [...locations, ...locations, ...locations]
      .map((fix) => ({ fix, key: randomInt(1_000_000) }))
      .sort((a, b) => a.key - b.key)
      .map(({ fix }) => fix);
    const batches = Array.from({ length: 12 }, (_, n) => shuffled.slice(n * 15, (n + 1) * 15));
    const answers = await Promise.all(batches.map((batch) => send(mixed.awb, batch)));
    assert.equal(
      answers.reduce((sum, { body }) => sum + body.accepted, 0),
      60,
    );
    const stateOf = async (awb: string) => ({
      trail: (await call(operator, 'GET', `/api/tracking/${awb}/trail`)).body.items.map(
        ({ receivedAt: _, ...point }: { receivedAt: string }) => point,
      ),
      location: (await call(operator, 'GET', `/api/tracking/${awb}`)).body.location,
    });
    assert.deepEqual(await stateOf(mixed.awb), await stateOf(straight.awb));
    assert.equal((await stateOf(mixed.awb)).trail.length, 60);
  });

  it('told again are known by what their device said of them, whatever its clock', async () => {
    const { awb } = await create();
    const ahead = new Date(Date.now() + 86_400_000).toISOString();
    const sent = [
      { lat: 52.5, long: 13.4, recordedAt: at(1) },
      { lat: 52.501, long: 13.4, sequence: 7 },
      { lat: 52.502, long: 13.4, sequence: 8, recordedAt: ahead },
      { lat: 52.503, long: 13.4, recordedAt: ahead },
    ];
    const send = async (locations: object[]) => {
      const { body } = await call(rider, 'POST', `/api/tracking/${awb}/locations`, { deviceId: 'phone', locations });
      return [body.accepted, body.duplicates];
    };
    assert.deepEqual(await send([...sent, sent[0]!]), [4, 1]);
    for (const fix of sent) assert.deepEqual(await send([fix]), [0, 1], JSON.stringify(fix));
    assert.deepEqual(await send([{ lat: 52.504, long: 13.4, recordedAt: at(2) }, ...sent]), [1, 4]);
    assert.equal((await call(operator, 'GET', `/api/tracking/${awb}/trail`)).body.items.length, 5);
  });

  it('come page by page, in the order of recording, also those that the version before stored', async () => {
    const { awb } = await create();
    const fixes = Array.from({ length: 8 }, (_, n) => ({
      lat: 52.5 + n * 1e-4,
      long: 13.4,
      recordedAt: at(n),
      sequence: n,
    }));
    const send = (numbers: number[]) => {
      const locations = numbers.map((n) => fixes[n]);
      return call(rider, 'POST', `/api/tracking/${awb}/locations`, { deviceId: 'phone', locations });
    };
    const { query } = await import('../platform/database.ts');
    await query(
      `insert into parcel_points (awb, key, recorded_at, received_at, lat, long, source)
       values ($1, $2, $3, now(), $4, 13.4, 'rider')`,
      [awb, `${rider.id}/phone#3`, fixes[3]!.recordedAt, fixes[3]!.lat],
    );
    await send([5, 1]);
    await send([4, 2, 7]);
    assert.equal((await send([3, 6])).body.accepted, 1);
    const read = async (cursor: string | null, seen: number[] = []): Promise<number[]> => {
      const more = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await call(operator, 'GET', `/api/tracking/${awb}/trail?limit=2${more}`);
      const all = [...seen, ...body.items.map(({ lat }: { lat: number }) => Math.round((lat - 52.5) * 1e4))];
      return body.nextCursor ? read(body.nextCursor, all) : all;
    };
    assert.deepEqual(await read(null), [1, 2, 3, 4, 5, 6, 7]);
  });

  it('recorded before the end still join the trail afterwards; later ones are refused', async () => {
    const { awb } = await create();
    await step(awb, 'OUT_FOR_DELIVERY', { recordedAt: at(1) });
    await step(awb, 'DELIVERED');
    assert.equal((await report(awb, { lat: 52.5, long: 13.4, recordedAt: at(20) })).status, 202);
    assert.equal((await report(awb, { lat: 52.5, long: 13.4 })).status, 409);
  });
});

describe('the gateway’s functions', () => {
  it('tell those who follow a parcel', async () => {
    const gateway = await import('./gateway.ts');
    const { awb, version } = await create();
    const watcher = await join(operator);
    await ask(watcher, 'subscribe-tracking', { awb });
    const told = ['status-update', 'location-update', 'eta-update'].map((name) => nextEvent(watcher, name));
    assert.equal(await gateway.emitStatusUpdate(awb, { status: 'IN_TRANSIT' }), version + 1);
    await gateway.emitLocationUpdate(awb, { lat: 52.5, long: 13.4 });
    assert.equal(await gateway.emitEtaUpdate(awb, at(90)), version + 2);
    for (const event of await Promise.all(told)) assert.equal(event.awb, awb);
    assert.ok(Array.isArray(await gateway.getActiveSubscriptions()));
    await assert.rejects(gateway.emitStatusUpdate('QQ00000000', { status: 'AT_HUB' }), /not found/);
  });
});

describe('ETA and approach', () => {
  it('computes an ETA from the way and the speed, and tells when it moves by more than a minute', async () => {
    const { awb } = await create();
    await step(awb, 'OUT_FOR_DELIVERY');
    const watcher = await join(recipient);
    await ask(watcher, 'subscribe-tracking', { awb });
    const told = nextEvent<{ eta: string; minutes: number; distanceMeters: number; version?: number }>(
      watcher,
      'eta-update',
    );
    await report(awb, { lat: 52.6, long: 13.404954, accuracy: 5 });
    const { eta, minutes, distanceMeters, version } = await told;
    assert.equal(version, undefined);
    assert.ok(distanceMeters > 8_900 && distanceMeters < 13_500);
    assert.ok(minutes > 10 && minutes < 60);
    assert.equal((await call(operator, 'GET', `/api/tracking/${awb}`)).body.eta, eta);
    const heard = record(watcher);
    await report(awb, { lat: 52.5999, long: 13.404954, accuracy: 5 });
    await settled(watcher);
    assert.ok(!heard.some(({ name }) => name === 'eta-update'));
  });

  it('leaves a staff’s ETA alone', async () => {
    const { awb } = await create();
    await step(awb, 'OUT_FOR_DELIVERY');
    const watcher = await join(operator);
    await ask(watcher, 'subscribe-tracking', { awb });
    const computed = nextEvent<{ distanceMeters: number }>(watcher, 'eta-update');
    await report(awb, { lat: 52.6, long: 13.4 });
    const { distanceMeters } = await computed;
    const eta = new Date(Date.now() + 7_200_000).toISOString();
    const set = nextEvent<{ distanceMeters: number }>(watcher, 'eta-update');
    await call(operator, 'PUT', `/api/tracking/${awb}/eta`, { eta });
    // The way is as long as it was, whoever says when it ends.
    assert.equal((await set).distanceMeters, distanceMeters);
    await report(awb, { lat: 52.6, long: 13.4 });
    assert.equal((await call(operator, 'GET', `/api/tracking/${awb}`)).body.eta, eta);
  });

  it('says once an attempt that the rider is near', async () => {
    const { awb } = await create();
    const watcher = await join(operator);
    await ask(watcher, 'subscribe-tracking', { awb });
    const heard = record(watcher);
    const near = () => heard.filter(({ name }) => name === 'rider-approaching').length;
    const pass = async (minutes: number) => {
      await report(awb, { lat: 52.5198, long: 13.4049, accuracy: 5, recordedAt: at(minutes) });
      await report(awb, { lat: 52.5199, long: 13.4049, accuracy: 5, recordedAt: at(minutes + 1) });
      await settled(watcher);
    };
    await step(awb, 'IN_TRANSIT');
    await pass(1);
    assert.equal(near(), 0);
    await step(awb, 'OUT_FOR_DELIVERY');
    await pass(3);
    assert.equal(near(), 1);
    await step(awb, 'FAILED_ATTEMPT');
    await step(awb, 'OUT_FOR_DELIVERY');
    await pass(5);
    assert.equal(near(), 2);
  });
});

describe('links and guests', () => {
  it('opens one parcel, on the socket, over HTTP and as a page, and nothing else', async () => {
    const [{ awb }, other] = await Promise.all([create(), create()]);
    const link = await linkTo(awb);
    assert.ok(link.url.endsWith(`/track/${awb}?t=${link.token}`));
    assert.ok(Date.parse(link.expiresAt) > Date.now());
    const guest = await join(link.token);
    assert.equal((await ask(guest, 'subscribe-tracking', { awb })).success, true);
    const refused = await ask(guest, 'subscribe-tracking', { awb: other.awb });
    assert.equal((refused.error as { code: string }).code, 'NOT_FOUND');
    assert.equal((await call(link.token, 'GET', `/api/tracking/${other.awb}`)).status, 404);
    assert.equal((await call(link.token, 'GET', '/api/tracking')).status, 403);
    assert.equal((await call(link.token, 'POST', `/api/tracking/${awb}/status`, { status: 'DELIVERED' })).status, 401);
    await assert.rejects(connect(server.url, link.token), /Invalid or expired token/);
  });

  it('renders the last known status without JavaScript, for nobody’s cache and referrer', async () => {
    const { awb } = await create();
    await step(awb, 'OUT_FOR_DELIVERY', { description: '<script>alert(1)</script>' });
    const { url } = await linkTo(awb);
    const page = await call(null, 'GET', new URL(url).pathname + new URL(url).search);
    assert.equal(page.status, 200);
    assert.match(page.body, /Out for delivery/);
    assert.ok(!page.body.includes('<script>alert'));
    assert.ok(!page.body.includes('Lindenstraße'));
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(page.headers.get('cache-control'), 'private, no-store');
    assert.equal((await call(null, 'GET', `/track/${awb}?t=nonsense`)).status, 404);
    assert.ok(!(await call(null, 'GET', `/track/${awb}`)).body.includes('Out for delivery'));
    assert.equal((await call(null, 'GET', `/track/${awb}?t=${tokenFor(operator)}`)).body.includes('Out for'), false);
  });

  it('ends with revoking, for those who are connected too', async () => {
    const { awb } = await create();
    const { id, token } = await linkTo(awb);
    const guest = await join(token);
    const gone = new Promise((resolve) => guest.once('disconnect', resolve));
    assert.equal((await call(stranger, 'DELETE', `/api/tracking/${awb}/links/${id}`)).status, 404);
    assert.equal((await call(operator, 'DELETE', `/api/tracking/${awb}/links/${id}`)).status, 204);
    const again = await ask(guest, 'get-tracking', { awb }).catch(() => ({ success: false }));
    assert.equal(again.success, false);
    await gone;
    assert.equal((await call(token, 'GET', `/api/tracking/${awb}`)).status, 401);
    await assert.rejects(join(token), /Invalid or expired token/);
  });

  it('lets nobody in without a token', async () => {
    await assert.rejects(connect(server.url, undefined, { namespace: '/tracking' }), /Authentication required/);
    assert.equal((await call(null, 'GET', '/api/tracking/FX00000000')).status, 401);
  });

  it('stops those who sweep AWBs, over HTTP and by resuming', async () => {
    const sweeper = person({ role: 'operator', companyId: 'c3' });
    const socket = await join(sweeper);
    const streams = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`tracking:FX${10_000_000 + n}`, null]));
    await ask(socket, 'resume', { streams });
    const { status, body } = await call(sweeper, 'GET', '/api/tracking/FX10000000');
    assert.equal(status, 429);
    assert.equal(body.code, 'RATE_LIMITED');
    assert.ok(body.retryAfterMs > 0);
    const { awb } = await create();
    assert.equal((await call(operator, 'GET', `/api/tracking/${awb}`)).status, 200);
  });
});

describe('proof of delivery', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const photo = (bytes: Buffer = PNG) => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(bytes)]), 'door.png');
    return form;
  };

  it('is a photo by the rider, once however often it is sent, seen by those with a sign-in', async () => {
    const { awb } = await create();
    const watcher = await join(operator);
    await ask(watcher, 'subscribe-tracking', { awb });
    const told = nextEvent<{ proof: { id: string } }>(watcher, 'proof-added');
    const send = () =>
      call(rider, 'POST', `/api/tracking/${awb}/proofs`, photo(), { 'Idempotency-Key': `proof-${awb}` });
    const first = await send();
    assert.equal(first.status, 201);
    assert.equal((await told).proof.id, first.body.id);
    assert.equal((await send()).body.id, first.body.id);
    assert.equal((await call(recipient, 'GET', `/api/tracking/${awb}/proofs`)).body.items.length, 1);
    const { token } = await linkTo(awb);
    assert.equal((await call(token, 'GET', `/api/tracking/${awb}/proofs`)).status, 403);
    assert.equal((await call(otherRider, 'POST', `/api/tracking/${awb}/proofs`, photo())).status, 404);
    const text = await call(rider, 'POST', `/api/tracking/${awb}/proofs`, photo(Buffer.from('no photo')));
    assert.equal(text.status, 415);
  });
});
