import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { closeRaw, openRaw } from '../testing/rawSockets.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';

const vera = person({ role: 'vendor', companyId: 'acme' });
const carl = person({ role: 'customer' });

let server: TestServer;
let call: ReturnType<typeof api>;
let users: typeof import('../platform/users.ts');
before(async () => {
  server = await startTestServer({
    env: {
      WS_HEARTBEAT_INTERVAL: '300',
      WS_RATE_LIMIT: '50',
      LOCATION_RATE_LIMIT: '20',
      WS_MAX_CONNECTIONS_PER_USER: '5',
      WS_MAX_SUBSCRIPTIONS: '3',
      HANDSHAKE_RATE_LIMIT: '1000',
    },
  });
  call = api(server.url);
  users = await import('../platform/users.ts');
});
after(async () => {
  closeRaw();
  await server.stop();
});

const someone = () => person({ role: 'customer' });
const open = (token?: string, options = {}) => openRaw(server.url, '/ws/location', token, options);
const create = async () => (await call(vera, 'POST', '/api/vendors', { name: 'Cart' })).body.id as string;

describe('the raw door opens', () => {
  it('to the Authorization header, and says who came', async () => {
    const door = await open(tokenFor(carl));
    const { data } = await door.next('connected');
    assert.equal(data.userId, carl.id);
    assert.ok(data.socketId && data.message && Array.isArray(data.rooms) && data.timestamp);
    door.socket.close();
  });

  it('to the subprotocol pair, of which it selects the name and never the token', async () => {
    const door = await open(undefined, { protocols: ['waybeat.v1', tokenFor(carl)] });
    assert.equal((await door.next('connected')).data.userId, carl.id);
    assert.equal(door.socket.protocol, 'waybeat.v1');
    door.socket.close();
  });

  it('to a first frame, whose answer is `authenticated`; what was sent right behind it is not lost', async () => {
    const id = await create();
    const door = await open();
    door.send('auth', { token: tokenFor(carl) });
    door.send('subscribe_location', { vendorId: id });
    const { data } = await door.next('authenticated');
    assert.equal(data.userId, carl.id);
    assert.ok(Date.parse(data.expiresAt) > Date.now());
    assert.equal((await door.next('subscribed')).data.vendorId, id);
    door.socket.close();
  });

  it('again to a newer token of the same user, and to nobody else’s', async () => {
    const door = await open(tokenFor(carl, 30));
    await door.next('auth:expiring');
    door.send('auth', { token: tokenFor(carl, 3600) });
    const { data } = await door.next('authenticated');
    assert.ok(Date.parse(data.expiresAt) > Date.now() + 3_000_000);
    door.send('auth', { token: tokenFor(someone()) });
    assert.equal((await door.next('error')).data.code, 'FORBIDDEN');
    door.socket.close();
  });
});

