import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

const admin = person({ role: 'admin', companyId: 'acme' });
const operator = person({ role: 'operator', companyId: 'acme' });
const mia = person({ role: 'merchant', companyId: 'acme', shopIds: ['north'] });
const max = person({ role: 'merchant', companyId: 'acme', shopIds: ['south'] });
const carl = person({ role: 'customer', id: 'carl' });
const cora = person({ role: 'customer', id: 'cora' });
const rival = person({ role: 'admin', companyId: 'rival' });
/** Runs a shop of the same name in another company. */
const namesake = person({ role: 'merchant', companyId: 'rival', shopIds: ['north'] });
const root = person({ role: 'super_admin' });
const everybody = { admin, operator, mia, max, carl, cora, rival, namesake, root };
type Name = keyof typeof everybody;

let server: TestServer;
let call: ReturnType<typeof api>;
const sockets = {} as Record<Name, Socket>;

before(async () => {
  server = await startTestServer({ env: { WS_RATE_LIMIT: '100000', HANDSHAKE_RATE_LIMIT: '100000' } });
  call = api(server.url);
  for (const [name, who] of Object.entries(everybody)) sockets[name as Name] = await connect(server.url, tokenFor(who));
});
after(() => server.stop());

/** Does something and answers which of these events each person heard meanwhile. */
const heardDuring = async (work: () => Promise<unknown>, ...events: string[]) => {
  // What is still on its way belongs to what was done before.
  for (const socket of Object.values(sockets)) await settled(socket);
  const records = Object.entries(sockets).map(([name, socket]) => ({ name, socket, heard: record(socket) }));
  await work();
  const heard: Record<string, Record<string, unknown>[]> = Object.fromEntries(events.map((event) => [event, []]));
  const who: Record<string, string[]> = Object.fromEntries(events.map((event) => [event, []]));
  for (const one of records) {
    await settled(one.socket);
    one.socket.offAny();
    for (const { name, event } of one.heard)
      if (events.includes(name)) {
        who[name]!.push(one.name);
        heard[name]!.push(event);
      }
  }
  return { who: Object.fromEntries(Object.entries(who).map(([event, names]) => [event, names.sort()])), heard };
};

