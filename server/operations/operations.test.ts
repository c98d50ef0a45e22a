import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Problem } from '../contract/common.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect } from '../testing/sockets.ts';

const METRICS_TOKEN = 'a-token-for-the-metrics';
const admin = person({ role: 'admin', companyId: 'acme' });
const operator = person({ role: 'operator', companyId: 'acme' });
const root = person({ role: 'super_admin' });

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer({ env: { METRICS_TOKEN } });
  call = api(server.url);
});
after(() => server.stop());

describe('/health', () => {
  it('says what is up, to anybody, and is kept by no cache', async () => {
    const { status, body, headers } = await call(null, 'GET', '/health');
    assert.equal(status, 200);
    const { version, timestamp, uptime, ...rest } = body;
    assert.deepEqual(rest, {
      status: 'OK',
      ready: true,
      service: 'waybeat',
      checks: { database: 'up', redis: 'off', rabbitmq: 'off', pusher: 'off', grpc: 'off' },
    });
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 5_000);
    assert.equal(typeof uptime, 'number');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal((await call(null, 'GET', '/health/live')).status, 200);
  });

  it('asks the database once, however many ask at once', async () => {
    const { query, pingDatabase } = await import('../platform/database.ts');
    const asked = async () =>
      (
        await query<{ count: number }>(
          'select count(*)::int as count from pg_stat_activity where datname = current_database()',
        )
      )[0]!.count;
    const answers = await Promise.all(Array.from({ length: 100 }, () => call(null, 'GET', '/health')));
    assert.ok(answers.every(({ status }) => status === 200));
    await Promise.all(Array.from({ length: 100 }, pingDatabase));
    // A hundred questions would have filled the pool; what the server does by itself meanwhile takes a few of it.
    const { config } = await import('../platform/config.ts');
    assert.ok((await asked()) < config.DATABASE_POOL_SIZE, 'a flood of checks took connections');
  });
});

describe('/metrics', () => {
  // RabbitMQ's are added by what speaks to it.
  const NAMES = [
    'waybeat_connections',
    'waybeat_subscriptions',
    'waybeat_events_published_total',
    'waybeat_events_delivered_total',
    'waybeat_publish_to_socket_seconds_bucket',
    'waybeat_database_write_seconds_bucket',
    'waybeat_history_replays_total',
    'waybeat_ephemeral_dropped_total',
    'waybeat_slow_clients_disconnected_total',
    'waybeat_rate_limited_total',
    'waybeat_handshakes_total',
    'waybeat_outbox_lag_seconds',
    'nodejs_eventloop_lag_seconds',
    'process_resident_memory_bytes',
  ];
  const read = async (headers: Record<string, string> = {}, token: string | null = null) =>
    call<string>(token, 'GET', '/metrics', undefined, headers);

  it('are open on the machine itself and name all that the contract names', async () => {
    const { status, body, headers } = await read();
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    for (const name of NAMES) assert.match(body, new RegExp(`^# TYPE ${name.replace('_bucket', '')} `, 'm'), name);
  });

  it('count what happens', async () => {
    const readValue = async (line: string) => {
      const found = (await read()).body.split('\n').find((candidate) => candidate.startsWith(`${line} `));
      return Number(found?.split(' ').at(-1) ?? 0);
    };
    const accepted = await readValue('waybeat_handshakes_total{outcome="accepted"}');
    const refused = await readValue('waybeat_handshakes_total{outcome="unauthenticated"}');
    const published = await readValue('waybeat_events_published_total{type="shipment:created"}');
    const delivered = await readValue('waybeat_events_delivered_total{type="shipment:created"}');
    const measured = await readValue('waybeat_publish_to_socket_seconds_count');
    const written = await readValue('waybeat_database_write_seconds_count');
    const socket = await connect(server.url, tokenFor(operator));
    await assert.rejects(connect(server.url, 'nonsense'));
    const { body } = await call(operator, 'POST', '/api/shipments', { poNumber: 'PO-metrics' });
    await ask(socket, 'join:shipment', { shipmentId: body.id });
    assert.equal(await readValue('waybeat_connections{namespace="/",transport="websocket"}'), 1);
    assert.equal(await readValue('waybeat_subscriptions'), 1);
    assert.equal(await readValue('waybeat_handshakes_total{outcome="accepted"}'), accepted + 1);
    assert.equal(await readValue('waybeat_handshakes_total{outcome="unauthenticated"}'), refused + 1);
    assert.equal(await readValue('waybeat_events_published_total{type="shipment:created"}'), published + 1);
    assert.equal(await readValue('waybeat_events_delivered_total{type="shipment:created"}'), delivered + 1);
    assert.ok((await readValue('waybeat_publish_to_socket_seconds_count')) > measured, 'delivery is not measured');
    assert.ok((await readValue('waybeat_database_write_seconds_count')) > written, 'writes are not measured');
    assert.ok((await readValue('waybeat_history_replays_total{kind="snapshot"}')) >= 1);
    socket.disconnect();
  });

  it('need the token from further away, and when somebody forwards', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    assert.equal((await read(forwarded)).status, 401);
    assert.equal((await read(forwarded, 'wrong')).status, 401);
    assert.equal((await read(forwarded, `${METRICS_TOKEN}x`)).status, 401);
    assert.equal((await read(forwarded, tokenFor(root))).status, 401);
    assert.equal((await read(forwarded, METRICS_TOKEN)).status, 200);
  });
});

