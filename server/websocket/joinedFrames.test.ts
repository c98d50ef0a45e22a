import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import { z } from 'zod';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent, record, settled } from '../testing/sockets.ts';
import type { LiveServer } from './types.ts';

/** What joining frames must not break: the order with whatever goes the ordinary way, on every transport. */

const ana = person({ role: 'operator', companyId: 'acme' });
const ROOM = 'company:acme';

let server: TestServer;
let deliverEphemeral: typeof import('./delivery.ts').deliverEphemeral;
const send = (n: number) => deliverEphemeral('/', [ROOM], 'test:fanned', { n });

before(async () => {
  server = await startTestServer({
    env: {
      WS_RATE_LIMIT: '1000000',
      WS_MAX_CONNECTIONS_PER_USER: '100',
      WS_MAX_BUFFERED_BYTES: String(64 * 1024 * 1024),
    },
  });
  ({ deliverEphemeral } = await import('./delivery.ts'));
  const { onClientEvent } = await import('./clientEvents.ts');
  onClientEvent('/', 'test:mixed', z.object({ from: z.number() }), (socket, { from }) => {
    for (let n = from; n < from + 20; n += 1)
      if (n % 3 === 0) socket.emit('test:direct', { n });
      else send(n);
    return {};
  });
});
after(() => server.stop());

const numbers = (heard: ReturnType<typeof record>) => heard.map(({ event }) => event.n as number | undefined);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const transports = { websocket: ['websocket'], polling: ['polling'], upgrading: ['polling', 'websocket'] };

describe('frames that are joined', () => {
  for (const [name, list] of Object.entries(transports))
    it(`keep their order with what is sent to one socket alone, and with acks: ${name}`, async () => {
      const socket = await connect(server.url, tokenFor(ana), { transports: list });
      const heard: number[] = [];
      socket.onAny((_name, event) => {
        if (typeof event?.n === 'number') heard.push(event.n);
      });
      const rounds = 40;
      let acks = 0;
      for (let round = 0; round < rounds; round += 1) {
        // Without waiting for it: one that upgrades does so in the middle of this.
        socket.emit('test:mixed', { from: round * 20 }, () => {
          acks += 1;
          assert.ok(heard.includes(round * 20 + 19), 'an ack came before what had been sent before it');
        });
        if (round % 5 === 0) await settled(socket);
      }
      await settled(socket);
      assert.deepEqual(heard, upTo(rounds * 20));
      assert.equal(acks, rounds);
      socket.disconnect();
    });

  it('arrive as one event each, whatever their size', async () => {
    const [one, two] = await Promise.all([connect(server.url, tokenFor(ana)), connect(server.url, tokenFor(ana))]);
    const heard = [record(one), record(two)];
    // Around the bounds at which a WebSocket frame's length takes two and eight bytes more (RFC 6455, 5.2).
    const sizes = [0, 20, 70, 125, 126, 1_000, 65_400, 65_535, 70_000];
    for (const size of sizes) deliverEphemeral('/', [ROOM], 'test:large', { text: 'é'.repeat(size) });
    await Promise.all([settled(one), settled(two)]);
    for (const list of heard)
      assert.deepEqual(
        list.filter(({ name }) => name === 'test:large').map(({ event }) => (event.text as string).length),
        sizes,
      );
  });

  it('reach the others when one of those who are owed them closes in between', async () => {
    const [leaver, stayer] = await Promise.all([
      connect(server.url, tokenFor(ana)),
      connect(server.url, tokenFor(ana)),
    ]);
    const heard = record(stayer);
    const last = nextEvent<{ n: number }>(stayer, 'test:fanned', { matches: ({ n }) => n === 199 });
    for (let n = 0; n < 200; n += 1) {
      send(n);
      if (n === 50) leaver.io.engine.close();
      if (n % 10 === 0) await new Promise(setImmediate);
    }
    await last;
    assert.deepEqual(numbers(heard), upTo(200));
  });
});