const item = (amount = 500) => ({ productId: 'P1', name: 'Lamp', quantity: 2, price: { amount, currency: 'EUR' } });
const placeOrder = async (who = carl, shopId = 'north') => {
  const { status, body } = await call(who, 'POST', '/api/orders', {
    customerId: 'carl',
    shopId,
    companyId: 'acme',
    items: [item()],
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

describe('an order', () => {
  it('is told to its company, super_admin and shop, and to nobody else', async () => {
    let order: Record<string, unknown> = {};
    const { who, heard } = await heardDuring(
      async () => {
        order = await placeOrder();
      },
      'order:new_order',
      'order:shop_order',
    );
    assert.match(String(order.orderNumber), /^ORD-\d+$/);
    assert.deepEqual(
      [order.status, order.paymentStatus, order.total],
      ['pending', 'pending', { amount: 1000, currency: 'EUR' }],
    );
    assert.deepEqual(who, { 'order:new_order': ['admin', 'operator', 'root'], 'order:shop_order': ['mia'] });
    const { id: orderId, orderNumber, status, total, shopId, customerId } = order;
    const { timestamp: _, ...event } = heard['order:new_order']![0]!;
    assert.deepEqual(event, { type: 'order:new_order', orderId, orderNumber, status, total, shopId, customerId });
  });

  it('tells its status and payment to the customer and to those who follow it, in order and with versions', async () => {
    const { id } = await placeOrder();
    const joined = await ask(sockets.carl, 'subscribe_order', id);
    assert.equal(joined.success, true);
    assert.equal(joined.version, 0);
    assert.equal((joined.snapshot as { id: string }).id, id);
    const { who, heard } = await heardDuring(
      async () => {
        assert.equal((await call(operator, 'PATCH', `/api/orders/${id}/status`, { status: 'confirmed' })).status, 200);
        assert.equal((await call(mia, 'PATCH', `/api/orders/${id}/payment`, { status: 'paid' })).status, 200);
      },
      'order:status_updated',
      'order:update',
      'payment:status_updated',
      'payment:update',
    );
    assert.deepEqual(who['order:status_updated'], ['carl']);
    assert.deepEqual(who['payment:status_updated'], ['carl']);
    assert.deepEqual(who['order:update'], ['admin', 'carl', 'mia', 'operator', 'root']);
    assert.deepEqual(who['payment:update'], ['admin', 'carl', 'mia', 'operator', 'root']);
    assert.equal(heard['order:update']![0]!.version, 1);
    assert.equal(heard['payment:update']![0]!.version, 2);
    assert.equal(heard['payment:update']![0]!.paymentStatus, 'paid');
    const again = await ask(sockets.carl, 'subscribe_order', { orderId: id, since: 0 });
    assert.deepEqual(
      (again.missed as { type: string; version: number }[]).map(({ type, version }) => [type, version]),
      [
        ['order:update', 1],
        ['payment:update', 2],
      ],
    );
    assert.equal((await ask(sockets.carl, 'unsubscribe_order', id)).success, true);
    const { body: history } = await call(carl, 'GET', `/api/orders/${id}/timeline`);
    assert.deepEqual(
      history.items.map(({ kind, to }: { kind: string; to: string }) => `${kind} ${to}`),
      ['payment paid', 'status confirmed', 'created pending'],
    );
    assert.equal((await call(carl, 'GET', `/api/orders/${id}/events`)).body.items.length, 2);
  });

  it('is not there for another customer, shop or company, by HTTP or by socket', async () => {
    const { id } = await placeOrder();
    for (const name of ['cora', 'max', 'rival', 'namesake'] as const) {
      assert.equal((await call(everybody[name], 'GET', `/api/orders/${id}`)).status, 404, name);
      assert.equal(
        (await call(everybody[name], 'PATCH', `/api/orders/${id}/status`, { status: 'confirmed' })).status,
        404,
        name,
      );
      for (const [event, payload] of [
        ['subscribe_order', id],
        ['join_room', `order:${id}`],
      ] as const) {
        const answer = await ask<{ error?: { code: string } }>(sockets[name], event, payload);
        assert.equal(answer.error?.code, 'NOT_FOUND', `${name} ${event}`);
      }
      const { body } = await call(everybody[name], 'GET', '/api/orders');
      assert.ok(!JSON.stringify(body).includes(id), name);
    }
    assert.equal((await call(mia, 'GET', `/api/orders/${id}`)).status, 200);
  });

  it('moves forward only, once at a version, and is cancelled by its customer only while nobody works on it', async () => {
    const { id } = await placeOrder();
    const change = (who: typeof carl, status: string, headers = {}) =>
      call(who, 'PATCH', `/api/orders/${id}/status`, { status }, headers);
    assert.equal((await change(carl, 'confirmed')).status, 403);
    assert.equal((await change(operator, 'processing')).status, 200);
    const back = await change(operator, 'confirmed');
    assert.equal(back.status, 409);
    assert.match(back.body.detail, /shipped, delivered, cancelled/);
    assert.equal((await change(carl, 'cancelled')).status, 403);
    assert.equal((await change(operator, 'shipped', { 'if-match': '"0"' })).status, 412);
    assert.equal((await change(operator, 'shipped', { 'if-match': '"1"' })).status, 200);
    assert.equal((await change(operator, 'cancelled')).status, 409);
    assert.equal((await change(operator, 'pending')).status, 400);
  });

  it('is created once for one Idempotency-Key', async () => {
    const body = { shopId: 'north', companyId: 'acme', items: [item()] };
    const key = { 'idempotency-key': 'order-once' };
    const first = await call(carl, 'POST', '/api/orders', body, key);
    const second = await call(carl, 'POST', '/api/orders', body, key);
    assert.equal(second.status, 201);
    assert.equal(second.body.id, first.body.id);
    assert.equal(first.headers.get('location'), `/api/orders/${first.body.id}`);
  });

  it('is ordered for oneself by a customer, and in their own shops by merchants', async () => {
    const body = { customerId: 'carl', shopId: 'north', companyId: 'acme', items: [item()] };
    assert.equal((await call(cora, 'POST', '/api/orders', body)).status, 403);
    assert.equal((await call(max, 'POST', '/api/orders', body)).status, 403);
    assert.equal((await call(mia, 'POST', '/api/orders', body)).status, 201);
    const mixed = [item(), { ...item(), price: { amount: 1, currency: 'USD' } }];
    assert.equal((await call(mia, 'POST', '/api/orders', { ...body, items: mixed })).status, 422);
    assert.equal((await call(mia, 'POST', '/api/orders', { ...body, items: [] })).status, 400);
  });
});

const put = (productId: string, body: object, who = operator) => call(who, 'PUT', `/api/inventory/${productId}`, body);
const adjust = (productId: string, delta: number, shopId = 'north', who = operator) =>
  call(who, 'POST', `/api/inventory/${productId}/adjust`, { shopId, delta });

describe('stock', () => {
  it('is told to the company, to the shop, and to those who follow the product in what they may see', async () => {
    await put('S1', { shopId: 'north', productName: 'Chair', quantity: 20, threshold: 5 });
    await put('S1', { shopId: 'south', quantity: 7 });
    for (const name of ['admin', 'mia', 'max'] as const)
      assert.equal((await ask(sockets[name], 'subscribe_inventory', 'S1')).success, true, name);
    const seen = await ask(sockets.mia, 'subscribe_inventory', { productId: 'S1' });
    assert.deepEqual(
      (seen.snapshot as { items: { shopId: string }[] }).items.map(({ shopId }) => shopId),
      ['north'],
    );
    const { who, heard } = await heardDuring(
      () => adjust('S1', -2),
      'inventory:updated',
      'inventory:shop_update',
      'inventory:stock_changed',
      'inventory:low_stock_alert',
    );
    assert.deepEqual(who, {
      'inventory:updated': ['admin', 'operator', 'root'],
      'inventory:shop_update': ['mia'],
      'inventory:stock_changed': ['admin', 'mia'],
      'inventory:low_stock_alert': [],
    });
    const { timestamp: _, ...event } = heard['inventory:stock_changed']![0]!;
    assert.deepEqual(event, {
      type: 'inventory:stock_changed',
      version: 3,
      productId: 'S1',
      productName: 'Chair',
      shopId: 'north',
      quantity: 18,
      threshold: 5,
    });
    const missed = await ask(sockets.max, 'subscribe_inventory', { productId: 'S1', since: 0 });
    assert.deepEqual(
      (missed.missed as { version: number }[]).map(({ version }) => version),
      [2],
    );
    for (const name of ['admin', 'mia', 'max'] as const)
      assert.equal((await ask(sockets[name], 'unsubscribe_inventory', 'S1')).success, true);
    const after = await heardDuring(() => adjust('S1', -1), 'inventory:stock_changed');
    assert.deepEqual(after.who['inventory:stock_changed'], []);
    const { body } = await call(max, 'GET', '/api/inventory/S1/history');
    assert.deepEqual(
      body.items.map(({ shopId, before: was, quantity }: Record<string, unknown>) => [shopId, was, quantity]),
      [['south', 0, 7]],
    );
  });

  it('is the company’s own: the same product and shop elsewhere are others', async () => {
    await put('S2', { shopId: 'north', quantity: 3 });
    const theirs = await put('S2', { shopId: 'north', quantity: 99 }, rival);
    assert.equal(theirs.body.version, 1);
    const { who } = await heardDuring(
      () => adjust('S2', 1, 'north', rival),
      'inventory:updated',
      'inventory:shop_update',
    );
    assert.deepEqual(who, { 'inventory:updated': ['rival', 'root'], 'inventory:shop_update': ['namesake'] });
    assert.equal((await call(operator, 'GET', '/api/inventory/S2')).body.items[0].quantity, 3);
    assert.equal((await adjust('S2', 1, 'south', mia)).status, 404);
    assert.equal((await put('S2', { shopId: 'south', quantity: 1 }, mia)).status, 404);
    assert.equal((await call(carl, 'GET', '/api/inventory')).status, 403);
    const all = await ask(sockets.root, 'subscribe_inventory', 'rival/S2');
    assert.equal((all.snapshot as { items: { quantity: number }[] }).items[0]!.quantity, 100);
    assert.equal((await ask(sockets.root, 'unsubscribe_inventory', 'rival/S2')).success, true);
  });

  it('warns at the crossing, not at every change below it, and again when it is gone', async () => {
    const during = (work: () => Promise<unknown>) => heardDuring(work, 'inventory:low_stock_alert', 'inventory:alert');
    await put('S3', { shopId: 'north', productName: 'Desk', quantity: 6, threshold: 5 });
    const crossing = await during(() => adjust('S3', -1));
    assert.deepEqual(crossing.who, {
      'inventory:low_stock_alert': ['admin', 'mia', 'operator', 'root'],
      'inventory:alert': ['admin', 'operator', 'root'],
    });
    assert.equal(crossing.heard['inventory:alert']![0]!.severity, 'warning');
    assert.deepEqual((await during(() => adjust('S3', -2))).who['inventory:alert'], []);
    const gone = await during(() => adjust('S3', -3));
    assert.equal(gone.heard['inventory:alert']![0]!.severity, 'critical');
    assert.deepEqual((await during(() => adjust('S3', 3))).who['inventory:alert'], []);
    await adjust('S3', 10);
    assert.equal((await during(() => adjust('S3', -9))).heard['inventory:alert']![0]!.severity, 'warning');
  });

  it('of 50 pieces is taken by exactly 50 of 100 who take one at once', async () => {
    await put('S4', { shopId: 'north', quantity: 50 });
    // A machine that is too busy for a connection to the database says so, and is asked again.
    const takeOne = async (): ReturnType<typeof adjust> => {
      const answer = await adjust('S4', -1);
      return answer.status === 503 ? takeOne() : answer;
    };
    const answers = await Promise.all(Array.from({ length: 100 }, takeOne));
    assert.equal(answers.filter(({ status }) => status === 200).length, 50);
    assert.equal(answers.filter(({ status }) => status === 409).length, 50);
    const { body } = await call(operator, 'GET', '/api/inventory/S4');
    assert.equal(body.items[0].quantity, 0);
    assert.equal(body.version, 51);
  });
});

describe('a transfer', () => {
  const create = async (productId: string, fromShopId: string, toShopId: string, quantity: number) =>
    (await call(operator, 'POST', '/api/transfers', { productId, fromShopId, toShopId, quantity })).body;
  const step = (id: string, status: string, who = operator) =>
    call(who, 'PATCH', `/api/transfers/${id}/status`, { status });
  const quantities = async (productId: string) =>
    Object.fromEntries(
      (await call(operator, 'GET', `/api/inventory/${productId}`)).body.items.map(
        ({ shopId, quantity }: { shopId: string; quantity: number }) => [shopId, quantity],
      ),
    );

  it('moves the stock when it is completed, and tells both shops, the company and who looks at it', async () => {
    await put('T1', { shopId: 'north', productName: 'Sofa', quantity: 10 });
    let transfer: { id: string } = { id: '' };
    const created = await heardDuring(async () => {
      transfer = await create('T1', 'north', 'south', 4);
    }, 'transfer:status_update');
    assert.deepEqual(created.who['transfer:status_update'], ['admin', 'max', 'mia', 'operator', 'root']);
    assert.equal((await step(transfer.id, 'in_transit', max)).status, 403);
    assert.equal((await step(transfer.id, 'in_transit', mia)).status, 200);
    assert.deepEqual(await quantities('T1'), { north: 10 });
    assert.equal(
      (await ask<{ error?: { code: string } }>(sockets.rival, 'join_room', `transfer:${transfer.id}`)).error?.code,
      'NOT_FOUND',
    );
    assert.equal((await step(transfer.id, 'completed', max)).status, 200);
    assert.deepEqual(await quantities('T1'), { north: 6, south: 4 });
    assert.equal((await step(transfer.id, 'cancelled')).status, 409);
    assert.equal((await call(rival, 'GET', `/api/transfers/${transfer.id}`)).status, 404);
    const short = await create('T1', 'north', 'south', 7);
    assert.equal((await step(short.id, 'completed')).status, 409);
    assert.equal((await call(operator, 'GET', `/api/transfers/${short.id}`)).body.status, 'pending');
  });

  it('and the opposite one at once do not deadlock, and no piece is lost', async () => {
    await put('T2', { shopId: 'north', quantity: 100 });
    await put('T2', { shopId: 'south', quantity: 100 });
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 ? create('T2', 'north', 'south', 3) : create('T2', 'south', 'north', 3),
      ),
    );
    const answers = await Promise.all(made.map(({ id }) => step(id, 'completed')));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.deepEqual(await quantities('T2'), { north: 100, south: 100 });
  });
});

describe('a notification', () => {
  const send = (who: typeof admin, body: object) =>
    call(who, 'POST', '/api/notifications', {
      kind: 'info',
      priority: 'high',
      subject: 'Hello',
      content: 'There',
      ...body,
    });

  it('reaches one person, waits for them while they are away, and counts as unread on all their screens', async () => {
    const other = await connect(server.url, tokenFor(mia));
    const start = await ask(sockets.mia, 'subscribe_notifications');
    const since = start.version as number;
    const { who, heard } = await heardDuring(
      () => send(admin, { userId: mia.id, type: 'stock', kind: undefined, metadata: { a: 1 } }),
      'notification:new',
    );
    assert.deepEqual(who['notification:new'], ['mia']);
    const { timestamp: _, id, unread, ...event } = heard['notification:new']![0]!;
    assert.deepEqual(event, {
      type: 'notification:new',
      version: since + 1,
      kind: 'stock',
      priority: 'high',
      subject: 'Hello',
      content: 'There',
      metadata: { a: 1 },
    });
    sockets.mia.disconnect();
    await send(admin, { userId: mia.id, subject: 'Second' });
    sockets.mia = await connect(server.url, tokenFor(mia));
    const back = await ask(sockets.mia, 'subscribe_notifications', { since: since + 1 });
    assert.deepEqual(
      (back.missed as { subject: string; unread: number }[]).map((one) => [one.subject, one.unread]),
      [['Second', Number(unread) + 1]],
    );
    const told = [sockets.mia, other].map((socket) => nextEvent(socket, 'notification:read'));
    const read = await call(mia, 'POST', `/api/notifications/${id}/read`);
    assert.deepEqual(read.body, { id, unread });
    for (const one of await Promise.all(told)) assert.deepEqual([one.id, one.unread], [id, unread]);
    assert.equal((await call(mia, 'POST', `/api/notifications/${id}/read`)).body.unread, unread);
    assert.equal((await call(max, 'POST', `/api/notifications/${id}/read`)).status, 404);
    const list = await call(mia, 'GET', '/api/notifications?unread=true');
    assert.equal(list.body.unread, unread);
    assert.ok(list.body.items.every((one: { readAt: unknown }) => one.readAt === null));
    assert.equal((await call(mia, 'POST', '/api/notifications/read-all')).body.unread, 0);
    assert.equal((await call(mia, 'GET', '/api/notifications')).body.unread, 0);
  });

  it('to a role or to all reaches the admin’s own company only; a super_admin’s reaches everybody', async () => {
    const merchants = await heardDuring(
      () => send(admin, { role: 'merchant' }),
      'notification:broadcast',
      'notification:new',
    );
    assert.deepEqual(merchants.who, { 'notification:broadcast': ['max', 'mia'], 'notification:new': [] });
    const all = await heardDuring(() => send(rival, { all: true }), 'notification:broadcast');
    assert.deepEqual(all.who['notification:broadcast'], ['namesake', 'rival']);
    const everywhere = await heardDuring(() => send(root, { all: true }), 'notification:broadcast');
    assert.deepEqual(everywhere.who['notification:broadcast'], Object.keys(everybody).sort());
  });

  it('is for admins to send, to people of theirs', async () => {
    assert.equal((await send(operator, { all: true })).status, 403);
    assert.equal((await send(rival, { userId: mia.id })).status, 404);
    assert.equal((await send(rival, { userId: 'carl' })).status, 404);
    assert.equal((await send(admin, { userId: 'carl' })).status, 201);
    assert.equal((await send(admin, { userId: mia.id, all: true })).status, 400);
    assert.equal((await send(admin, {})).status, 400);
  });

  it('is written in the very transaction of its Idempotency-Key', async () => {
    const told = nextEvent(sockets.max, 'notification:new');
    const body = { userId: max.id, priority: 'low', subject: 'Once', content: 'only' };
    const first = await call(admin, 'POST', '/api/notifications', body, { 'idempotency-key': 'n1' });
    const second = await call(admin, 'POST', '/api/notifications', body, { 'idempotency-key': 'n1' });
    assert.deepEqual(second.body, first.body);
    assert.equal((await told).subject, 'Once');
  });
});

describe('an announcement', () => {
  const body = { subject: 'Inventory', content: 'On Sunday', priority: 'normal' };
  it('reaches every connected member of the company; a super_admin’s reaches everybody', async () => {
    const company = await heardDuring(() => call(admin, 'POST', '/api/announcements', body), 'announcement:new');
    assert.deepEqual(company.who['announcement:new'], ['admin', 'max', 'mia', 'operator']);
    const all = await heardDuring(() => call(root, 'POST', '/api/announcements', body), 'announcement:new');
    assert.deepEqual(all.who['announcement:new'], Object.keys(everybody).sort());
    assert.equal((await call(operator, 'POST', '/api/announcements', body)).status, 403);
    assert.equal((await call(rival, 'GET', '/api/announcements')).body.items.length, 1);
    assert.equal((await call(mia, 'GET', '/api/announcements')).body.items.length, 2);
  });
});

describe('rooms', () => {
  it('of one name in two companies are two, and typing is told to the others in the room', async () => {
    for (const name of ['mia', 'max', 'rival'] as const)
      assert.deepEqual(await ask(sockets[name], 'join_room', 'chat'), { success: true, room: 'chat' });
    const { who, heard } = await heardDuring(async () => {
      assert.equal((await ask(sockets.mia, 'typing', { roomId: 'chat', isTyping: true })).success, true);
    }, 'typing');
    assert.deepEqual(who.typing, ['max']);
    const { timestamp: _, ...event } = heard.typing![0]!;
    assert.deepEqual(event, { type: 'typing', roomId: 'chat', userId: mia.id, username: mia.username, isTyping: true });
    const ended = nextEvent(sockets.max, 'typing', { matches: ({ isTyping }) => isTyping === false });
    assert.equal((await ask(sockets.mia, 'leave_room', 'chat')).success, true);
    await ended;
    assert.equal(
      (await ask<{ error?: { code: string } }>(sockets.mia, 'typing', { roomId: 'chat', isTyping: true })).error?.code,
      'NOT_FOUND',
    );
  });

  it('ends typing by itself after silence, and on disconnecting', async () => {
    const guest = await connect(server.url, tokenFor(operator));
    await ask(guest, 'join_room', 'desk');
    await ask(sockets.max, 'join_room', 'desk');
    const ended = () =>
      nextEvent(sockets.max, 'typing', { matches: ({ isTyping }) => isTyping === false, milliseconds: 10_000 });
    const first = ended();
    await ask(guest, 'typing', { roomId: 'desk', isTyping: true });
    await first;
    const second = ended();
    await ask(guest, 'typing', { roomId: 'desk', isTyping: true });
    guest.disconnect();
    await second;
  });

  it('with a known prefix need the read right of the thing', async () => {
    for (const room of [
      'user:carl',
      'company:acme',
      'shop:north',
      'super_admin',
      'product:S1',
      'order:none',
      'shipment:none',
    ])
      assert.equal(
        (await ask<{ error?: { code: string } }>(sockets.rival, 'join_room', room)).error?.code,
        'NOT_FOUND',
        room,
      );
    assert.equal((await ask(sockets.mia, 'join_room', 'shop:north')).success, true);
    assert.equal((await ask(sockets.admin, 'join_room', 'company:acme')).success, true);
  });
});

describe('who is online', () => {
  it('is told to staff, of their own company', async () => {
    const { body } = await call(operator, 'GET', '/connected-users');
    assert.equal(body.success, true);
    assert.deepEqual(body.data.users, [admin, operator, mia, max].map(({ id }) => id).sort());
    assert.equal(body.data.count, 4);
    assert.deepEqual((await call(operator, 'GET', `/user-status/${mia.id}`)).body, {
      success: true,
      data: { userId: mia.id, isConnected: true },
    });
    assert.equal((await call(operator, 'GET', `/user-status/${rival.id}`)).status, 404);
    assert.equal((await call(mia, 'GET', '/connected-users')).status, 403);
    assert.equal((await call(null, 'GET', '/connected-users')).status, 401);
  });
});

describe('the helper functions', () => {
  it('emit to those they name, and ask all nodes who is connected', async () => {
    const helpers = await import('./helpers.ts');
    const { who } = await heardDuring(
      async () => {
        await helpers.emitToUser(null, 'carl', 'for:user', { a: 1 });
        await helpers.emitToCompany(null, 'acme', 'for:company', {});
        await helpers.emitToShop(null, 'south', 'for:shop', {});
        await helpers.emitToRoom(null, 'user:cora', 'for:room', {});
        await helpers.broadcastToAll(null, 'for:all', { companyId: 'rival' });
      },
      'for:user',
      'for:company',
      'for:shop',
      'for:room',
      'for:all',
    );
    assert.deepEqual(who, {
      'for:user': ['carl'],
      'for:company': ['admin', 'operator'],
      'for:shop': ['max'],
      'for:room': ['cora'],
      'for:all': ['namesake', 'rival', 'root'],
    });
    assert.ok((await helpers.getConnectedUsers()).includes('carl'));
    assert.equal(await helpers.isUserConnected('carl'), true);
    assert.equal(await helpers.isUserConnected('nobody'), false);
  });
});

describe('while you were away', () => {
  it('tells each stream in one line that a person reads', async () => {
    const { id, orderNumber } = await placeOrder();
    for (const status of ['confirmed', 'shipped'])
      await call(operator, 'PATCH', `/api/orders/${id}/status`, { status });
    await put('D1', { shopId: 'north', productName: 'Rug', quantity: 20, threshold: 10 });
    for (const delta of [-3, -4, -4]) await adjust('D1', delta);
    const streams = { [`order:${id}`]: 0, 'product:D1': 1, 'order:none': 0 };
    const { body } = await call(operator, 'POST', '/api/digest', { streams });
    assert.deepEqual(
      body.items.map(({ text }: { text: string }) => text),
      [`${orderNumber}: confirmed, shipped`, 'Rug: 3 stock changes: 20 → 9, low'],
    );
    const since = new Date(Date.now() - 60_000).toISOString();
    const all = (await call(carl, 'GET', `/api/digest?since=${since}`)).body;
    assert.ok(all.items.some(({ text }: { text: string }) => text === `${orderNumber}: confirmed, shipped`));
    assert.ok(all.items.every(({ stream }: { stream: string }) => !stream.startsWith('product:')));
    assert.deepEqual((await call(rival, 'POST', '/api/digest', { streams })).body.items, []);
  });
});
