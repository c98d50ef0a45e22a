import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const ines = person({ role: 'inspector', companyId: 'acme' });
const sven = person({ role: 'supplier', id: 'sven' });
const sonja = person({ role: 'supplier', id: 'sonja' });
const root = person({ role: 'super_admin' });
const eve = person({ role: 'admin', companyId: 'rival' });
const rider = person({ role: 'rider', companyId: 'acme' });

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer({ env: { WS_RATE_LIMIT: '100000' } });
  call = api(server.url);
});
after(() => server.stop());

let orders = 0;
const create = async (fields: object = {}) => {
  orders += 1;
  const answer = await call(ana, 'POST', '/api/shipments', { poNumber: `PO-${orders}`, ...fields });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
};
const move = (id: string, status: string, headers = {}) =>
  call(ana, 'PATCH', `/api/shipments/${id}/status`, { status }, headers);
const open = (who: typeof ana) => connect(server.url, tokenFor(who));
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

describe('a shipment', () => {
  it('is planned when created, has an address and an ETag, and its company and supplier hear of it', async () => {
    const [colleague, supplier, otherSupplier, stranger] = await Promise.all([
      open(ines),
      open(sven),
      open(sonja),
      open(eve),
    ]);
    const [atCompany, atSupplier] = [nextEvent(colleague, 'shipment:created'), nextEvent(supplier, 'shipment:created')];
    const [heardByOther, heardByStranger] = [record(otherSupplier), record(stranger)];
    const answer = await call(ana, 'POST', '/api/shipments', {
      poNumber: 'PO-born',
      supplierId: 'sven',
      eta: '2026-12-01',
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('location'), `/api/shipments/${answer.body.id}`);
    assert.equal(answer.headers.get('etag'), '"0"');
    assert.equal(answer.body.status, 'planned');
    assert.equal(answer.body.companyId, 'acme');
    assert.equal(answer.body.eta, '2026-12-01T00:00:00.000Z');
    const event = await atCompany;
    assert.equal(event.shipmentId, answer.body.id);
    assert.ok(event.timestamp);
    assert.equal(event.version, undefined);
    assert.equal((await atSupplier).shipmentId, answer.body.id);
    await Promise.all([settled(otherSupplier), settled(stranger)]);
    for (const heard of [heardByOther, heardByStranger])
      assert.deepEqual(
        heard.map(({ name }) => name),
        ['pong'],
      );
  });

  it('exists once per PO number and company', async () => {
    await create({ poNumber: 'PO-once' });
    const again = await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-once' });
    assert.equal(again.status, 409);
    assert.equal(again.body.code, 'CONFLICT');
    assert.equal((await call(eve, 'POST', '/api/shipments', { poNumber: 'PO-once' })).status, 201);
  });

  it('answers a repeated Idempotency-Key with the first result, and another body with 422', async () => {
    const key = { 'Idempotency-Key': 'create-1' };
    const [one, two] = await Promise.all(
      [1, 2].map(() => call(ana, 'POST', '/api/shipments', { poNumber: 'PO-key' }, key)),
    );
    assert.deepEqual([one!.status, two!.status], [201, 201]);
    assert.deepEqual(one!.body, two!.body);
    assert.equal(one!.headers.get('location'), two!.headers.get('location'));
    const other = await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-else' }, key);
    assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_MISMATCH']);
    // A failure is not kept: the same key may be used again once the request is right.
    const wrong = { 'Idempotency-Key': 'create-2' };
    assert.equal((await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-key' }, wrong)).status, 409);
    assert.equal((await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-fresh' }, wrong)).status, 201);
  });

  it('may skip forward and never goes back; a refusal names what is allowed', async () => {
    const { id } = await create();
    assert.equal((await move(id, 'arrived')).body.status, 'arrived');
    const back = await move(id, 'in_transit');
    assert.equal(back.status, 409);
    assert.match(back.body.detail, /inspecting, received, stored, rejected/);
    assert.equal((await move(id, 'cancelled')).status, 409);
    assert.equal((await move(id, 'arrived')).status, 409);
    assert.equal((await move(id, 'rejected')).status, 400);
    assert.equal((await move(id, 'stored')).status, 200);
    assert.match((await move(id, 'cancelled')).body.detail, /stays so/);
  });

  it('tells who watches it, and the company, one copy each, in order', async () => {
    const { id } = await create();
    const [watcher, colleague, stranger] = await Promise.all([open(ana), open(ines), open(eve)]);
    const joined = await ask(watcher, 'join:shipment', { shipmentId: id });
    assert.equal(joined.version, 0);
    assert.equal((joined.snapshot as { id: string }).id, id);
    const refused = await ask<{ error: { code: string } }>(stranger, 'join:shipment', { shipmentId: id });
    assert.equal(refused.error.code, 'NOT_FOUND');
    const heard = [record(watcher), record(colleague), record(stranger)];
    const moved = await call(ana, 'PATCH', `/api/shipments/${id}/status`, { status: 'in_transit', note: 'left port' });
    assert.equal(moved.headers.get('etag'), '"1"');
    await call(ines, 'PATCH', `/api/shipments/${id}/inspection`, { status: 'in_progress', notes: 'seal intact' });
    await call(ana, 'POST', `/api/shipments/${id}/reject`, { reason: 'wet' });
    await Promise.all([watcher, colleague, stranger].map(settled));
    const names = (index: number) =>
      heard[index]!.filter(({ name }) => name !== 'pong').map(({ name, event }) => [name, event.version]);
    const expected = [
      ['shipment:updated', 1],
      ['inspection:updated', 2],
      ['shipment:updated', 3],
      ['shipment:rejected', 4],
    ];
    assert.deepEqual(names(0), expected);
    assert.deepEqual(names(1), expected);
    assert.deepEqual(names(2), []);
    const [first, second, , last] = heard[0]!.map(({ event }) => event as Record<string, Record<string, unknown>>);
    assert.equal(first!.changedBy as unknown, ana.username);
    assert.equal(first!.shipment!.status, 'in_transit');
    assert.equal(second!.inspection!.notes, 'seal intact');
    assert.equal(last!.rejection!.reason, 'wet');
    const history = await call(ana, 'GET', `/api/shipments/${id}/events?since=1&limit=2`);
    assert.deepEqual(
      history.body.items.map((event: { version: number }) => event.version),
      [2, 3],
    );
    const rest = await call(ana, 'GET', `/api/shipments/${id}/events?cursor=${history.body.nextCursor}`);
    assert.deepEqual(
      rest.body.items.map((event: { version: number }) => event.version),
      [4],
    );
    const timeline = await call(ana, 'GET', `/api/shipments/${id}/timeline`);
    assert.deepEqual(
      timeline.body.items.map(({ kind }: { kind: string }) => kind),
      ['rejected', 'inspection', 'status', 'created'],
    );
  });

  it('is changed by one of 50 who decided on the same version; the others are told', async () => {
    const { id } = await create();
    const statuses = ['in_transit', 'arrived', 'inspecting', 'received', 'stored'];
    for (const [round, status] of statuses.entries()) {
      const answers = await Promise.all(upTo(50).map(() => move(id, status, { 'If-Match': `"${round}"` })));
      assert.equal(answers.filter((answer) => answer.status === 200).length, 1, `round ${round}`);
      const refused = answers.filter((answer) => answer.status !== 200);
      assert.ok(
        refused.every((answer) => answer.status === 412 && answer.body.code === 'STALE'),
        `round ${round}`,
      );
    }
    assert.equal((await call(ana, 'GET', `/api/shipments/${id}`)).headers.get('etag'), '"5"');
    assert.equal((await move(id, 'stored', { 'If-Match': 'yesterday' })).status, 400);
  });

  it('belongs to its company: others find nothing, and roles do what they may', async () => {
    const { id } = await create({ supplierId: 'sven' });
    const path = `/api/shipments/${id}`;
    for (const who of [eve, sonja, rider])
      for (const [method, route, body] of [
        ['GET', path],
        ['GET', `${path}/events`],
        ['GET', `${path}/timeline`],
        ['GET', `${path}/viewers`],
        ['GET', `${path}/documents`],
        ['GET', `${path}/inspection`],
        ['PATCH', `${path}/status`, { status: 'in_transit' }],
        ['PATCH', `${path}/inspection`, { status: 'passed' }],
        ['POST', `${path}/reject`, { reason: 'x' }],
      ] as const)
        assert.equal((await call(who, method, route, body)).status, 404, `${who.role} ${method} ${route}`);
    assert.equal((await call(sven, 'GET', path)).status, 200);
    assert.equal((await call(sven, 'PATCH', `${path}/status`, { status: 'in_transit' })).status, 403);
    assert.equal((await call(ines, 'PATCH', `${path}/status`, { status: 'in_transit' })).status, 403);
    assert.equal((await call(ines, 'POST', '/api/shipments', { poNumber: 'no' })).status, 403);
    assert.equal((await call(root, 'PATCH', `${path}/status`, { status: 'in_transit' })).status, 200);
    assert.equal((await call(root, 'POST', '/api/shipments', { poNumber: 'r' })).status, 400);
    assert.equal(
      (await call(root, 'POST', '/api/shipments', { poNumber: 'r', companyId: 'acme' })).body.companyId,
      'acme',
    );
    assert.equal((await call(rider, 'GET', '/api/shipments')).status, 403);
  });
});

describe('the list of shipments', () => {
  it('pages without repeating or skipping, newest first, and only one company', async () => {
    const lister = person({ role: 'operator', companyId: 'pages' });
    for (const n of upTo(7))
      await call(lister, 'POST', '/api/shipments', { poNumber: `P${n}`, supplierName: n % 2 ? 'Odd 100%' : 'Even' });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: Answer = await call(lister, 'GET', `/api/shipments?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ poNumber }: { poNumber: string }) => poNumber));
      cursor = body.nextCursor;
    }
    assert.deepEqual(
      [...seen].sort(),
      upTo(7).map((n) => `P${n}`),
    );
    const found = await call(lister, 'GET', '/api/shipments?q=100%25');
    assert.equal(found.body.items.length, 4);
    assert.equal((await call(lister, 'GET', '/api/shipments?q=zzz')).body.items.length, 0);
    assert.equal((await call(lister, 'GET', '/api/shipments?status=planned,arrived')).body.items.length, 7);
    assert.equal((await call(lister, 'GET', '/api/shipments?status=lost')).status, 400);
    assert.equal((await call(lister, 'GET', '/api/shipments?cursor=made-up')).status, 400);
    assert.equal((await call(lister, 'GET', '/api/shipments?limit=201')).status, 400);
  });

  it('answers what changed since a moment, oldest change first', async () => {
    const lister = person({ role: 'operator', companyId: 'since' });
    const [one, two] = [
      await call(lister, 'POST', '/api/shipments', { poNumber: 'A' }),
      await call(lister, 'POST', '/api/shipments', { poNumber: 'B' }),
    ];
    const changed = await call(lister, 'PATCH', `/api/shipments/${one.body.id}/status`, { status: 'in_transit' });
    const { body } = await call(lister, 'GET', `/api/shipments?updatedSince=${two.body.updatedAt}`);
    assert.deepEqual(
      body.items.map(({ poNumber }: { poNumber: string }) => poNumber),
      ['B', 'A'],
    );
    assert.equal(body.items[1].version, changed.body.version);
  });
});

describe('those who look at a shipment', () => {
  it('see each other come and go, with who and since when', async () => {
    const { id } = await create();
    const [first, second, stranger] = await Promise.all([open(ana), open(ines), open(eve)]);
    await ask(first, 'join:shipment', { shipmentId: id });
    const heard = record(stranger);
    const came = nextEvent(first, 'user:viewing');
    const joined = await ask(second, 'join:shipment', { shipmentId: id });
    assert.deepEqual(
      (joined.viewers as { userId: string }[]).map(({ userId }) => userId),
      [ana.id, ines.id],
    );
    const { userId, username, socketId, viewersCount } = await came;
    assert.deepEqual(
      { userId, username, socketId, viewersCount },
      { userId: ines.id, username: ines.username, socketId: second.id, viewersCount: 2 },
    );
    const listed = await call(ana, 'GET', `/api/shipments/${id}/viewers`);
    assert.equal(listed.body.items[1].sockets, 1);
    assert.ok(Date.parse(listed.body.items[1].since) <= Date.now());
    const left = nextEvent(first, 'user:disconnected');
    second.disconnect();
    assert.deepEqual([(await left).userId, (await left).viewersCount], [ines.id, 1]);
    const third = await open(ines);
    const back = nextEvent(first, 'user:viewing');
    await ask(third, 'resume', { streams: { [`shipment:${id}`]: 0 } });
    assert.equal((await back).socketId, third.id);
    const gone = nextEvent(first, 'user:disconnected');
    assert.deepEqual(await ask(third, 'leave:shipment', { shipmentId: id }), { success: true, shipmentId: id });
    assert.equal((await gone).socketId, third.id);
    await settled(stranger);
    assert.deepEqual(
      heard.map(({ name }) => name),
      ['pong'],
    );
  });

  it('hear of everybody of many who come at once, and that one who left again is gone', async () => {
    const { id } = await create();
    const first = await open(ana);
    await ask(first, 'join:shipment', { shipmentId: id });
    const heard = record(first);
    const others = await Promise.all(upTo(8).map(() => open(ines)));
    await Promise.all(others.map((socket) => ask(socket, 'join:shipment', { shipmentId: id })));
    const gone = nextEvent(first, 'user:disconnected');
    others[0]!.disconnect();
    assert.equal((await gone).viewersCount, 2);
    const present = new Set<unknown>();
    for (const { name, event } of heard)
      if (name === 'user:viewing') present.add(event.socketId);
      else if (name === 'user:disconnected') present.delete(event.socketId);
    assert.deepEqual(
      [...present].sort(),
      others
        .slice(1)
        .map((socket) => socket.id)
        .sort(),
    );
  });
});

describe('warehouses', () => {
  it('tell the company how full they are, and nobody else', async () => {
    const made = await call(ana, 'POST', '/api/warehouses', { name: 'North', total: 1000 });
    assert.deepEqual([made.status, made.body.available, made.body.utilization], [201, 1000, 0]);
    assert.equal((await call(ana, 'POST', '/api/warehouses', { name: 'North', total: 5 })).status, 409);
    const [colleague, stranger] = await Promise.all([open(ines), open(eve)]);
    const heard = record(stranger);
    const told = nextEvent<{ capacity: object }>(colleague, 'warehouse:capacity_updated');
    const path = `/api/warehouses/${made.body.id}/capacity`;
    const { body } = await call(ana, 'PATCH', path, { available: 350 });
    assert.deepEqual(body, { id: made.body.id, name: 'North', total: 1000, available: 350, utilization: 65 });
    assert.deepEqual((await told).capacity, { total: 1000, available: 350, utilization: 65 });
    assert.equal((await call(ana, 'PATCH', path, { total: 2000 })).body.available, 1350);
    assert.equal((await call(ana, 'PATCH', path, { total: 100 })).status, 422);
    assert.equal((await call(ana, 'PATCH', path, { available: 3000 })).status, 422);
    assert.equal((await call(ana, 'PATCH', path, {})).status, 400);
    assert.equal((await call(eve, 'PATCH', path, { available: 1 })).status, 404);
    assert.equal((await call(ines, 'PATCH', path, { available: 1 })).status, 403);
    assert.equal((await call(eve, 'GET', '/api/warehouses')).body.items.length, 0);
    assert.equal(
      (await call(ana, 'POST', '/api/shipments', { poNumber: 'w1', warehouseId: made.body.id })).status,
      201,
    );
    assert.equal(
      (await call(eve, 'POST', '/api/shipments', { poNumber: 'w1', warehouseId: made.body.id })).status,
      422,
    );
    await settled(stranger);
    assert.deepEqual(
      heard.filter(({ name }) => name.startsWith('warehouse')),
      [],
    );
  });
});
