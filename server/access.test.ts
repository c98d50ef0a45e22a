import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
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
type Things = Record<'shipment' | 'document' | 'warehouse', string>;
type Body = unknown | ((things: Things) => unknown);
type Try = {
  /** How the route's `:id` (and `:documentId`) is filled. */
  of?: keyof Things;
  body?: Body;
  headers?: Record<string, string>;
  /** What another company's admin gets: nothing there, or its own company's only. */
  stranger: 404 | 'own';
  /** One of acme whose role may not, and what they get: 404 where they may not even read. */
  wrongRole?: [Person, 403 | 404];
};

const upload = () => {
  const form = new FormData();
  form.set('documentType', 'invoice');
  form.set('file', new Blob(['%PDF-1.4\n%%EOF']), 'invoice.pdf');
  return form;
};

/** For anybody, token or not. */
const OPEN = [
  'GET /health',
  'GET /health/live',
  'GET /metrics', // on the machine itself
  'GET /openapi.json',
  'GET /asyncapi.json',
  'GET /docs',
  'POST /api/auth/login',
  'GET /{*path}', // the dashboard, where it is built
];

const ROUTES: Record<string, Try> = {
  'GET /api/auth/me': { stranger: 'own' },
  'POST /api/auth/refresh': { stranger: 'own' },
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
};

type Ack = { success: boolean; error?: { code: string }; streams?: Record<string, { error?: { code: string } }> };
/** Each event: what is sent, and what the answer to a stranger and to a wrong role must look like. */
const EVENTS: Record<string, { payload: (things: Things) => unknown; refused: (ack: Ack) => void }> = {
  '* ping': { payload: () => undefined, refused: (ack) => assert.equal(ack.success, true) },
  '* auth:refresh': {
    payload: () => ({ token: signed(ana) }),
    refused: (ack) => assert.equal(ack.error?.code, 'FORBIDDEN'),
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
  '/ leave:shipment': {
    payload: ({ shipment }) => ({ shipmentId: shipment }),
    refused: (ack) => assert.equal(ack.success, true),
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
    return answer.body.id as string;
  };
  const shipment = await make('/api/shipments', { poNumber: 'PO-acme', supplierId: 'sven' });
  await call(signed(ana), 'PATCH', `/api/shipments/${shipment}/status`, { status: 'in_transit' });
  things = {
    shipment,
    document: await make(`/api/shipments/${shipment}/documents`, upload()),
    warehouse: await make('/api/warehouses', { name: 'South', total: 100 }),
  };
  untouched = await stateOfAcme();
  watchers = await Promise.all([ana, ines, sven].map((who) => connect(server.url, signed(who))));
  for (const watcher of watchers) await ask(watcher, 'join:shipment', { shipmentId: shipment });
  for (const watcher of watchers) await settled(watcher);
  heard = watchers.map(record);
});
after(() => server.stop());

const tryRoute = (token: string | null, route: string): Promise<Answer> => {
  const { of, body, headers } = ROUTES[route]!;
  const [method, path] = route.split(' ') as [string, string];
  const filled = path.replace(':documentId', things.document).replace(/:\w+/g, of ? things[of] : '');
  return call(token, method, filled, typeof body === 'function' ? body(things) : body, headers);
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
    it(`${route}: another company's admin gets ${stranger === 404 ? 'NOT_FOUND' : 'only what is theirs'}`, async () => {
      const answer = await tryRoute(signed(eve), route);
      if (stranger === 404) {
        assert.equal(answer.status, 404, JSON.stringify(answer.body));
        assert.equal(answer.body.code, 'NOT_FOUND');
      } else assert.ok(answer.status < 300, JSON.stringify(answer.body));
      for (const secret of ['acme', things.shipment, things.document, things.warehouse, ana.username])
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
