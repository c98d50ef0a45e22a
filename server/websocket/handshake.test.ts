import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import type { Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { ROLES } from '../contract/common.ts';
import { type Person, person, TEST_SECRET, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent } from '../testing/sockets.ts';

const NAMESPACES = ['/', '/tracking', '/seats', '/location', '/vendor'];
const ALLOWED = 'https://dashboard.example.com';
const FOREIGN = 'https://evil.example.com';
const MAX_PER_USER = 3;

const ana = person({ role: 'operator', companyId: 'acme' });
let server: TestServer;

before(async () => {
  server = await startTestServer({
    env: {
      TRUST_PROXY: '1',
      HANDSHAKE_RATE_LIMIT: '5',
      WS_MAX_CONNECTIONS: '30',
      WS_MAX_CONNECTIONS_PER_USER: String(MAX_PER_USER),
      FRONTEND_URL: `${ALLOWED}/app`,
      ALLOWED_ORIGINS: 'https://partner.example.com',
    },
  });
});
after(() => server.stop());

let address = 0;
/** An address of its own for each caller, so that refusals of one test are not counted in the next. */
const from = (ip = `198.51.100.${++address}`) => ({ extraHeaders: { 'x-forwarded-for': ip } });
type Refusal = Error & { data?: { code: string; details?: { retryAfterMs?: number } } };
const refusal = (token: string | undefined, options: Parameters<typeof connect>[2] = {}): Promise<Refusal> =>
  connect(server.url, token, { ...from(), ...options }).then(
    (socket) => assert.fail(`${socket.id} was let in`),
    (error) => error,
  );
const closeAll = (sockets: Socket[]) => {
  for (const socket of sockets) socket.disconnect();
};
/** Resolves when the server has noticed that it holds `count` connections. */
const settledAt = async (count: number) => {
  const { default: socketManager } = await import('./socketManager.ts');
  while (socketManager.status().connections > count) await new Promise((resolve) => setTimeout(resolve, 10));
};

/** The `connected` event itself, which `connect` only waits for. */
const connectedEvent = async (who: Person) => {
  const socket = await connect(server.url, tokenFor(who));
  socket.disconnect();
  const event = nextEvent<Record<string, unknown>>(socket, 'connected');
  socket.connect();
  const result = await event;
  socket.disconnect();
  return result;
};

describe('a handshake', () => {
  for (const transport of ['websocket', 'polling'])
    for (const namespace of NAMESPACES)
      it(`on ${namespace} over ${transport} needs a token, by auth or by header`, async () => {
        const options = { namespace, transports: [transport], upgrade: false };
        const none = await refusal(undefined, options);
        assert.equal(none.message, 'Authentication required');
        assert.equal(none.data?.code, 'UNAUTHENTICATED');
        const wrong = await refusal('nonsense', options);
        assert.equal(wrong.message, 'Invalid or expired token');
        assert.equal(wrong.data?.code, 'UNAUTHENTICATED');
        const byAuth = await connect(server.url, tokenFor(ana), options);
        const byHeader = await connect(server.url, undefined, {
          ...options,
          extraHeaders: { authorization: `Bearer ${tokenFor(ana)}` },
        });
        closeAll([byAuth, byHeader]);
        await settledAt(0);
      });

  const bad: [name: string, token: string][] = [
    ['expired', tokenFor(ana, -1)],
    ['signed with another secret', jwt.sign({ sub: 'x', role: 'admin' }, 'another-secret-of-32-characters-or-more')],
    ['unsigned', jwt.sign({ sub: 'x', role: 'admin' }, '', { algorithm: 'none' })],
    ['without exp', jwt.sign({ sub: 'x', role: 'admin' }, TEST_SECRET)],
    ['of an unknown role', jwt.sign({ sub: 'x', role: 'root' }, TEST_SECRET, { expiresIn: 60 })],
  ];
  for (const [name, token] of bad)
    it(`refuses a token that is ${name}`, async () => {
      const error = await refusal(token);
      assert.equal(error.message, 'Invalid or expired token');
      assert.equal(error.data?.code, 'UNAUTHENTICATED');
    });

  it('takes no token from the address, nor one that is no text', async () => {
    const query = await refusal(undefined, { query: { token: tokenFor(ana) } });
    assert.equal(query.message, 'Authentication required');
    for (const token of [{ $ne: '' }, 42, [tokenFor(ana)], true, null])
      assert.equal((await refusal(undefined, { auth: { token } as object })).message, 'Authentication required');
  });

  it('on a namespace that does not exist is refused', async () => {
    assert.equal((await refusal(tokenFor(ana), { namespace: '/admin' })).message, 'Invalid namespace');
  });
});

describe('once connected', () => {
  for (const role of ROLES)
    it(`a ${role} hears who it is and which rooms it is in`, async () => {
      const companyId = role === 'customer' ? undefined : 'acme';
      const who = person({ role, ...(companyId && { companyId }), shopIds: ['s1', 's2'] });
      const inCompany = ['super_admin', 'admin', 'operator', 'inspector', 'agent'].includes(role);
      const event = await connectedEvent(who);
      assert.deepEqual(Object.keys(event).sort(), ['message', 'rooms', 'socketId', 'timestamp', 'type', 'userId']);
      assert.equal(event.type, 'connected');
      assert.equal(event.userId, who.id);
      assert.deepEqual(event.rooms, [
        `user:${who.id}`,
        ...(inCompany ? ['company:acme'] : []),
        'shop:s1',
        'shop:s2',
        ...(role === 'super_admin' ? ['super_admin'] : []),
      ]);
      await settledAt(0);
    });

  it('a ping is answered by an ack and by an event, in every namespace', async () => {
    for (const namespace of NAMESPACES) {
      const socket = await connect(server.url, tokenFor(ana), { namespace });
      const pong = nextEvent<{ type: string; timestamp: string }>(socket, 'pong');
      const answer = await ask(socket, 'ping');
      assert.deepEqual(Object.keys(answer).sort(), ['success', 'timestamp']);
      assert.equal((await pong).type, 'pong');
      socket.disconnect();
    }
    await settledAt(0);
  });
});

describe('an origin', () => {
  const upgrade = async (path: string, headers: Record<string, string>) => {
    const client = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers });
    client.on('error', () => {});
    const [first] = await Promise.race([
      once(client, 'open').then(() => [101]),
      once(client, 'unexpected-response').then(([, response]) => [response.statusCode as number]),
    ]);
    client.terminate();
    return first;
  };
  /** Opens a session by polling and ends it again, since the server would wait for it. */
  const poll = async (headers: Record<string, string>) => {
    const address = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const response = await fetch(address, { headers });
    const text = await response.text();
    if (response.ok) {
      const { sid } = JSON.parse(text.slice(1)) as { sid: string };
      await fetch(`${address}&sid=${sid}`, { method: 'POST', headers, body: '1' });
    }
    return response;
  };
  const statuses = async (headers: Record<string, string>) => [
    (await fetch(`${server.url}/health`, { headers })).status,
    (await poll(headers)).status,
    await upgrade('/socket.io/?EIO=4&transport=websocket', headers),
  ];

  it('that is foreign is refused over HTTP, polling and websocket', async () => {
    for (const origin of [FOREIGN, 'null', `${ALLOWED}.evil.example.com`, 'https://example.com', '', ' '])
      assert.deepEqual(await statuses({ origin }), [403, 403, 403], origin);
  });

  it('is not needed, since only browsers send it', async () => {
    assert.deepEqual(await statuses({}), [200, 200, 101]);
  });

  it("may be the server's own, FRONTEND_URL, a listed one, or that of development", async () => {
    const own = [server.url, `https://127.0.0.1:${server.port}`];
    for (const origin of [
      ...own,
      ALLOWED,
      'https://partner.example.com',
      'http://localhost:3000',
      'http://localhost:5173',
    ])
      assert.deepEqual(await statuses({ origin }), [200, 200, 101], origin);
  });

  it('asks before it sends a token, and is told what it may', async () => {
    const preflight = {
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,if-match',
    };
    const allowed = await fetch(`${server.url}/api/shipments/x/status`, {
      method: 'OPTIONS',
      headers: { origin: ALLOWED, ...preflight },
    });
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get('access-control-allow-origin'), ALLOWED);
    assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true');
    assert.match(allowed.headers.get('access-control-allow-methods') ?? '', /PATCH/);
    const refused = await fetch(`${server.url}/api/shipments/x/status`, {
      method: 'OPTIONS',
      headers: { origin: FOREIGN, ...preflight },
    });
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get('access-control-allow-origin'), null);
  });

  it('gets the security headers on Socket.IO too', async () => {
    for (const [path, { headers }] of [
      ['/health', await fetch(`${server.url}/health`)],
      ['/socket.io', await poll({})],
    ] as const) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.ok(headers.get('content-security-policy'), path);
      assert.ok(headers.get('strict-transport-security'), path);
      assert.equal(headers.get('x-powered-by'), null, path);
    }
    const script = await fetch(`${server.url}/socket.io/socket.io.js`);
    assert.equal(script.status, 400);
  });

  it('of whatever kind gets 404 for an upgrade that nothing serves', async () => {
    for (const path of ['/', '/ws/nothing', '/socket.iox/?EIO=4&transport=websocket', '/api/shipments'])
      assert.equal(await upgrade(path, {}), 404, path);
    await settledAt(0);
  });
});

