import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { createConnection } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect } from '../testing/sockets.ts';

/** Engine.io's protocol as we serve it to who comes by WebSocket at once. */

const ana = person({ role: 'operator', companyId: 'acme' });
const INTERVAL = 300;

let server: TestServer;
let status: () => { connections: number };
before(async () => {
  server = await startTestServer({
    env: { WS_HEARTBEAT_INTERVAL: String(INTERVAL), WS_HEARTBEAT_TIMEOUT: '600', WS_MAX_PAYLOAD_BYTES: '65536' },
  });
  ({ status } = (await import('./socketManager.ts')).socketManager);
});
after(() => server.stop());

/** A client that answers nothing by itself. Its frames are kept from the first one on. */
const open = (query = 'EIO=4&transport=websocket') => {
  const client = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?${query}`);
  client.on('error', () => {});
  const frames = on(client, 'message', { close: ['close'] });
  const next = async (): Promise<string> => String((await frames.next()).value[0]);
  /** The next frame that `matches`. */
  const find = async (matches: RegExp): Promise<string> => {
    for (;;) {
      const frame = await next();
      if (matches.test(frame)) return frame;
    }
  };
  return { client, next, find, closed: once(client, 'close') };
};

describe('a connection by WebSocket', () => {
  it('is told how it will be served before anything else', async () => {
    const { client, next } = open();
    const { sid, ...rest } = JSON.parse((await next()).slice(1));
    assert.match(sid, /^[\w-]{20}$/);
    assert.deepEqual(rest, { upgrades: [], pingInterval: INTERVAL, pingTimeout: 600, maxPayload: 65_536 });
    client.terminate();
  });

  it('lives on while it answers pings, and ends when it does not', async () => {
    const [alive, silent] = [open(), open()];
    await Promise.all([alive.next(), silent.next()]);
    for (const { client } of [alive, silent]) client.send(`40${JSON.stringify({ token: tokenFor(ana) })}`);
    let isSilentGone = false;
    void silent.closed.then(() => {
      isSilentGone = true;
    });
    for (let pings = 0; !isSilentGone || pings < 4; pings += 1) {
      await alive.find(/^2$/);
      alive.client.send('3');
    }
    assert.equal(alive.client.readyState, WebSocket.OPEN);
    alive.client.terminate();
    await alive.closed;
  });

  for (const [what, frame] of [
    ['a ping, which only servers send', '2'],
    ['a packet of no known type', '9'],
    ['an empty packet', ''],
    ['an attachment that nothing announced', Buffer.from([1])],
  ] as const)
    it(`ends with ${what}`, async () => {
      const { client, next, closed } = open();
      await next();
      client.send(frame);
      await closed;
    });

  it('takes events with binary attachments as Socket.IO sends them', async () => {
    const socket = await connect(server.url, tokenFor(ana));
    const answer = await ask<{ success: boolean }>(socket, 'ping', { attached: Buffer.from([1, 2, 3]) });
    assert.equal(answer.success, true);
    socket.disconnect();
  });

  it('may ask in another order and for more than we know', async () => {
    const { client, next, find } = open('transport=websocket&b64=1&EIO=4');
    assert.match(await next(), /^0/);
    client.send(`40${JSON.stringify({ token: tokenFor(ana) })}`);
    await find(/^40/);
    client.terminate();
  });

  it('carries several namespaces, and one that is left does not end the others', async () => {
    const { client, next, find } = open();
    await next();
    const auth = JSON.stringify({ token: tokenFor(ana) });
    client.send(`40${auth}`);
    await find(/^40\{/);
    client.send(`40/seats,${auth}`);
    await find(/^40\/seats,/);
    client.send('41');
    client.send('42/seats,0["ping"]');
    await find(/^43\/seats,0\[\{"success":true/);
    client.terminate();
  });

  it('hears that a namespace does not exist, and may join another', async () => {
    const { client, next, find } = open();
    await next();
    client.send('40/nowhere,');
    assert.equal(await next(), '44/nowhere,{"message":"Invalid namespace"}');
    client.send(`40${JSON.stringify({ token: tokenFor(ana) })}`);
    await find(/^40\{/);
    client.terminate();
  });

  it('ends with an event for a namespace that it did not join', async () => {
    const { client, next, closed } = open();
    await next();
    client.send('420["ping"]');
    await closed;
  });

  it('reads its own attachments while others speak', async () => {
    const [one, other] = await Promise.all([connect(server.url, tokenFor(ana)), connect(server.url, tokenFor(ana))]);
    const attached = (byte: number) => ask<{ success: boolean }>(one, 'ping', { attached: Buffer.from([byte]) });
    const plain = () => ask<{ success: boolean }>(other, 'ping');
    for (const answer of await Promise.all([attached(1), plain(), attached(2), plain()]))
      assert.equal(answer.success, true);
    one.disconnect();
    other.disconnect();
  });

  it('is heard from its first byte, also where that comes with the request to upgrade', async () => {
    const { hostname, port } = new URL(server.url);
    const client = createConnection(Number(port), hostname);
    const mask = Buffer.alloc(4);
    const payload = Buffer.from(`40${JSON.stringify({ token: 'none' })}`);
    client.write(
      Buffer.concat([
        Buffer.from(
          `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\n` +
            'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bGlnaHQgY2xpZW50IGtleQ==\r\n\r\n',
        ),
        Buffer.from([0x81, 0x80 | payload.length]),
        mask,
        payload,
      ]),
    );
    let answer = '';
    for await (const chunk of client) {
      answer += chunk;
      if (answer.includes('Invalid or expired token')) break;
    }
    assert.match(answer, /44\{"message":"Invalid or expired token"/);
  });

  it('that joins nothing is closed in time, and one that joined is not', async (test) => {
    const { closeJoinless, JOIN_MS } = await import('./socketIoClient.ts');
    const [idle, joined] = [open(), open()];
    await Promise.all([idle.next(), joined.next()]);
    joined.client.send(`40${JSON.stringify({ token: tokenFor(ana) })}`);
    await joined.find(/^40\{/);
    closeJoinless();
    assert.equal(idle.client.readyState, WebSocket.OPEN);
    const now = performance.now();
    test.mock.method(performance, 'now', () => now + JOIN_MS + 1);
    closeJoinless();
    test.mock.restoreAll();
    await idle.closed;
    assert.equal(joined.client.readyState, WebSocket.OPEN);
    joined.client.terminate();
  });

  it('hears what was said to it in the turn in which it is closed', async () => {
    const { onClientEvent } = await import('./clientEvents.ts');
    const { z } = await import('zod');
    onClientEvent('/', 'test:farewell', z.unknown(), (socket) => {
      socket.emit('test:last', {});
      socket.conn.close();
      return {};
    });
    const { client, next, find, closed } = open();
    await next();
    client.send(`40${JSON.stringify({ token: tokenFor(ana) })}`);
    await find(/^40/);
    client.send('42["test:farewell"]');
    await find(/test:last/);
    await closed;
  });

  it('is counted until it ends, by whom ever', async () => {
    const socket = await connect(server.url, tokenFor(ana));
    const before = status().connections;
    const other = open();
    await other.next();
    assert.equal(status().connections, before + 1);
    other.client.terminate();
    // Its end reaches the server a moment later than ours.
    while (status().connections > before) await ask(socket, 'ping');
    socket.disconnect();
  });
});
