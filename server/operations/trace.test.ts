import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Trace } from '../contract/operations.ts';
import { api } from '../testing/http.ts';
import { type Person, person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent } from '../testing/sockets.ts';

const admin = person({ role: 'admin', companyId: 'acme' });
const operator = person({ role: 'operator', companyId: 'acme' });
const rider = person({ role: 'rider', companyId: 'acme' });
const supplier = person({ role: 'supplier' });
const merchant = person({ role: 'merchant', companyId: 'acme', shopIds: ['north'] });
const recipient = person({ role: 'customer' });
const stranger = person({ role: 'admin', companyId: 'rival' });
const root = person({ role: 'super_admin' });
const place = { address: 'Quay 7', lat: 1, long: 1 };

describe('why somebody did not see it', () => {
  let server: TestServer;
  let call: ReturnType<typeof api>;
  before(async () => {
    server = await startTestServer();
    call = api(server.url);
    // Who never came is not known.
    for (const who of [admin, operator, rider, supplier, merchant, recipient, stranger])
      await call(who, 'GET', '/api/auth/me');
  });
  after(() => server.stop());

  const traced = async (stream: string, user: string, as: Person = admin): Promise<Trace> => {
    const { status, body } = await call(as, 'GET', `/api/admin/trace?stream=${stream}&user=${user}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  /** The outcome of the newest event, and its sentence. */
  const newest = async (...asked: Parameters<typeof traced>) => {
    const { outcome, why } = (await traced(...asked)).events[0]!;
    return [outcome, why] as const;
  };
  const shipment = async (poNumber: string) => {
    const { body } = await call(operator, 'POST', '/api/shipments', { poNumber, supplierId: supplier.id });
    return body.id as string;
  };
  const inspect = (id: string) =>
    call(operator, 'PATCH', `/api/shipments/${id}/inspection`, { status: 'in_progress', notes: 'looked' });
  const follow = async (who: Person, id: string) => {
    const socket = await connect(server.url, tokenFor(who));
    assert.equal((await ask(socket, 'join:shipment', { shipmentId: id })).success, true);
    return socket;
  };

  it('they were not connected', async () => {
    const id = await shipment('PO-away');
    await inspect(id);
    assert.equal((await newest(`shipment:${id}`, supplier.id))[0], 'not_connected');
  });

  it('they were connected and did not follow it; then they joined and caught up', async () => {
    const id = await shipment('PO-elsewhere');
    const socket = await connect(server.url, tokenFor(supplier));
    await inspect(id);
    assert.equal((await newest(`shipment:${id}`, supplier.username))[0], 'not_subscribed');
    await ask(socket, 'join:shipment', { shipmentId: id });
    assert.equal((await newest(`shipment:${id}`, supplier.id))[0], 'caught_up');
    await ask(socket, 'leave:shipment', { shipmentId: id });
    await inspect(id);
    assert.equal((await newest(`shipment:${id}`, supplier.id))[0], 'not_subscribed');
    socket.disconnect();
  });

  it('it was handed to their connection, and their client says that it has it', async () => {
    const id = await shipment('PO-there');
    const socket = await follow(supplier, id);
    const heard = nextEvent<{ version: number }>(socket, 'inspection:updated');
    await inspect(id);
    const { version } = await heard;
    const sent = await traced(`shipment:${id}`, supplier.id);
    assert.equal(sent.events[0]!.outcome, 'sent');
    assert.equal(sent.events[0]!.way, 'here');
    assert.ok(sent.events[0]!.dispatchedAt);
    assert.deepEqual([sent.view, sent.version, sent.connections.at(-1)!.follows], ['full', version, 'stream']);
    await ask(socket, 'heads:ack', { streams: { [`shipment:${id}`]: version, 'shipment:another': 9 } });
    const [outcome, why] = await newest(`shipment:${id}`, supplier.id);
    assert.equal(outcome, 'acknowledged');
    assert.match(why, new RegExp(`version ${version}`));
    socket.disconnect();
  });

  it('those who hear of it by their role need not have joined', async () => {
    const id = await shipment('PO-list');
    const socket = await connect(server.url, tokenFor(operator));
    const heard = nextEvent(socket, 'inspection:updated');
    await inspect(id);
    await heard;
    const { events, connections } = await traced(`shipment:${id}`, operator.id);
    assert.equal(events[0]!.outcome, 'sent');
    assert.equal(connections.at(-1)!.follows, 'list');
    socket.disconnect();
  });

  it('their connection was lost before', async () => {
    const id = await shipment('PO-lost');
    const socket = await follow(supplier, id);
    socket.io.engine.close();
    // The server learns of it a moment later.
    const isOpen = async () =>
      (await traced(`shipment:${id}`, supplier.id)).connections.some(({ endedAt }) => endedAt === null);
    for (let n = 0; n < 500 && (await isOpen()); n += 1);
    await inspect(id);
    const [outcome, why] = await newest(`shipment:${id}`, supplier.id);
    assert.equal(outcome, 'connection_lost');
    assert.match(why, /lost at \d\d:\d\d:\d\d\.\d{3} UTC \(transport close\)/);
  });

  it('they may not read it', async () => {
    const id = await shipment('PO-secret');
    await inspect(id);
    const { events, view } = await traced(`shipment:${id}`, rider.id);
    assert.deepEqual([events[0]!.outcome, view], ['no_right', null]);
  });

  it('it is no part of what they see of it', async () => {
    const put = (shop: string, quantity: number) =>
      call(operator, 'PUT', '/api/inventory/lamp', { shopId: shop, quantity });
    await put('north', 5);
    await put('south', 7);
    const { events } = await traced('product:lamp', merchant.id);
    assert.deepEqual(
      events.map(({ outcome }) => outcome),
      ['redacted', 'not_connected'],
    );
  });

  it('of some of it they see less, and asking counts against no limit of theirs', async () => {
    const parcel = { origin: place, destination: place };
    const { awb } = (await call(operator, 'POST', '/api/tracking', { ...parcel, recipientId: recipient.id })).body;
    await call(operator, 'PUT', `/api/tracking/${awb}/rider`, { riderId: rider.id });
    const { events, view } = await traced(`tracking:${awb}`, recipient.id);
    assert.equal(view, 'recipient');
    assert.ok(events.find(({ type }) => type === 'rider-assigned')!.withheld.includes('riderId'));
    const other = (await call(operator, 'POST', '/api/tracking', parcel)).body.awb;
    for (let n = 0; n < 40; n += 1)
      await call(admin, 'GET', `/api/admin/trace?stream=tracking:${other}&user=${recipient.id}`);
    assert.equal((await call(recipient, 'GET', `/api/tracking/${awb}`)).status, 200);
  });

  it("traces a person's own notifications", async () => {
    await call(admin, 'POST', '/api/notifications', { userId: operator.id, subject: 'Gate 3', content: 'Now' });
    const { events, stream } = await traced('notifications', operator.id);
    assert.deepEqual([stream, events[0]!.type], ['notifications', 'notification:new']);
  });

  it('is for admins of the company and for super_admins, and names nothing of another company', async () => {
    const id = await shipment('PO-whose');
    const route = await call(admin, 'POST', '/api/routes', {
      origin: 'Lyon',
      destination: 'Turin',
      departsAt: '2099-01-01',
      seatCount: 1,
      price: { amount: 1, currency: 'EUR' },
    });
    const status = async (who: Person | null, stream: string, user: string) =>
      (await call(who, 'GET', `/api/admin/trace?stream=${stream}&user=${user}`)).status;
    assert.equal(await status(null, `shipment:${id}`, supplier.id), 401);
    for (const who of [operator, rider, supplier]) assert.equal(await status(who, `shipment:${id}`, supplier.id), 403);
    assert.equal(await status(stranger, `shipment:${id}`, stranger.id), 404);
    // Everybody may look at a departure; who else did is its company's business.
    assert.equal(await status(stranger, `route:${route.body.id}`, stranger.id), 404);
    assert.equal(await status(admin, `route:${route.body.id}`, operator.id), 200);
    assert.equal(await status(admin, `shipment:${id}`, stranger.id), 404);
    assert.equal(await status(admin, `shipment:${id}`, recipient.id), 404);
    assert.equal(await status(admin, `shipment:${id}`, 'nobody'), 404);
    assert.equal(await status(admin, 'nonsense:1', operator.id), 404);
    assert.equal(await status(root, `shipment:${id}`, stranger.id), 200);
  });
});