describe('/ws/status', () => {
  it('is for admins', async () => {
    assert.equal((await call(null, 'GET', '/ws/status')).status, 401);
    assert.equal((await call(operator, 'GET', '/ws/status')).status, 403);
    assert.equal((await call(admin, 'GET', '/ws/status')).status, 200);
    assert.equal((await call(root, 'GET', '/ws/status')).status, 200);
  });

  it('counts connections, rooms and subscriptions', async () => {
    const sockets = await Promise.all([
      connect(server.url, tokenFor(operator)),
      connect(server.url, tokenFor(operator), { namespace: '/tracking', transports: ['polling'], upgrade: false }),
    ]);
    const { body } = await call(admin, 'GET', '/ws/status');
    assert.deepEqual(Object.keys(body).sort(), [
      'averageConnectionSeconds',
      'byNamespace',
      'byTransport',
      'connections',
      'eventsPerMinute',
      'heartbeat',
      'max',
      'rooms',
      'subscriptions',
    ]);
    assert.equal(body.max, 10_000);
    assert.equal(body.byNamespace['/'], 1);
    assert.equal(body.byNamespace['/tracking'], 1);
    assert.deepEqual(body.byTransport, { websocket: 1, polling: 1 });
    assert.ok(body.rooms >= 2);
    assert.deepEqual(body.heartbeat, { interval: 10_000, timeout: 20_000 });
    for (const socket of sockets) socket.disconnect();
  });
});

describe('every answer', () => {
  it("carries a request's id, a proxy's own when it is harmless", async () => {
    const own = (await call(null, 'GET', '/health')).headers.get('x-request-id');
    assert.match(own ?? '', /^[0-9a-f-]{36}$/);
    const idFor = async (id: string) =>
      (await call(null, 'GET', '/nowhere', undefined, { 'x-request-id': id })).headers.get('x-request-id');
    assert.equal(await idFor('abc-123.x'), 'abc-123.x');
    for (const odd of ['a b', 'x'.repeat(101), '{"a":1}', '<b>']) assert.notEqual(await idFor(odd), odd);
  });

  const faults: [name: string, status: number, code: string, request: () => ReturnType<typeof call>][] = [
    [
      'an unknown address',
      404,
      'NOT_FOUND',
      () => call(null, 'GET', '/nowhere', undefined, { accept: 'application/json' }),
    ],
    ['an unknown address of the API', 404, 'NOT_FOUND', () => call(operator, 'GET', '/api/nowhere')],
    ['an unknown address of the API, from nobody', 401, 'UNAUTHENTICATED', () => call(null, 'GET', '/api/nowhere')],
    ['an unknown method', 404, 'NOT_FOUND', () => call(operator, 'DELETE', '/api/shipments')],
    ['an address that cannot be decoded', 400, 'BAD_REQUEST', () => call(operator, 'GET', '/api/shipments/%E0%A4%A')],
    ['a NUL in an address', 400, 'BAD_REQUEST', () => call(operator, 'GET', '/api/shipments/a%00b')],
    ['a NUL in a query', 400, 'BAD_REQUEST', () => call(operator, 'GET', '/api/shipments?q=a%00b')],
    [
      'a body that is no JSON',
      400,
      'BAD_REQUEST',
      () => call(operator, 'POST', '/api/shipments', '{"a":', { 'content-type': 'application/json' }),
    ],
    [
      'a body that is JSON, but no object',
      400,
      'BAD_REQUEST',
      () => call(operator, 'POST', '/api/shipments', '[]', { 'content-type': 'application/json' }),
    ],
    ['no body', 400, 'BAD_REQUEST', () => call(operator, 'POST', '/api/shipments')],
    [
      'a body that is too large',
      413,
      'TOO_LARGE',
      () => call(operator, 'POST', '/api/shipments', { x: 'x'.repeat(2e6) }),
    ],
    [
      'a body nested without end, with a key to hash it by',
      400,
      'BAD_REQUEST',
      () =>
        call(operator, 'POST', '/api/shipments', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, {
          'content-type': 'application/json',
          'idempotency-key': 'deep',
        }),
    ],
    [
      'an encoding nobody knows',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      () =>
        call(operator, 'POST', '/api/shipments', '{}', { 'content-type': 'application/json', 'content-encoding': 'x' }),
    ],
    [
      'a charset nobody knows',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      () => call(operator, 'POST', '/api/shipments', '{}', { 'content-type': 'application/json; charset=klingon' }),
    ],
    [
      'If-Match that is no version',
      400,
      'BAD_REQUEST',
      () => call(operator, 'PATCH', '/api/shipments/x/status', { status: 'arrived' }, { 'if-match': 'yes' }),
    ],
    [
      'a foreign origin',
      403,
      'FORBIDDEN',
      () => call(null, 'GET', '/health', undefined, { origin: 'https://evil.example.com' }),
    ],
  ];
  for (const [name, status, code, request] of faults)
    it(`to ${name} is a problem document, and tells nothing of the inside`, async () => {
      const answer = await request();
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      const problem = Problem.parse(answer.body);
      assert.equal(problem.code, code);
      assert.equal(problem.status, status);
      assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:|\bat \w+|select |insert |SyntaxError|stack/);
    });
});