describe('the raw door closes', () => {
  it('with 4401 on a bad token, on none within 5 s, on a first frame that is something else, and at the end of a token', async () => {
    const silent = await open();
    const bad = await open('nonsense');
    assert.equal((await bad.next('error')).data.code, 'UNAUTHENTICATED');
    assert.equal((await bad.closed).code, 4401);
    const inUrl = await openRaw(server.url, `/ws/location?token=${tokenFor(carl)}`);
    inUrl.send('subscribe_location', { vendorId: 'x' });
    assert.equal((await inUrl.closed).code, 4401);
    const badFrame = await open();
    badFrame.send('auth', { token: 'nonsense' });
    assert.equal((await badFrame.closed).code, 4401);
    const ending = await open(tokenFor(someone(), 2));
    await ending.next('connected');
    assert.equal((await ending.closed).code, 4401);
    assert.equal((await silent.closed).code, 4401);
  });

  it('with 4403 when the user is deactivated', async () => {
    const user = await users.addUser({
      username: 'raw-leaver',
      role: 'customer',
      companyId: null,
      shopIds: [],
      passwordHash: 'none',
    });
    const door = await open(tokenFor({ ...user, role: 'customer', companyId: undefined } as never));
    await door.next('connected');
    await users.changeUser(user.id, { active: false });
    assert.equal((await door.closed).code, 4403);
  });

  it('with 4408 after two heartbeats without an answer; one that answers stays', async () => {
    const me = someone();
    const [mute, lively] = [await open(tokenFor(me), { pong: false }), await open(tokenFor(me))];
    assert.equal((await mute.closed).code, 4408);
    assert.equal(mute.frames.filter(({ type }) => type === 'ping').length, 2);
    await lively.next('ping');
    assert.equal(lively.socket.readyState, WebSocket.OPEN);
    lively.socket.close();
  });

  it('with 4429 above WS_RATE_LIMIT, after saying so', async () => {
    const door = await open(tokenFor(someone()));
    await door.next('connected');
    for (let n = 0; n < 60; n += 1) door.send('ping');
    const { data } = await door.next('error');
    assert.equal(data.code, 'RATE_LIMITED');
    assert.ok(data.details.retryAfterMs > 0);
    assert.equal((await door.closed).code, 4429);
  });

  it('with 1009 on a frame that is too big, 1007 on one that is no text, 1003 on a binary one', async () => {
    const me = someone();
    const [big, broken, binary] = [await open(tokenFor(me)), await open(tokenFor(me)), await open(tokenFor(me))];
    for (const door of [big, broken, binary]) await door.next('connected');
    big.socket.send('x'.repeat(2 * 1024 * 1024));
    broken.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    binary.socket.send(Buffer.from('{}'));
    assert.equal((await big.closed).code, 1009);
    assert.equal((await broken.closed).code, 1007);
    assert.equal((await binary.closed).code, 1003);
  });

  it('with 1013 to one user’s connections above WS_MAX_CONNECTIONS_PER_USER, and opens again when one goes', async () => {
    const me = someone();
    const doors = await Promise.all(Array.from({ length: 8 }, () => open(tokenFor(me))));
    const codes = await Promise.all(
      doors.map((door) =>
        Promise.race([door.closed.then(({ code }) => code), door.next('connected').then(() => 'in')]),
      ),
    );
    assert.equal(codes.filter((code) => code === 1013).length, 3);
    assert.equal(codes.filter((code) => code === 'in').length, 5);
    const leaving = doors[codes.indexOf('in')]!;
    leaving.socket.close();
    await leaving.closed;
    const again = await open(tokenFor(me));
    await again.next('connected');
    for (const door of [...doors, again]) door.socket.terminate();
  });
});

describe('the raw door answers', () => {
  it('a ping with pong, a frame that is no JSON or no event with an error, and an id with the same id', async () => {
    const door = await open(tokenFor(someone()));
    door.send('ping', undefined, 7);
    assert.ok((await door.next('pong')).data.timestamp);
    assert.equal((await door.next('ack')).id, 7);
    door.socket.send('not JSON');
    assert.equal((await door.next('error')).data.code, 'BAD_REQUEST');
    door.send('no_such_event', {}, 'a');
    assert.equal((await door.next('error')).data.event, 'no_such_event');
    const failed = await door.next('failed');
    assert.equal(failed.id, 'a');
    assert.equal(failed.data.error.code, 'BAD_REQUEST');
    door.send('subscribe_vendor', { vendorId: 'x' });
    assert.equal((await door.next('error')).data.code, 'BAD_REQUEST', 'vendors are the other door’s');
    door.socket.close();
  });

  it('at most WS_MAX_SUBSCRIPTIONS, and positions by their own limit, without closing', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, create));
    const door = await open(tokenFor(vera));
    for (const vendorId of ids) door.send('subscribe_location', { vendorId });
    assert.equal((await door.next('error')).data.code, 'RATE_LIMITED');
    for (let n = 0; n < 25; n += 1) door.send('update_location', { vendorId: ids[3], location: { lat: n, long: 0 } });
    const { data } = await door.next('error');
    assert.deepEqual([data.code, data.event], ['RATE_LIMITED', 'update_location']);
    door.send('ping');
    await door.next('pong');
    door.socket.close();
  });

  it('404 where there is no endpoint, and 403 to a foreign origin', async () => {
    const refused = (path: string, headers: Record<string, string> = {}) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers });
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
        socket.on('open', () => resolve(101));
        socket.on('error', () => {});
      });
    assert.equal(await refused('/ws/nothing'), 404);
    assert.equal(await refused('/ws/location', { origin: 'https://evil.example' }), 403);
    assert.equal(await refused('/ws/location', { origin: server.url }), 101);
  });
});

describe('a node that goes', () => {
  it('says so, and then closes with 1001', async () => {
    const door = await open(tokenFor(someone()));
    await door.next('connected');
    const stopped = server.stop();
    assert.ok((await door.next('server:draining')).data.reconnectInMs >= 0);
    assert.equal((await door.closed).code, 1001);
    await stopped;
  });
});
