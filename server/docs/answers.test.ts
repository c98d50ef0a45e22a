import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { ServerEvent } from '../contract/common.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect } from '../testing/sockets.ts';
import { clientEvents, routes, serverEvents } from './domains.ts';
import { eventName, type Method } from './types.ts';

/** What the documents say, held against what the running server really answers and sends. */

let server: TestServer;
const admin = person({ role: 'admin', companyId: 'documented' });
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

/** Calls a documented route, and fails when the answer lacks a field or holds one that is not in the document. */
const call = async (
  method: Method,
  path: string,
  ids: Record<string, string> = {},
  body?: unknown,
  status = 200,
  search = '',
) => {
  const route = routes.find((one) => one.method === method && one.path === path);
  assert.ok(route, `${method} ${path} is not documented`);
  const address = path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name]!);
  const answer = await api(server.url)(admin, method.toUpperCase(), `${address}${search}`, body);
  assert.equal(answer.status, status, `${method} ${address}: ${JSON.stringify(answer.body)}`);
  const documented = route.answers[status];
  assert.ok(documented, `${method} ${path} does not document ${status}`);
  if (documented.body instanceof z.ZodType) assert.deepEqual(documented.body.parse(answer.body), answer.body);
  assert.equal(answer.headers.has('etag'), documented.etag ?? false, `${method} ${path}: ETag`);
  assert.equal(answer.headers.has('location'), documented.location ?? false, `${method} ${path}: Location`);
  return answer;
};

describe('the running server', () => {
  const ids: Record<string, string> = {};

  it('answers about itself as documented', async () => {
    await call('get', '/health');
    await call('get', '/health/live');
    await call('get', '/ws/status');
    await call('get', '/api/auth/me');
    await call('post', '/api/auth/refresh');
  });

  it('answers about shipments and warehouses as documented', async () => {
    const warehouse = await call('post', '/api/warehouses', {}, { name: 'Quay 7', total: 100 }, 201);
    const created = await call(
      'post',
      '/api/shipments',
      {},
      { poNumber: 'PO-1', warehouseId: warehouse.body.id, eta: '2026-12-01' },
      201,
    );
    ids.id = created.body.id;
    await call('get', '/api/warehouses');
    await call('patch', '/api/warehouses/:id/capacity', { id: warehouse.body.id }, { available: 40 });
    await call('get', '/api/shipments');
    await call('get', '/api/shipments/:id', ids);
    await call('patch', '/api/shipments/:id/status', ids, { status: 'arrived', note: 'gate 3' });
    await call('patch', '/api/shipments/:id/inspection', ids, { status: 'in_progress' });
    const form = new FormData();
    form.set('documentType', 'invoice');
    form.set('file', new Blob(['%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n']), 'invoice.pdf');
    const uploaded = await call('post', '/api/shipments/:id/documents', ids, form, 201);
    ids.documentId = uploaded.body.id;
    await call('patch', '/api/shipments/:id/documents/:documentId', ids, { isVerified: true });
    await call('get', '/api/shipments/:id/documents', ids);
    await call('get', '/api/shipments/:id/documents/:documentId', ids);
    await call('post', '/api/shipments/:id/reject', ids, { reason: 'wet cartons' }, 201);
    await call('get', '/api/shipments/:id/timeline', ids);
    await call('get', '/api/shipments/:id/viewers', ids);
    const events = await call('get', '/api/shipments/:id/events', ids);
    assert.ok(events.body.items.length >= 5);
    const about = `?stream=shipment:${ids.id}&user=${admin.id}`;
    const { events: followed } = (await call('get', '/api/admin/trace', {}, undefined, 200, about)).body;
    assert.equal(followed.length, events.body.items.length);
    const csv = new FormData();
    csv.set('file', new Blob(['poNumber,origin\nPO-2,Santos\n,Nowhere\n'], { type: 'text/csv' }), 'orders.csv');
    const report = await call('post', '/api/shipments/import', {}, csv);
    assert.equal(report.body.created, 1);
    assert.equal(report.body.rejected.length, 1);
  });

  it('acknowledges client events and sends its own as documented', async () => {
    const socket = await connect(server.url, tokenFor(admin));
    const seen: ServerEvent[] = [];
    socket.onAny((_name, event) => seen.push(event));
    const emit = async (name: string, payload: object) => {
      const event = clientEvents.find((one) => one.name === name)!;
      // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever comes
      const ack = await ask<any>(socket, name, payload);
      assert.deepEqual(event.ack.parse(ack), ack, name);
      return ack;
    };
    await emit('ping', {});
    assert.equal((await emit('join:shipment', { shipmentId: ids.id })).success, true);
    assert.ok((await emit('join:shipment', { shipmentId: ids.id, since: 0 })).missed.length >= 5);
    assert.equal((await emit('join:shipment', { shipmentId: 'nothing' })).success, false);
    await emit('resume', { streams: { [`shipment:${ids.id}`]: 1, 'shipment:nothing': 0, 'other:1': 0 } });
    await call('post', '/api/shipments', {}, { poNumber: 'PO-3' }, 201);
    await call('patch', '/api/shipments/:id/inspection', ids, { status: 'failed', notes: 'wet' });
    await emit('heads:ack', { streams: { [`shipment:${ids.id}`]: 1 } });
    await emit('leave:shipment', { shipmentId: ids.id });
    for (const event of seen) {
      const documented = serverEvents.find(({ schema }) => eventName(schema) === event.type);
      assert.ok(documented, `${event.type} is not documented`);
      assert.deepEqual(documented.schema.parse(event), event, event.type);
    }
    const names = new Set(seen.map(({ type }) => type));
    for (const name of ['pong', 'error', 'shipment:created', 'inspection:updated'])
      assert.ok(names.has(name), `${name} did not come; came: ${[...names].join(', ')}`);
  });
});
