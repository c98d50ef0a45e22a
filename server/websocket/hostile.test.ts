import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { on, once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

const MEGABYTE = 1024 * 1024;
const NAMESPACES = ['/', '/tracking', '/seats', '/location', '/vendor'];
const ana = person({ role: 'operator', companyId: 'acme' });
const bea = person({ role: 'operator', companyId: 'acme' });

let server: TestServer;
let touch: typeof import('../testing/probe.ts').touch;
let events: ReturnType<typeof import('./clientEvents.ts').clientEventNames>;

// What nobody caught would end the process of everybody else: here it fails the test that caused it.
before(async () => {
  server = await startTestServer({
    env: {
      WS_RATE_LIMIT: '100',
      WS_MAX_PAYLOAD_BYTES: '65536',
      WS_MAX_BUFFERED_BYTES: String(MEGABYTE / 2),
      WS_HEARTBEAT_INTERVAL: '2000',
    },
  });
  ({ touch } = await import('../testing/probe.ts'));
  events = (await import('./clientEvents.ts')).clientEventNames();
});
after(() => server.stop());

type Answer = { success: boolean; error?: { code: string; message: string; details?: { retryAfterMs?: number } } };
const CODES = new Set(['BAD_REQUEST', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'CONFLICT', 'UNPROCESSABLE']);
const evil = (): unknown[] => [
  undefined,
  null,
  [],
  [[]],
  0,
  -1,
  1e308,
  'NaN',
  '',
  'x'.repeat(60_000),
  true,
  {},
  {
    shipmentId: null,
    awb: null,
    routeId: null,
    orderId: null,
    productId: null,
    vendorId: null,
    streams: null,
    token: null,
  },
  { shipmentId: {}, streams: [], since: 'NaN', token: {} },
  {
    shipmentId: 'a\u0000b',
    id: 'a\u0000b',
    awb: 'FX\u000012345678',
    streams: { 'shipment:\u0000': 0 },
    token: '\u0000',
  },
  { shipmentId: 'y'.repeat(20_000), streams: { ['z'.repeat(20_000)]: 0 }, token: 'w'.repeat(20_000) },
  { shipmentId: 'x', since: -1, streams: { 'shipment:x': -1 }, token: '.' },
  { shipmentId: 'x', since: 1e300, streams: { 'shipment:x': 1e300 }, token: '..' },
  JSON.parse(
    '{"__proto__":{"shipmentId":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"streams":{"__proto__":0,"constructor":1,"shipment:__proto__":null}}',
  ),
  {
    shipmentId: '__proto__',
    id: 'constructor',
    streams: { 'shipment:toString': 0, hasOwnProperty: 0 },
    token: '__proto__',
  },
  { toString: 1, valueOf: null, length: 1e9, shipmentId: ['a'], streams: { a: { b: 1 } } },
  randomBytes(100),
  { shipmentId: randomBytes(10), streams: { 'shipment:x': randomBytes(3) }, token: randomBytes(10) },
];

const join = (socket: Socket, id: string) => ask(socket, 'probe:join', { id });
/** Somebody who watches while others misbehave, and must not notice. */
const watch = async (id: string) => {
  const socket = await connect(server.url, tokenFor(bea));
  await join(socket, id);
  return socket;
};
const stillServes = async (bystander: Socket, id: string) => {
  const event = nextEvent(bystander, 'probe:touched', { milliseconds: 2_000 });
  await touch(id);
  await event;
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
};
/** Text frames of our own making, for what no client library would send. */
const rawClient = async (token = tokenFor(ana)) => {
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  client.on('error', () => {});
  const text = async () => String((await once(client, 'message'))[0]);
  assert.match(await text(), /^0\{/);
  client.send(`40${JSON.stringify({ token })}`);
  assert.match(await text(), /^40\{/);
  return client;
};

describe('strange payloads', () => {
  for (const transport of ['websocket', 'polling'])
    it(`of every event in every namespace over ${transport} are answered with a code, twice, and harm nobody`, async () => {
      const bystander = await watch('acme-strange');
      const heard = record(bystander);
      let answered = 0;
      for (const namespace of NAMESPACES) {
        const names = events
          .filter((entry) => entry.namespace === namespace || entry.namespace === '*')
          .flatMap((entry) => entry.events)
          .filter((name) => name !== 'ping');
        for (const name of [...names, 'no:such_event']) {
          // One connection an event stays below the rate limit.
          const options = { namespace, transports: [transport], upgrade: false };
          const socket = await connect(server.url, tokenFor(ana), options);
          const failures: { event: string; code: string }[] = [];
          socket.on('error', (failure) => failures.push(failure));
          for (const payload of evil()) {
            const answer = await ask<Answer>(socket, name, ...(payload === undefined ? [] : [payload]));
            if (answer.success) continue;
            answered += 1;
            const label = `${namespace} ${name} ${JSON.stringify(payload)?.slice(0, 100)}`;
            assert.ok(CODES.has(answer.error!.code), `${label}: ${JSON.stringify(answer)}`);
            assert.equal(failures.at(-1)?.code, answer.error!.code, label);
            assert.equal(failures.at(-1)?.event, name, label);
          }
          // Nobody asked for an answer, or the place of the callback holds something else.
          for (const rest of [[], [null], ['callback'], [{}], [1, 2, 3]]) socket.emit(name, null, ...rest);
          assert.equal((await ask<Answer>(socket, 'ping')).success, true);
          socket.disconnect();
        }
      }
      assert.ok(answered > 100, `${answered} refusals`);
      await stillServes(bystander, 'acme-strange');
      assert.deepEqual(new Set(heard.map(({ name }) => name)), new Set(['probe:touched']));
      bystander.disconnect();
    });

  it('nested 10,000 levels deep are refused', async () => {
    const client = await rawClient();
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    // No client library can write this.
    const ask = async (id: number, event: string, payload: string) => {
      client.send(`42${id}["${event}",${payload}]`);
      for await (const [data] of on(client, 'message', { close: ['close'] })) {
        const text = String(data);
        if (text.startsWith(`43${id}[`)) return JSON.parse(text.slice(`43${id}`.length))[0] as Answer;
      }
      throw new Error('closed');
    };
    for (const [index, name] of events.flatMap((entry) => entry.events).entries()) {
      const bare = await ask(index * 2, name, deep);
      if (!bare.success) assert.equal(bare.error?.code, 'BAD_REQUEST', name);
      const inside = await ask(index * 2 + 1, name, `{"shipmentId":${deep},"id":${deep},"streams":${deep}}`);
      if (!inside.success) assert.equal(inside.error?.code, 'BAD_REQUEST', name);
    }
    client.terminate();
  });

  it('whose event is called `error`, a number, or by a reserved name end nothing but their own connection', async () => {
    const bystander = await watch('acme-names');
    const socket = await connect(server.url, tokenFor(ana));
    assert.equal((await ask<Answer>(socket, 'error', { code: 'X' })).error?.code, 'BAD_REQUEST');
    assert.equal((await ask<Answer>(socket, '__proto__', {})).error?.code, 'BAD_REQUEST');
    assert.equal((await ask<Answer>(socket, 'constructor', {})).error?.code, 'BAD_REQUEST');
    socket.disconnect();
    for (const frame of [
      '42["disconnect"]',
      '42["newListener",1]',
      '42["connect_error"]',
      '42[{}]',
      '42[]',
      '42{}',
      '42',
      '4',
      '49',
      '45',
      '451-["a"]',
      '46',
      'x',
      '452-["x",{"_placeholder":true,"num":0}]',
      '42/nowhere,["x"]',
      `42["${'e'.repeat(60_000)}"]`,
      '42[7,8]',
      '421e9["ping"]',
      '4299999999999999999999["ping"]',
      '43[1]',
      '431[1]',
      '41',
      '44{}',
      '2probe',
      '5',
      '1',
    ]) {
      const client = await rawClient();
      client.send(frame);
      client.send('42["ping"]');
      // Either it is answered, or the connection is closed: nothing may hang.
      await Promise.race([once(client, 'message'), once(client, 'close')]);
      client.terminate();
    }
    await stillServes(bystander, 'acme-names');
    bystander.disconnect();
  });

  it('of 2 MB close the connection that sent them, over either transport', async () => {
    const bystander = await watch('acme-large');
    for (const transport of ['websocket', 'polling']) {
      const socket = await connect(server.url, tokenFor(ana), { transports: [transport], upgrade: false });
      const gone = nextEvent(socket, 'disconnect');
      socket.emit('resume', 'x'.repeat(2 * MEGABYTE));
      await gone;
    }
    await stillServes(bystander, 'acme-large');
    bystander.disconnect();
  });
});

describe('too much', () => {
  it('is refused with a time to wait, and at ten times the limit the connection is closed', async () => {
    const [socket, bystander] = [await connect(server.url, tokenFor(ana)), await watch('acme-much')];
    const failures: { code: string; details?: { retryAfterMs: number } }[] = [];
    socket.on('error', (failure) => failures.push(failure));
    for (let n = 0; n < 100; n += 1) assert.equal((await ask<Answer>(socket, 'ping')).success, true);
    const refused = await ask<Answer>(socket, 'ping');
    assert.equal(refused.error?.code, 'RATE_LIMITED');
    assert.ok(refused.error.details!.retryAfterMs! > 0 && refused.error.details!.retryAfterMs! <= 60_000);
    assert.equal(failures[0]?.code, 'RATE_LIMITED');
    const gone = nextEvent(socket, 'disconnect');
    for (let n = 0; n < 1_000; n += 1) socket.emit('ping');
    await gone;
    await stillServes(bystander, 'acme-much');
    bystander.disconnect();
  });

  it('to follow is refused from the 501st stream on, also when they are asked for at once', async () => {
    const socket = await connect(server.url, tokenFor(ana));
    const ids = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`probe:acme-${from + n}`, null]));
    const answers = await Promise.all(
      [0, 200, 400, 600].map((from) => ask<Answer>(socket, 'resume', { streams: ids(from, 200) })),
    );
    assert.deepEqual(
      answers.map(({ error }) => error?.code ?? 'OK'),
      ['OK', 'OK', 'RATE_LIMITED', 'RATE_LIMITED'],
    );
    assert.equal((await ask<Answer>(socket, 'resume', { streams: ids(400, 100) })).success, true);
    assert.equal((await ask<Answer>(socket, 'probe:join', { id: 'acme-501' })).error?.code, 'RATE_LIMITED');
    assert.equal((await ask<Answer>(socket, 'probe:join', { id: 'acme-1' })).success, true);
    await ask(socket, 'probe:leave', { id: 'acme-1' });
    assert.equal((await ask<Answer>(socket, 'probe:join', { id: 'acme-501' })).success, true);
    const names = Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`no:${n}`, 0]));
    assert.equal((await ask<Answer>(socket, 'resume', { streams: names })).error?.code, 'RATE_LIMITED');
    socket.disconnect();
  });
});

