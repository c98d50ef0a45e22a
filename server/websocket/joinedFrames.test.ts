import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent, record, settled } from '../testing/sockets.ts';

/** What joining frames must not break: the order with whatever goes the ordinary way, on every transport. */

const ana = person({ role: 'operator', companyId: 'acme' });
const ROOM = 'company:acme';

let server: TestServer;
let deliverEphemeral: typeof import('./delivery.ts').deliverEphemeral;
const send = (n: number) => deliverEphemeral('/', [ROOM], 'test:fanned', { n });

before(async () => {
  server = await startTestServer({ env: { WS_RATE_LIMIT: '1000000' } });
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
