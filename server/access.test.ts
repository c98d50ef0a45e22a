import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import type { Socket } from 'socket.io-client';
import { type Answer, api } from './testing/http.ts';
import { type Person, person, TEST_SECRET, tokenFor } from './testing/people.ts';
import { routesOf } from './testing/routes.ts';
import { startTestServer, type TestServer } from './testing/server.ts';
import { ask, connect, nextEvent, record, settled } from './testing/sockets.ts';

/**
 * Every route and every client event, tried by those who may not. A new one fails this file until it stands in the
 * tables below, with what a stranger and the wrong role get.
 */

const AUDIENCE = 'waybeat';
const NAMESPACES = ['/', '/tracking', '/seats', '/location', '/vendor'];

const ana = person({ role: 'operator', companyId: 'acme' });
const ines = person({ role: 'inspector', companyId: 'acme' });
const rosa = person({ role: 'rider', companyId: 'acme' });
const sven = person({ role: 'supplier', id: 'sven' });
/** May do everything, in another company. */
const eve = person({ role: 'admin', companyId: 'rival' });

/** Ids of what belongs to acme. */
type Things = Record<
  | 'shipment'
  | 'document'
  | 'warehouse'
  | 'vendor'
  | 'route'
  | 'ticket'
  | 'waiting'
  | 'parcel'
  | 'order'
  | 'product'
  | 'transfer'
  | 'webhook',
  string
>;
type Body = unknown | ((things: Things) => unknown);
type Try = {
  /** How the route's `:id` (and `:documentId`) is filled. */
  of?: keyof Things;
  body?: Body;
  headers?: Record<string, string>;
  search?: string | ((things: Things) => string);
  /**
   * What another company's admin gets: nothing there, or its own company's only; of what every signed-in user may see,
   * the same as everybody, and 403 where they would change it.
   */
  stranger: 400 | 403 | 404 | 409 | 'own' | 'everybody';
  /** One of acme whose role may not, and what they get: 404 where they may not even read. */
  wrongRole?: [Person, 403 | 404];
};

const gtfsSample = readFileSync(new URL('../scripts/samples/alpine-lines-gtfs.zip', import.meta.url));

const upload = () => {
  const form = new FormData();
  form.set('documentType', 'invoice');
  form.set('file', new Blob(['%PDF-1.4\n%%EOF']), 'invoice.pdf');
  return form;
};

/** Well-formed, so that only what it names is missing. */
const place = { address: 'Somewhere 1', lat: 1, long: 1 };
const proof = () => {
  const form = new FormData();
  form.set('file', new Blob(['not even a photo']), 'door.png');
  return form;
};

const CODES = { 400: 'BAD_REQUEST', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 409: 'CONFLICT' };

const price = { amount: 1, currency: 'EUR' };
const anOrder = {
  customerId: 'carl',
  shopId: 'north',
  items: [{ productId: 'lamp', name: 'Lamp', quantity: 1, price }],
};
const aTransfer = { productId: 'lamp', fromShopId: 'north', toShopId: 'south', quantity: 1 };

/** For anybody, token or not. */
const OPEN = [
  'GET /health',
  'GET /health/live',
  'GET /metrics', // on the machine itself
  'GET /openapi.json',
  'GET /asyncapi.json',
  'GET /docs',
  'POST /api/auth/login',
  'POST /api/payments/webhook', // signed instead
  'GET /{*path}', // the dashboard, where it is built
  'GET /track/:awb', // says nothing without a link
];