const memory = () => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

describe('a client that does not read', () => {
  it('cannot fill our memory with answers to its pings', async () => {
    const [client, bystander] = [await rawClient(), await watch('acme-flood')];
    client.pause();
    const before = memory();
    // What it wrote itself must leave this process too: it waits whenever the server stops reading.
    const stream = (client as unknown as { _socket: import('node:net').Socket })._socket;
    const frame = Buffer.concat(
      Array.from({ length: 1_000 }, () => Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)])),
    );
    const until = Date.now() + 2_000;
    let sent = 0;
    while (Date.now() < until && !stream.destroyed) {
      sent += frame.length;
      if (stream.writableLength < 4 * MEGABYTE) stream.write(frame);
      else sent -= frame.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stillServes(bystander, 'acme-flood');
    const grown = memory() - before;
    assert.ok(sent > 100_000, `only ${sent} bytes were sent`);
    assert.ok(grown < 96 * MEGABYTE, `${Math.round(grown / MEGABYTE)} MB more after ${sent} bytes of pings`);
    client.terminate();
    bystander.disconnect();
  });

  it('is cut at its bound, while all the others get every event in order', async () => {
    const [slow, reader] = [await rawClient(), await watch('acme-slow')];
    slow.send('420["probe:join",{"id":"acme-slow"}]');
    await once(slow, 'message');
    slow.pause();
    const versions: number[] = [];
    reader.on('probe:touched', ({ version }) => versions.push(version));
    const first = memory();
    let last = 0;
    const closed = once((slow as unknown as { _socket: import('node:net').Socket })._socket, 'close');
    const { slowClientsDisconnected } = await import('../platform/metrics.ts');
    const cuts = async () => (await slowClientsDisconnected.get()).values[0]?.value ?? 0;
    const before = await cuts();
    const filler = 'f'.repeat(60_000);
    for (let n = 0; n < 600 && (await cuts()) === before; n += 1) last = await touch('acme-slow', { filler });
    assert.equal(await cuts(), before + 1, `not cut after ${last} events of 60 kB`);
    last = await touch('acme-slow', {});
    await settled(reader);
    assert.deepEqual(
      versions,
      Array.from({ length: last }, (_, n) => n + 1),
    );
    const grown = memory() - first;
    assert.ok(grown < 160 * MEGABYTE, `${Math.round(grown / MEGABYTE)} MB more`);
    slow.terminate();
    await closed;
    reader.disconnect();
  });
});