describe('limits', () => {
  it('count refused handshakes of one address, and never those that were let in', async () => {
    const office = '203.0.113.1';
    for (let n = 0; n < 8; n += 1) (await connect(server.url, tokenFor(ana), from(office))).disconnect();
    for (let n = 0; n < 5; n += 1)
      assert.equal((await refusal('nonsense', from(office))).data?.code, 'UNAUTHENTICATED');
    const limited = await refusal(tokenFor(ana), from(office));
    assert.equal(limited.data?.code, 'RATE_LIMITED');
    assert.ok(limited.data.details!.retryAfterMs! > 0);
    const elsewhere = await connect(server.url, tokenFor(ana), from());
    assert.ok(elsewhere.connected);
    elsewhere.disconnect();
    await settledAt(0);
  });

  it('give one user so many connections, whatever the namespaces on each', async () => {
    const bea = person({ role: 'operator', companyId: 'acme' });
    const sockets = await Promise.all(Array.from({ length: MAX_PER_USER }, () => connect(server.url, tokenFor(bea))));
    const onSame = sockets[0]!.io.socket('/tracking', { auth: { token: tokenFor(bea) } });
    await nextEvent(onSame, 'connected');
    const full = await refusal(tokenFor(bea));
    assert.equal(full.message, 'Server is full');
    assert.equal(full.data?.code, 'UNAVAILABLE');
    (await connect(server.url, tokenFor(ana))).disconnect();
    onSame.disconnect();
    sockets[0]!.disconnect();
    await settledAt(MAX_PER_USER - 1);
    const freed = await connect(server.url, tokenFor(bea));
    closeAll([...sockets, freed]);
    await settledAt(0);
  });

  it('give the process so many connections, and places that are freed again', async () => {
    const crowd = await Promise.all(
      Array.from({ length: 30 }, () => connect(server.url, tokenFor(person({ role: 'customer' })))),
    );
    const full = await refusal(tokenFor(ana));
    assert.equal(full.message, 'Server is full');
    assert.equal(full.data?.code, 'UNAVAILABLE');
    crowd[0]!.disconnect();
    await settledAt(29);
    const late = await connect(server.url, tokenFor(ana));
    closeAll([...crowd, late]);
    await settledAt(0);
  });
});
