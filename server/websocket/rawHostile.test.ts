import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { closeRaw, openRaw, type RawClient } from '../testing/rawSockets.ts';
import { type Spawned, spawnServer } from '../testing/server.ts';

const MEGABYTE = 1024 * 1024;
const vera = person({ role: 'vendor', companyId: 'acme' });
const mallory = person({ role: 'customer' });
const bea = person({ role: 'customer' });

/** A process of its own: what it holds in memory is then its own, too. */
let server: Spawned;
let database: TestDatabase;
let call: ReturnType<typeof api>;
before(async () => {
  database = await createTestDatabase();
  server = await spawnServer({
    database,
    env: {
      WS_HEARTBEAT_INTERVAL: '1000',
      WS_MAX_BUFFERED_BYTES: String(MEGABYTE / 4),
      HANDSHAKE_RATE_LIMIT: '100000',
      WS_RATE_LIMIT: '10000',
      LOCATION_RATE_LIMIT: '1000000',
    },
  });
  call = api(server.url);
});
after(async () => {
  closeRaw();
  for (const socket of attackers) socket.destroy();
  await server.kill('SIGTERM');
  await database.drop();
});

const attackers = new Set<Socket>();

/** An upgraded connection of bare bytes. */
const bare = async (token: string): Promise<Socket> => {
  const socket = connect(server.port, '127.0.0.1');
  attackers.add(socket);
  socket.on('error', () => {});
  socket.write(
    `GET /ws/location HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  assert.match(String(head), /101 Switching Protocols/);
  return socket;
};

/** A client's frame (RFC 6455, 5.2), masked with zeros. */
const frame = (opcode: number, payload: Buffer, fin = true): Buffer => {
  const length = payload.length;
  const head =
    length < 126
      ? Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | length])
      : Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | 126, length >> 8, length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
};

const memory = async (): Promise<number> => {
  const { body } = await call(null, 'GET', '/metrics');
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(body)![1]) / MEGABYTE;
};
const rawCount = async (): Promise<number> => {
  const { body } = await call(null, 'GET', '/metrics');
  return Number(/waybeat_connections\{namespace="\/location",transport="raw"\} (\d+)/.exec(body)?.[1] ?? 0);
};

const create = async () => (await call(vera, 'POST', '/api/vendors', { name: 'Cart' })).body.id as string;
const watch = async (vendorId: string) => {
  const door = await openRaw(server.url, '/ws/location', tokenFor(bea));
  door.send('subscribe_location', { vendorId });
  await door.next('subscribed');
  return door;
};
let lat = 0;
/** Somebody who behaves, and must not notice. */
const unharmed = async (door: RawClient, vendorId: string) => {
  lat = (lat + 0.5) % 80;
  await call(vera, 'PUT', `/api/vendors/${vendorId}/location`, { lat, long: 0 });
  await door.next('location_updated', ({ data }) => data.location.lat === lat);
};

describe('somebody who means harm at the raw door', () => {
  it('sends pings without ever reading: what waits is bounded, and others hear what they follow', async () => {
    const id = await create();
    const bystander = await watch(id);
    const before = await memory();
    const sockets = await Promise.all(Array.from({ length: 10 }, () => bare(tokenFor(mallory))));
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, randomBytes(100))));
    for (const socket of sockets) {
      socket.pause();
      for (let n = 0; n < 200 && !socket.destroyed; n += 1) socket.write(pings);
    }
    for (let n = 0; n < 5; n += 1) await unharmed(bystander, id);
    const grown = (await memory()) - before;
    assert.ok(grown < 150, `grew by ${grown} MB`);
    for (const socket of sockets) socket.destroy();
    bystander.socket.close();
  });

  it('asks without reading the answers: it is cut', async () => {
    const id = await create();
    const bystander = await watch(id);
    const socket = await bare(tokenFor(mallory));
    socket.pause();
    const question = frame(1, Buffer.from(JSON.stringify({ type: 'no_such_event', data: {} })));
    const closed = once(socket, 'close');
    for (let n = 0; n < 12_000 && !socket.destroyed; n += 1) {
      socket.write(question);
      if (n % 500 === 0) await wait(1);
    }
    socket.resume();
    await closed;
    await unharmed(bystander, id);
    bystander.socket.close();
  });

  it('sends one message in pieces of one byte: closed, at little cost', async () => {
    const id = await create();
    const bystander = await watch(id);
    const before = await memory();
    const socket = await bare(tokenFor(mallory));
    let heard = Buffer.alloc(0);
    socket.on('data', (data) => {
      heard = Buffer.concat([heard, data]);
    });
    const closed = once(socket, 'close');
    socket.write(frame(1, Buffer.from('{'), false));
    const piece = frame(0, Buffer.from(' '), false);
    for (let n = 0; n < 60 && !socket.destroyed; n += 1)
      socket.write(Buffer.concat(Array.from({ length: 1000 }, () => piece)));
    await closed;
    assert.ok(heard.includes(Buffer.from([1008 >> 8, 1008 & 255])), 'closed with 1008');
    assert.ok((await memory()) - before < 100);
    await unharmed(bystander, id);
    bystander.socket.close();
  });

  it('opens 5,000 sockets as one user: 20 stay, and others come in', async () => {
    const id = await create();
    const bystander = await watch(id);
    const token = tokenFor(mallory);
    const before = await memory();
    const codes = new Map<number, number>();
    const count = (code: number) => codes.set(code, (codes.get(code) ?? 0) + 1);
    for (let round = 0; round < 50; round += 1) {
      const doors = await Promise.all(Array.from({ length: 100 }, () => openRaw(server.url, '/ws/location', token)));
      await Promise.all(
        doors.map((door) =>
          Promise.race([door.closed.then(({ code }) => count(code)), door.next('connected').then(() => count(0))]),
        ),
      );
    }
    assert.equal(codes.get(0), 20);
    assert.equal(codes.get(1013), 4_980);
    await unharmed(bystander, id);
    const other = await watch(id);
    assert.ok((await memory()) - before < 150);
    closeRaw();
    assert.ok(other);
  });

  it('says nothing and never goes: half-open connections are closed after two heartbeats', async () => {
    const id = await create();
    const sockets = await Promise.all(Array.from({ length: 15 }, () => bare(tokenFor(person({ role: 'customer' })))));
    for (const socket of sockets) socket.pause();
    const bystander = await watch(id);
    const until = Date.now() + 30_000;
    // The upgrade is answered before it is known who they are.
    while ((await rawCount()) < 16 && Date.now() < until) await wait(50);
    while ((await rawCount()) > 1 && Date.now() < until) await wait(200);
    assert.equal(await rawCount(), 1, 'only the one who answers is left');
    await unharmed(bystander, id);
    bystander.socket.close();
  });

  it('sends nonsense of every kind: each is an error or a close, never an end of the process', async () => {
    const id = await create();
    const bystander = await watch(id);
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    for (const payload of [
      '',
      'null',
      '[]',
      '1',
      '{"type":1}',
      '{"type":""}',
      '{"type":"subscribe_location"}',
      '{"type":"subscribe_location","data":{"vendorId":"a\\u0000b"}}',
      '{"type":"subscribe_location","data":{"vendorId":"__proto__"}}',
      '{"type":"subscribe_area","data":{"bounds":{"north":1e400,"south":0,"east":0,"west":0}}}',
      '{"type":"update_location","data":{"vendorId":"x","location":{"lat":"NaN","long":null}}}',
      '{"type":"constructor","data":{"__proto__":{"polluted":1}}}',
      '{"type":"auth","data":{"token":{}}}',
      '{"type":"resume","data":{"streams":{"__proto__":0,"location:constructor":1}}}',
      `{"type":"subscribe_location","data":${deep}}`,
      '{"type":"toString"}',
    ]) {
      const door = await openRaw(server.url, '/ws/location', tokenFor(bea));
      await door.next('connected');
      door.socket.send(payload);
      door.send('ping', undefined, 'after');
      await Promise.race([door.next('ack', ({ id: answered }) => answered === 'after'), door.closed]);
      door.socket.terminate();
    }
    await unharmed(bystander, id);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
    bystander.socket.close();
  });
});