const ROUTES: Record<string, Try> = {
  'GET /api/auth/me': { stranger: 'own' },
  'POST /api/auth/refresh': { stranger: 'own' },
  'GET /api/admin/trace': {
    of: 'shipment',
    search: ({ shipment }: Things) => `?stream=shipment:${shipment}&user=${ana.id}`,
    stranger: 404,
    wrongRole: [ana, 403],
  },
  'GET /ws/status': { stranger: 'own', wrongRole: [ana, 403] },

  'GET /api/shipments': { stranger: 'own', wrongRole: [rosa, 403] },
  'POST /api/shipments': { body: { poNumber: 'PO-mine' }, stranger: 'own', wrongRole: [ines, 403] },
  'POST /api/shipments/import': {
    body: 'poNumber,status\nPO-mine,stored\nPO-acme,stored\n',
    headers: { 'content-type': 'text/csv' },
    stranger: 'own',
    wrongRole: [ines, 403],
  },
  'GET /api/shipments/:id': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/shipments/:id/inspection': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/shipments/:id/timeline': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/shipments/:id/viewers': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/shipments/:id/events': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/shipments/:id/documents': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/shipments/:id/documents/:documentId': { of: 'shipment', stranger: 404, wrongRole: [rosa, 404] },
  'PATCH /api/shipments/:id/status': {
    of: 'shipment',
    body: { status: 'arrived' },
    stranger: 404,
    wrongRole: [ines, 403],
  },
  'POST /api/shipments/:id/reject': { of: 'shipment', body: { reason: 'x' }, stranger: 404, wrongRole: [ines, 403] },
  'PATCH /api/shipments/:id/inspection': {
    of: 'shipment',
    body: { status: 'passed' },
    stranger: 404,
    wrongRole: [sven, 403],
  },
  'POST /api/shipments/:id/documents': { of: 'shipment', body: upload, stranger: 404, wrongRole: [ines, 403] },
  'PATCH /api/shipments/:id/documents/:documentId': {
    of: 'shipment',
    body: { isVerified: true },
    stranger: 404,
    wrongRole: [sven, 403],
  },

  'GET /api/warehouses': { stranger: 'own', wrongRole: [rosa, 403] },
  'POST /api/warehouses': { body: { name: 'North', total: 10 }, stranger: 'own', wrongRole: [ines, 403] },
  'PATCH /api/warehouses/:id/capacity': {
    of: 'warehouse',
    body: { available: 1 },
    stranger: 404,
    wrongRole: [ines, 403],
  },

  'GET /api/routes': { stranger: 'everybody' },
  'POST /api/routes': {
    body: {
      origin: 'A',
      destination: 'B',
      departsAt: '2099-01-01',
      seatCount: 1,
      price: { amount: 1, currency: 'EUR' },
    },
    stranger: 'own',
    wrongRole: [ines, 403],
  },
  'POST /api/routes/import': {
    search: '?date=2026-01-01',
    body: gtfsSample,
    headers: { 'content-type': 'application/zip' },
    stranger: 'own',
    wrongRole: [ines, 403],
  },
  'GET /api/routes/:id': { of: 'route', stranger: 'everybody' },
  'GET /api/routes/:id/seats': { of: 'route', stranger: 'everybody' },
  'GET /api/routes/:id/events': { of: 'route', stranger: 'everybody' },
  'POST /api/routes/:id/cancel': { of: 'route', body: { reason: 'x' }, stranger: 404, wrongRole: [ines, 403] },
  'GET /api/routes/:id/waiting': { of: 'route', stranger: 'own' },
  // Anybody may wait for a seat of any company, once.
  'POST /api/routes/:id/waiting': { of: 'route', body: {}, stranger: 400 },
  'POST /api/routes/:id/waiting/:waitingId/leave': { of: 'route', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/tickets': { stranger: 'own' },
  // Anybody may reserve a free seat; this one is taken.
  'POST /api/tickets': {
    body: ({ route }: Things) => ({ routeId: route, seatNumber: '1', passengerName: 'Eve' }),
    stranger: 409,
  },
  'GET /api/tickets/:id': { of: 'ticket', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/tickets/:id/history': { of: 'ticket', stranger: 404, wrongRole: [rosa, 404] },
  ...Object.fromEntries(
    ['confirm', 'suspend', 'reinstate', 'cancel', 'extend', 'reassign', 'offer'].map((what): [string, Try] => [
      `POST /api/tickets/:id/${what}`,
      {
        of: 'ticket',
        body: { ...(what === 'reassign' && { seatNumber: '2' }), ...(what === 'offer' && { accept: true }) },
        stranger: 404,
        wrongRole: [ines, 404],
      },
    ]),
  ),
  'GET /api/payments': { stranger: 'own' },
  'GET /api/payments/options': { stranger: 'own' },
  'POST /api/payments': {
    body: ({ ticket }: Things) => ({ ticketId: ticket, amount: 1250, currency: 'EUR', method: 'cash' }),
    stranger: 404,
    wrongRole: [ines, 404],
  },

  'GET /api/tracking': { stranger: 'own' },
  'GET /api/tracking/riders': { stranger: 'own', wrongRole: [rosa, 403] },
  'GET /api/tracking/subscriptions': { stranger: 'own', wrongRole: [rosa, 403] },
  'POST /api/tracking': { body: { origin: place, destination: place }, stranger: 'own', wrongRole: [rosa, 403] },
  ...Object.fromEntries(
    ['', '/events', '/trail', '/links', '/proofs', '/proofs/:id'].map((what): [string, Try] => [
      `GET /api/tracking/:awb${what}`,
      { of: 'parcel', stranger: 404, wrongRole: [rosa, 404] },
    ]),
  ),
  'POST /api/tracking/:awb/status': {
    of: 'parcel',
    body: { status: 'DELIVERED' },
    stranger: 404,
    wrongRole: [ines, 404],
  },
  'POST /api/tracking/:awb/location': {
    of: 'parcel',
    body: { lat: 1, long: 1 },
    stranger: 404,
    wrongRole: [rosa, 404],
  },
  'POST /api/tracking/:awb/locations': {
    of: 'parcel',
    body: { locations: [{ lat: 1, long: 1 }] },
    stranger: 404,
    wrongRole: [rosa, 404],
  },
  'PUT /api/tracking/:awb/eta': { of: 'parcel', body: { eta: '2099-01-01' }, stranger: 404, wrongRole: [sven, 403] },
  'PUT /api/tracking/:awb/rider': { of: 'parcel', body: { riderId: 'eve' }, stranger: 404, wrongRole: [sven, 403] },
  'POST /api/tracking/:awb/links': { of: 'parcel', body: {}, stranger: 404, wrongRole: [rosa, 404] },
  'DELETE /api/tracking/:awb/links/:id': { of: 'parcel', stranger: 404, wrongRole: [rosa, 404] },
  'POST /api/tracking/:awb/proofs': { of: 'parcel', body: proof, stranger: 404, wrongRole: [sven, 403] },

  'GET /api/vendors': { stranger: 'everybody' },
  'GET /api/vendors/nearby': { stranger: 'everybody', search: '?lat=1&long=1' },
  'POST /api/vendors': { body: { name: 'Mine', ownerId: 'victor' }, stranger: 'own', wrongRole: [ines, 403] },
  'GET /api/vendors/:id': { of: 'vendor', stranger: 'everybody' },
  'GET /api/vendors/:id/events': { of: 'vendor', stranger: 'everybody' },
  'GET /api/vendors/:id/trail': { of: 'vendor', stranger: 403, wrongRole: [rosa, 403] },
  'PATCH /api/vendors/:id': { of: 'vendor', body: { isOpen: true }, stranger: 403, wrongRole: [rosa, 403] },
  'PUT /api/vendors/:id/location': { of: 'vendor', body: { lat: 1, long: 1 }, stranger: 403, wrongRole: [rosa, 403] },

  'GET /api/orders': { stranger: 'own', wrongRole: [ines, 403] },
  'POST /api/orders': { body: anOrder, stranger: 'own', wrongRole: [ines, 403] },
  'GET /api/orders/:id': { of: 'order', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/orders/:id/timeline': { of: 'order', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/orders/:id/events': { of: 'order', stranger: 404, wrongRole: [rosa, 404] },
  'PATCH /api/orders/:id/status': { of: 'order', body: { status: 'shipped' }, stranger: 404, wrongRole: [ines, 404] },
  'PATCH /api/orders/:id/payment': { of: 'order', body: { status: 'paid' }, stranger: 404, wrongRole: [ines, 404] },
  'GET /api/inventory': { stranger: 'own', wrongRole: [ines, 403] },
  'GET /api/inventory/:productId': { of: 'product', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/inventory/:productId/history': { of: 'product', stranger: 404, wrongRole: [rosa, 404] },
  'GET /api/inventory/:productId/events': { of: 'product', stranger: 404, wrongRole: [rosa, 404] },
  'POST /api/inventory/:productId/adjust': {
    of: 'product',
    body: { shopId: 'north', delta: -1 },
    stranger: 404,
    wrongRole: [ines, 403],
  },
  'PUT /api/inventory/:productId': {
    of: 'product',
    body: { shopId: 'north', quantity: 1 },
    stranger: 'own',
    wrongRole: [ines, 403],
  },
  'GET /api/transfers': { stranger: 'own', wrongRole: [ines, 403] },
  'POST /api/transfers': { body: aTransfer, stranger: 'own', wrongRole: [ines, 403] },
  'GET /api/transfers/:id': { of: 'transfer', stranger: 404, wrongRole: [rosa, 404] },
  'PATCH /api/transfers/:id/status': {
    of: 'transfer',
    body: { status: 'completed' },
    stranger: 404,
    wrongRole: [ines, 404],
  },
  'POST /api/notifications': {
    body: { all: true, subject: 'Hello', content: 'There' },
    stranger: 'own',
    wrongRole: [ana, 403],
  },
  'GET /api/notifications': { stranger: 'own' },
  'GET /api/notifications/events': { stranger: 'own' },
  'POST /api/notifications/read-all': { stranger: 'own' },
  'POST /api/notifications/:id/read': { of: 'order', stranger: 404 },
  'POST /api/announcements': {
    body: { subject: 'Hello', content: 'There' },
    stranger: 'own',
    wrongRole: [ana, 403],
  },
  'GET /api/announcements': { stranger: 'own' },
  'GET /api/digest': { search: '?since=2026-01-01', stranger: 'own' },
  'POST /api/digest': {
    body: ({ order, product }: Things) => ({ streams: { [`order:${order}`]: 0, [`product:${product}`]: 0 } }),
    stranger: 'own',
  },
  'GET /connected-users': { stranger: 'own', wrongRole: [rosa, 403] },
  'GET /user-status/:userId': { of: 'order', stranger: 404, wrongRole: [rosa, 403] },
  'GET /api/webhooks': { stranger: 'own', wrongRole: [ana, 403] },
  'POST /api/webhooks': {
    body: { url: 'https://example.com/', events: ['none:'] },
    stranger: 'own',
    wrongRole: [ana, 403],
  },
  'GET /api/webhooks/:id': { of: 'webhook', stranger: 404, wrongRole: [ana, 403] },
  'PATCH /api/webhooks/:id': { of: 'webhook', body: { status: 'off' }, stranger: 404, wrongRole: [ana, 403] },
  'DELETE /api/webhooks/:id': { of: 'webhook', stranger: 404, wrongRole: [ana, 403] },
  'GET /api/webhooks/:id/deliveries': { of: 'webhook', stranger: 404, wrongRole: [ana, 403] },
  'POST /api/webhooks/:id/deliveries/:deliveryId/replay': { of: 'webhook', stranger: 404, wrongRole: [ana, 403] },
};

type Ack = {
  success: boolean;
  parcels?: { companyId: string }[];
  error?: { code: string };
  streams?: Record<string, { error?: { code: string } }>;
};
/** Each event: what is sent, and what the answer to a stranger and to a wrong role must look like. */
const EVENTS: Record<string, { payload: (things: Things) => unknown; refused: (ack: Ack) => void }> = {
  '* ping': { payload: () => undefined, refused: (ack) => assert.equal(ack.success, true) },
  '* auth:refresh': {
    payload: () => ({ token: signed(ana) }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
  },
  // Of a stream that one does not follow nothing is kept.
  '* heads:ack': {
    payload: ({ shipment }) => ({ streams: { [`shipment:${shipment}`]: 1 } }),
    refused: (ack) => assert.equal(ack.success, true),
  },
  '* resume': {
    payload: ({ shipment }) => ({ streams: { [`shipment:${shipment}`]: 0 } }),
    refused: ({ streams }) => {
      for (const answer of Object.values(streams!)) {
        assert.equal(answer.error?.code, 'NOT_FOUND');
        assert.deepEqual(Object.keys(answer), ['error']);
      }
    },
  },
  '/ join:shipment': {
    payload: ({ shipment }) => ({ shipmentId: shipment }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/ subscribe_order': {
    payload: ({ order }) => order,
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/ unsubscribe_order': { payload: ({ order }) => order, refused: (ack) => assert.equal(ack.success, true) },
  '/ subscribe_inventory': {
    payload: () => 'sofa',
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/ unsubscribe_inventory': { payload: () => 'sofa', refused: (ack) => assert.equal(ack.success, true) },
  // Everybody has notifications of their own.
  '/ subscribe_notifications': { payload: () => ({}), refused: (ack) => assert.equal(ack.success, true) },
  '/ join_room': {
    payload: ({ order }) => `order:${order}`,
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/ leave_room': { payload: ({ order }) => `order:${order}`, refused: (ack) => assert.equal(ack.success, true) },
  '/ typing': {
    payload: ({ order }) => ({ roomId: `order:${order}`, isTyping: true }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/ leave:shipment': {
    payload: ({ shipment }) => ({ shipmentId: shipment }),
    refused: (ack) => assert.equal(ack.success, true),
  },
  // Every signed-in user may see vendors; nobody may in another's name.
  '/location subscribe_location': {
    payload: ({ vendor }) => ({ vendorId: vendor, userId: ana.id }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
  },
  '/location unsubscribe_location': {
    payload: ({ vendor }) => ({ vendorId: vendor, userId: ana.id }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
  },
  '/location subscribe_area': {
    payload: () => ({ bounds: { north: 1, south: 0, east: 1, west: 0 } }),
    refused: (ack) => assert.equal(ack.success, true),
  },
  '/location unsubscribe_area': { payload: () => undefined, refused: (ack) => assert.equal(ack.success, true) },
  '/location update_location': {
    payload: ({ vendor }) => ({ vendorId: vendor, location: { lat: 1, long: 1 } }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
  },
  // Every signed-in user may see which seats are free; their own company's departure stays quiet here.
  '/seats subscribe_route': {
    payload: ({ route }) => ({ routeId: `${route}x` }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/seats unsubscribe_route': {
    payload: () => ({}),
    refused: (ack) => assert.equal(ack.error?.code, 'BAD_REQUEST'),
  },
  '/seats get_seat_availability': {
    payload: ({ route }) => ({ routeId: `${route}x` }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/seats server_time': { payload: () => ({}), refused: (ack) => assert.equal(ack.success, true) },
  '/tracking subscribe-tracking': {
    payload: ({ parcel }) => ({ awb: parcel }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/tracking unsubscribe-tracking': {
    payload: ({ parcel }) => ({ awb: parcel }),
    refused: (ack) => assert.equal(ack.success, true),
  },
  '/tracking get-tracking': {
    payload: ({ parcel }) => ({ awb: parcel }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  // Another company's staff has a fleet of its own; the others have none.
  '/tracking subscribe-fleet': {
    payload: () => ({}),
    refused: (ack) => {
      if (ack.success) assert.ok(ack.parcels!.every(({ companyId }) => companyId === eve.companyId));
      else assert.equal(ack.error?.code, 'FORBIDDEN');
    },
  },
  '/tracking unsubscribe-fleet': { payload: () => ({}), refused: (ack) => assert.equal(ack.success, true) },
  '/tracking report-location': {
    payload: ({ parcel }) => ({ awb: parcel, location: { lat: 1, long: 1 } }),
    refused: (ack) => assert.equal(ack.error?.code, 'NOT_FOUND'),
  },
  '/vendor subscribe_vendor': {
    payload: ({ vendor }) => ({ vendorId: vendor, userId: ana.id }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
  },
  '/vendor unsubscribe_vendor': {
    payload: ({ vendor }) => ({ vendorId: vendor, userId: ana.id }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
  },
};

const signed = (who: Person, options: { seconds?: number; audience?: string; secret?: string } = {}) => {
  const { id, ...claims } = who;
  const exp = Math.floor(Date.now() / 1000) + (options.seconds ?? 3600);
  return jwt.sign({ sub: id, ...claims, exp, aud: options.audience ?? AUDIENCE }, options.secret ?? TEST_SECRET);
};
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (who: Person, signature: boolean) => {
  const { id, ...claims } = who;
  const body = `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: id, ...claims, aud: AUDIENCE, exp: 9_999_999_999 })}`;
  return `${body}.${signature ? createHmac('sha256', TEST_SECRET).update(body).digest('base64url') : ''}`;
};
/** Tokens of somebody who might do everything, were they valid. */
const BAD_TOKENS: Record<string, string | null> = {
  'no token': null,
  'an expired token': signed(ana, { seconds: -1 }),
  'a wrongly signed token': signed(ana, { secret: 'another-secret-with-more-than-32-characters' }),
  'a token with alg none': unsigned(ana, false),
  'a signed token with alg none': unsigned(ana, true),
  'a token for another audience': signed(ana, { audience: 'another-service' }),
  'a token for no audience': tokenFor(ana),
};

let server: TestServer;
let call: ReturnType<typeof api>;
let things: Things;
let routes: string[];
let events: string[];
let watchers: Socket[];
let heard: ReturnType<typeof record>[];
let untouched: unknown;

const stateOfAcme = async () => ({
  shipments: (await call(signed(ana), 'GET', '/api/shipments')).body.items,
  timeline: (await call(signed(ana), 'GET', `/api/shipments/${things.shipment}/timeline`)).body.items,
  documents: (await call(signed(ana), 'GET', `/api/shipments/${things.shipment}/documents`)).body.items,
  warehouses: (await call(signed(ana), 'GET', '/api/warehouses')).body.items,
  ticket: (await call(signed(ana), 'GET', `/api/tickets/${things.ticket}`)).body,
  seats: (await call(signed(ana), 'GET', `/api/routes/${things.route}/seats`)).body,
  vendors: (await call(signed(ana), 'GET', '/api/vendors?companyId=acme')).body.items,
  parcel: (await call(signed(ana), 'GET', `/api/tracking/${things.parcel}`)).body,
});

before(async () => {
  server = await startTestServer({
    env: { JWT_AUDIENCE: AUDIENCE, HANDSHAKE_RATE_LIMIT: '100000', WS_RATE_LIMIT: '100000' },
  });
  call = api(server.url);
  const { createApp } = await import('./app.ts');
  routes = routesOf(createApp());
  events = (await import('./websocket/clientEvents.ts'))
    .clientEventNames()
    .flatMap(({ namespace, events: names }) => names.map((name) => `${namespace} ${name}`));

  const make = async (path: string, body: unknown) => {
    const answer = await call(signed(ana), 'POST', path, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return (answer.body.id ?? answer.body.awb) as string;
  };
  const shipment = await make('/api/shipments', { poNumber: 'PO-acme', supplierId: 'sven' });
  await call(signed(ana), 'PATCH', `/api/shipments/${shipment}/status`, { status: 'in_transit' });
  const route = await make('/api/routes', {
    origin: 'Lyon',
    destination: 'Turin',
    departsAt: '2099-01-01',
    seatCount: 4,
    price: { amount: 1250, currency: 'EUR' },
  });
  things = {
    route,
    ticket: await make('/api/tickets', { routeId: route, seatNumber: '1', passengerName: 'Ada' }),
    waiting: 'nobody',
    parcel: await make('/api/tracking', { origin: place, destination: place, recipientId: 'sven' }),
    shipment,
    document: await make(`/api/shipments/${shipment}/documents`, upload()),
    warehouse: await make('/api/warehouses', { name: 'South', total: 100 }),
    vendor: await make('/api/vendors', { name: 'Cart', ownerId: 'victor' }),
    order: await make('/api/orders', anOrder),
    product: 'desk',
    transfer: await make('/api/transfers', aTransfer),
    // It wants nothing that happens here, so nothing is sent anywhere.
    webhook: (
      await call(signed(person({ role: 'admin', companyId: 'acme' })), 'POST', '/api/webhooks', {
        url: 'https://example.com/',
        events: ['none:'],
      })
    ).body.id,
  };
  for (const product of ['desk', 'sofa'])
    await call(signed(ana), 'PUT', `/api/inventory/${product}`, { shopId: 'north', quantity: 5 });
  untouched = await stateOfAcme();
  watchers = await Promise.all([ana, ines, sven].map((who) => connect(server.url, signed(who))));
  // Who looks is told a moment later, all who came meanwhile together.
  const lastIsTold = nextEvent(watchers[0]!, 'user:viewing', { matches: ({ userId }) => userId === 'sven' });
  for (const watcher of watchers) await ask(watcher, 'join:shipment', { shipmentId: shipment });
  await lastIsTold;
  for (const watcher of watchers) await settled(watcher);
  heard = watchers.map(record);
});
after(() => server.stop());

const tryRoute = (token: string | null, route: string): Promise<Answer> => {
  const { of, body, headers, search = '' } = ROUTES[route]!;
  const [method, path] = route.split(' ') as [string, string];
  const filled = path
    .replace(':documentId', things.document)
    .replace(':waitingId', things.waiting)
    .replace('/:awb/links/:id', '/:awb/links/nobody')
    .replace('/:awb/proofs/:id', '/:awb/proofs/nobody')
    .replace(/:\w+/g, of ? things[of] : '');
  return call(
    token,
    method,
    `${filled}${typeof search === 'function' ? search(things) : search}`,
    typeof body === 'function' ? body(things) : body,
    headers,
  );
};
/** Nothing of acme changed, and nobody there was told of anything. */
const assertUndisturbed = async () => {
  for (const watcher of watchers) await settled(watcher);
  for (const one of heard)
    assert.deepEqual(
      one.filter(({ name }) => name !== 'pong'),
      [],
    );
  assert.deepEqual(await stateOfAcme(), untouched);
};

describe('every route', () => {
  it('stands in the tables of this file', () => {
    const listed = new Set([...OPEN, ...Object.keys(ROUTES)]);
    assert.deepEqual(
      routes.filter((route) => !listed.has(route)),
      [],
      'say who may use these',
    );
    const served = new Set(routes);
    assert.deepEqual(
      Object.keys(ROUTES).filter((route) => !served.has(route)),
      [],
      'these are gone',
    );
  });

  for (const [name, token] of Object.entries(BAD_TOKENS))
    it(`answers 401 to ${name}`, async () => {
      for (const route of Object.keys(ROUTES)) {
        const answer = await tryRoute(token, route);
        assert.equal(answer.status, 401, `${route}: ${JSON.stringify(answer.body)}`);
        assert.equal(answer.body.code, 'UNAUTHENTICATED', route);
      }
      await assertUndisturbed();
    });

  for (const [route, { stranger, wrongRole }] of Object.entries(ROUTES)) {
    it(`${route}: another company's admin gets ${typeof stranger === 'number' ? stranger : stranger === 'own' ? 'only what is theirs' : 'what everybody gets'}`, async () => {
      const answer = await tryRoute(signed(eve), route);
      if (typeof stranger === 'number') {
        assert.equal(answer.status, stranger, JSON.stringify(answer.body));
        assert.equal(answer.body.code, CODES[stranger]);
      } else assert.ok(answer.status < 300, JSON.stringify(answer.body));
      for (const secret of stranger === 'everybody'
        ? []
        : ['acme', things.shipment, things.document, things.warehouse, ana.username])
        assert.ok(!JSON.stringify(answer.body).includes(secret), `${route} tells ${secret}`);
      await assertUndisturbed();
    });
    if (wrongRole)
      it(`${route}: ${wrongRole[0].role} of the same company gets ${wrongRole[1]}`, async () => {
        const answer = await tryRoute(signed(wrongRole[0]), route);
        assert.equal(answer.status, wrongRole[1], JSON.stringify(answer.body));
        assert.equal(answer.body.code, wrongRole[1] === 403 ? 'FORBIDDEN' : 'NOT_FOUND');
        await assertUndisturbed();
      });
  }
});

describe('every client event', () => {
  it('stands in the table of this file', () => {
    assert.deepEqual([...events].sort(), Object.keys(EVENTS).sort(), 'say what those get who may not');
  });

  for (const [name, token] of Object.entries(BAD_TOKENS))
    it(`is out of reach with ${name}, in every namespace`, async () => {
      for (const namespace of NAMESPACES)
        await assert.rejects(
          connect(server.url, token ?? undefined, { namespace }),
          token === null ? /^Error: Authentication required$/ : /^Error: Invalid or expired token$/,
        );
      await assertUndisturbed();
    });

  for (const [who, kind] of [
    [eve, "another company's admin"],
    [rosa, 'a role that may not'],
  ] as const)
    it(`gives ${kind} nothing, and lets them hear nothing afterwards`, async () => {
      for (const [key, { payload, refused }] of Object.entries(EVENTS)) {
        const [namespace, event] = key.split(' ') as [string, string];
        for (const one of namespace === '*' ? NAMESPACES : [namespace]) {
          const socket = await connect(server.url, signed(who), { namespace: one });
          const said = record(socket);
          refused(await ask<Ack>(socket, event, payload(things)));
          // What happens now at acme is no business of theirs.
          const told = nextEvent(watchers[1]!, 'inspection:updated');
          const { status } = await call(signed(ana), 'PATCH', `/api/shipments/${things.shipment}/inspection`, {
            status: 'in_progress',
          });
          assert.equal(status, 200);
          await told;
          await settled(socket);
          const names = said.map(({ name }) => name).filter((name) => name !== 'pong' && name !== 'error');
          assert.deepEqual(names, [], `${key} in ${one}`);
          socket.disconnect();
        }
      }
    });
});
