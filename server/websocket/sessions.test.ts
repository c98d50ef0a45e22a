import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import type { User } from '../contract/auth.ts';
import { type Person, person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
let server: TestServer;
let users: typeof import('../platform/users.ts');
let publishNotice: typeof import('./publish.ts').publishNotice;

before(async () => {
  server = await startTestServer();
  users = await import('../platform/users.ts');
  ({ publishNotice } = await import('./publish.ts'));
});
after(() => server.stop());

type Answer = { success: boolean; expiresAt?: string; error?: { code: string } };
const gone = (socket: Socket, milliseconds = 10_000) => nextEvent<string>(socket, 'disconnect', { milliseconds });
const seconds = (iso: string) => (Date.parse(iso) - Date.now()) / 1000;

describe('a connection and its token', () => {
  it('hears 60 s before the end, and can go on with a new token of the same user', async () => {
    const socket = await connect(server.url, tokenFor(ana, 30));
    const { expiresAt } = await nextEvent<{ expiresAt: string }>(socket, 'auth:expiring');
    assert.ok(seconds(expiresAt) > 20 && seconds(expiresAt) <= 30);
    const answer = await ask<Answer>(socket, 'auth:refresh', { token: tokenFor(ana, 3600) });
    assert.equal(answer.success, true);
    assert.ok(seconds(answer.expiresAt!) > 3500);
    socket.disconnect();
  });

  it('hears nothing of an end that is further away', async () => {
    const socket = await connect(server.url, tokenFor(ana, 90));
    const heard = record(socket);
    const other = await connect(server.url, tokenFor(ana, 61.5));
    await nextEvent(other, 'auth:expiring');
    assert.deepEqual(heard, []);
    socket.disconnect();
    other.disconnect();
  });

  it('ends at exp, and goes on where it was refreshed in time', async () => {
    const [ending, refreshed] = await Promise.all([
      connect(server.url, tokenFor(ana, 2)),
      connect(server.url, tokenFor(ana, 2)),
    ]);
    assert.equal((await ask<Answer>(refreshed, 'auth:refresh', { token: tokenFor(ana) })).success, true);
    assert.equal(await gone(ending, 5_000), 'io server disconnect');
    await settled(refreshed);
    assert.ok(refreshed.connected);
    refreshed.disconnect();
  });

  it('is not extended by what is no valid token of the same user', async () => {
    const socket = await connect(server.url, tokenFor(ana));
    const refresh = (token: unknown) => ask<Answer>(socket, 'auth:refresh', { token });
    const bea = person({ role: 'operator', companyId: 'acme' });
    assert.equal((await refresh(tokenFor(bea))).error?.code, 'FORBIDDEN');
    assert.equal((await refresh('nonsense')).error?.code, 'UNAUTHENTICATED');
    assert.equal((await refresh(tokenFor(ana, -1))).error?.code, 'UNAUTHENTICATED');
    assert.equal((await refresh(undefined)).error?.code, 'BAD_REQUEST');
    assert.ok(socket.connected);
    socket.disconnect();
  });

  it('that a new token changes the rights of comes back with those', async () => {
    const cleo = person({ role: 'operator', companyId: 'acme' });
    const socket = await connect(server.url, tokenFor(cleo));
    const closed = gone(socket);
    const other = tokenFor({ ...cleo, companyId: 'rival' });
    assert.equal((await ask<Answer>(socket, 'auth:refresh', { token: other })).success, true);
    // Any other reason than this one lets the client come back by itself.
    assert.notEqual(await closed, 'io server disconnect');
  });
});

describe('a right that is withdrawn', () => {
  const local = async (fields: Partial<User> = {}) =>
    users.addUser({
      username: `user-${randomUUID()}`,
      role: 'operator',
      companyId: 'acme',
      shopIds: [],
      passwordHash: 'none that anybody could sign in with',
      ...fields,
    });
  const tokenOf = (user: User) =>
    tokenFor({ id: user.id, username: user.username, role: user.role, companyId: user.companyId! } as Person);
  const roomsOf = async (socket: Socket) => {
    const [event] = await Promise.all([nextEvent<{ rooms: string[] }>(socket, 'connected'), socket.connect()]);
    return event.rooms;
  };
  const announce = (n: number) => publishNotice({ rooms: ['company:acme'], type: 'probe:notice', payload: { n } });

  /** Changes a user who is connected; the bystander must stay as it is. */
  const change = async (what: Parameters<typeof users.changeUser>[1]) => {
    const user = await local();
    const [socket, second, bystander] = await Promise.all([
      connect(server.url, tokenOf(user)),
      connect(server.url, tokenOf(user), { namespace: '/tracking', transports: ['polling'], upgrade: false }),
      connect(server.url, tokenFor(ana)),
    ]);
    const heard = record(socket);
    const both = Promise.all([gone(socket), gone(second)]);
    await users.changeUser(user.id, what);
    const reasons = await both;
    const event = nextEvent(bystander, 'probe:notice');
    await announce(1);
    await event;
    assert.deepEqual(
      heard.filter(({ name }) => name === 'probe:notice'),
      [],
    );
    bystander.disconnect();
    return { user, socket, reasons };
  };

  it('by deactivating closes every connection of the user, who cannot come back', async () => {
    const { user, reasons } = await change({ active: false });
    assert.deepEqual(reasons, ['io server disconnect', 'io server disconnect']);
    await assert.rejects(connect(server.url, tokenOf(user)), /Invalid or expired token/);
    await users.changeUser(user.id, { active: true });
  });

  it('by moving to another company takes the rooms away; the same token then opens those of the new one', async () => {
    const { user, socket, reasons } = await change({ companyId: 'rival' });
    for (const reason of reasons) assert.notEqual(reason, 'io server disconnect');
    assert.deepEqual(await roomsOf(socket), [`user:${user.id}`, 'company:rival']);
    const heard = record(socket);
    await announce(2);
    await settled(socket);
    assert.deepEqual(
      heard.filter(({ name }) => name === 'probe:notice'),
      [],
    );
    socket.disconnect();
  });

  it('by another role does the same', async () => {
    const { user, socket } = await change({ role: 'rider' });
    assert.deepEqual(await roomsOf(socket), [`user:${user.id}`]);
    socket.disconnect();
  });

  it('from somebody whom another issuer vouches for ends as well', async () => {
    const foreign = person({ role: 'operator', companyId: 'acme' });
    const socket = await connect(server.url, tokenFor(foreign));
    const closed = gone(socket);
    await users.changeUser(foreign.id, { active: false });
    assert.equal(await closed, 'io server disconnect');
    await assert.rejects(connect(server.url, tokenFor(foreign)), /Invalid or expired token/);
  });
});