describe('what is sent to a crowd', () => {
  const CROWD = 40;
  const BIG = 'test:big';
  const SMALL = 'test:small';
  let crowd: Socket[];
  let live: LiveServer;
  const liveSocket = (socket: Socket) => live.of('/').sockets.get(socket.id!)!;
  const tell = (rooms: string[], n: number) => deliverEphemeral('/', rooms, 'test:fanned', { n });
  const heardBy = async (act: () => void | Promise<void>) => {
    const records = crowd.map((socket) => record(socket));
    await act();
    await Promise.all(crowd.map(settled));
    for (const socket of crowd) socket.offAny();
    return records.map((heard) => heard.flatMap(({ event }) => (typeof event?.n === 'number' ? [event.n] : [])));
  };

  before(async () => {
    live = (await import('./delivery.ts')).currentServer()!;
    // One of them by polling: served beside the others, one by one.
    crowd = await Promise.all(
      upTo(CROWD).map((n) => connect(server.url, tokenFor(ana), n === 7 ? { transports: ['polling'] } : {})),
    );
    for (const [n, socket] of crowd.entries()) {
      await liveSocket(socket).join(n < CROWD - 2 ? BIG : SMALL);
      if (n < 2) await liveSocket(socket).join(SMALL);
    }
  });
  after(() => {
    for (const socket of crowd) socket.disconnect();
  });

  it('reaches each once, who is in one of the rooms or in both', async () => {
    const heard = await heardBy(() => {
      tell([BIG, SMALL], 1);
      tell([BIG, SMALL, 'test:nobody'], 2);
      tell([SMALL], 3);
      tell([BIG], 4);
    });
    for (const [n, numbers] of heard.entries())
      assert.deepEqual(numbers, [1, 2, ...(n < 2 || n >= CROWD - 2 ? [3] : []), ...(n < CROWD - 2 ? [4] : [])]);
  });

  it('keeps its order with what is sent to some of them in the same turn, before it, between and behind', async () => {
    const heard = await heardBy(() => {
      for (const socket of crowd.slice(0, 10)) liveSocket(socket).emit('test:direct', { n: 0 });
      tell([BIG, SMALL], 1);
      tell([BIG, SMALL], 2);
      for (const socket of crowd.slice(5, 15)) liveSocket(socket).emit('test:direct', { n: 3 });
      tell([BIG, SMALL], 4);
      tell([SMALL, BIG], 5);
      for (const socket of crowd.slice(0, 3)) liveSocket(socket).emit('test:direct', { n: 6 });
    });
    for (const [n, numbers] of heard.entries())
      assert.deepEqual(numbers, [
        ...(n < 10 ? [0] : []),
        ...[1, 2],
        ...(n >= 5 && n < 15 ? [3] : []),
        ...[4, 5],
        ...(n < 3 ? [6] : []),
      ]);
  });

  it('is heard by those who were in the room at that moment, though they come and go in the same turn', async () => {
    const [first, second] = [liveSocket(crowd[0]!), liveSocket(crowd[1]!)];
    const heard = await heardBy(() => {
      void second.leave(BIG);
      tell([BIG], 1);
      void first.leave(BIG);
      tell([BIG], 2);
      void first.join(BIG);
      void second.join(BIG);
      tell([BIG], 3);
    });
    assert.deepEqual(heard[0], [1, 3]);
    assert.deepEqual(heard[1], [3]);
    for (const numbers of heard.slice(2, CROWD - 2)) assert.deepEqual(numbers, [1, 2, 3]);
  });

  it('reaches the others when some of them close in that very turn', async () => {
    const leaver = crowd[CROWD - 3]!;
    const closed = new Promise((resolve) => leaver.once('disconnect', resolve));
    const toldBefore = record(leaver);
    crowd.splice(CROWD - 3, 1);
    const heard = await heardBy(async () => {
      tell([BIG], 1);
      live.of('/').sockets.get(leaver.id!)!.disconnect(true);
      tell([BIG], 2);
      await closed;
      tell([BIG], 3);
    });
    for (const numbers of heard.slice(0, CROWD - 3)) assert.deepEqual(numbers, [1, 2, 3]);
    assert.deepEqual(numbers(toldBefore), [1]);
  });
});

describe('who does not read', () => {
  it('is known to be owed what the system did not take, and gets all of it in order once it reads', async () => {
    const { bufferedBytes } = await import('./backpressure.ts');
    const { currentServer } = await import('./delivery.ts');
    const socket = await connect(server.url, tokenFor(ana));
    const connection = currentServer()!.of('/').sockets.get(socket.id!)!.conn as never;
    const stream = (socket.io.engine.transport as unknown as { ws: { pause: () => void; resume: () => void } }).ws;
    const heard = record(socket);
    const large = 'x'.repeat(16 * 1024 * 1024);
    stream.pause();
    deliverEphemeral('/', [ROOM], 'test:large', { n: 0, large });
    await new Promise(setImmediate);
    assert.ok(bufferedBytes(connection) > 0, 'nothing waits');
    const before = bufferedBytes(connection);
    send(1);
    await new Promise(setImmediate);
    send(2);
    await new Promise(setImmediate);
    assert.ok(bufferedBytes(connection) > before, 'what came later is not counted');
    const last = nextEvent<{ n: number }>(socket, 'test:fanned', { matches: ({ n }) => n === 2, milliseconds: 30_000 });
    stream.resume();
    await last;
    assert.deepEqual(numbers(heard), [0, 1, 2]);
    assert.equal(bufferedBytes(connection), 0);
    socket.disconnect();
  });
});
