import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

/** One event, many audiences: what each view gets, what guests get, and what is worth only its newest value. */

const ana = person({ role: 'operator', companyId: 'acme' });
const eve = person({ role: 'operator', companyId: 'rival' });

let server: TestServer;
let publish: typeof import('./publish.ts').publish;
let publishEphemeral: typeof import('./ephemeral.ts').publishEphemeral;

before(async () => {
  server = await startTestServer({ env: { NAMESPACES_PUBLIC: '/tracking', LOCATION_HZ: '10' } });
  ({ publish } = await import('./publish.ts'));
  ({ publishEphemeral } = await import('./ephemeral.ts'));
  const { registerStream } = await import('./streams.ts');
  const { subscribe } = await import('./subscriptions.ts');
  const { onClientEvent } = await import('./clientEvents.ts');
  const kind = registerStream({
    prefix: 'pot',
    namespace: '/tracking',
    views: ['public'],
    room: (id, view) => (view === 'full' ? `pot-${id}` : `pot-${id}/${view}`),
    audience: async (id) => [`pot-${id}`],
    authorize: async (user, ids) => {
      if (user.companyId === 'rival') return new Map();
      return new Map(ids.map((id) => [id, user.role === 'guest' ? 'public' : 'full']));
    },
    snapshots: async (_user, ids) => new Map(ids.map((id) => [id, { id }])),
    redact: (event) => {
      if (event.type === 'pot:secret') return null;
      const { owner: _, ...open } = event;
      return open as typeof event;
    },
  });
  onClientEvent('/tracking', 'pot:join', z.object({ id: z.string() }), (socket, { id }, reply) =>
    subscribe(socket, kind, id, undefined, 'Pot', reply),
  );
});
after(() => server.stop());

const fill = (type = 'pot:filled') =>
  publish({
    stream: 'pot:1',
    namespace: '/tracking',
    rooms: ['pot-1'],
    type,
    payload: { id: '1', owner: 'Oda', level: 3 },
  });

describe('a stream with several views', () => {
  it('sends one publish to each audience as that audience may see it', async () => {
    const staff = await connect(server.url, tokenFor(ana), { namespace: '/tracking' });
    const guest = await connect(server.url, undefined, { namespace: '/tracking' });
    const stranger = await connect(server.url, tokenFor(eve), { namespace: '/tracking' });
    await Promise.all([ask(staff, 'pot:join', { id: '1' }), ask(guest, 'pot:join', { id: '1' })]);
    const refused = await ask<{ error: { code: string } }>(stranger, 'pot:join', { id: '1' });
    assert.equal(refused.error.code, 'NOT_FOUND');
    const heard = { staff: record(staff), guest: record(guest), stranger: record(stranger) };
    await fill();
    await fill('pot:secret');
    await fill();
    await Promise.all([staff, guest, stranger].map(settled));
    const fields = (list: ReturnType<typeof record>) =>
      list.filter(({ name }) => name.startsWith('pot')).map(({ event: { timestamp: _, ...rest } }) => rest);
    const full = { id: '1', owner: 'Oda', level: 3 };
    assert.deepEqual(fields(heard.staff), [
      { type: 'pot:filled', version: 1, ...full },
      { type: 'pot:secret', version: 2, ...full },
      { type: 'pot:filled', version: 3, ...full },
    ]);
    assert.deepEqual(fields(heard.guest), [
      { type: 'pot:filled', version: 1, id: '1', level: 3 },
      { type: 'pot:filled', version: 3, id: '1', level: 3 },
    ]);
    assert.deepEqual(fields(heard.stranger), []);
  });

  it('resumes a view with what that view may see', async () => {
    const guest = await connect(server.url, undefined, { namespace: '/tracking' });
    const answer = await ask<{ streams: Record<string, { missed: { version: number; owner?: string }[] }> }>(
      guest,
      'resume',
      { streams: { 'pot:1': 0 } },
    );
    const { missed } = answer.streams['pot:1']!;
    assert.deepEqual(
      missed.map(({ version, owner }) => [version, owner]),
      [
        [1, undefined],
        [3, undefined],
      ],
    );
  });
});

describe('a guest', () => {
  it('is let into the namespaces that are public, and into no other', async () => {
    await assert.rejects(connect(server.url, undefined), /Authentication required/);
    await assert.rejects(connect(server.url, undefined, { namespace: '/seats' }), /Authentication required/);
  });

  it('gets nowhere else with the token of a link', async () => {
    const token = tokenFor(person({ role: 'guest', id: 'link:1' }));
    const socket = await connect(server.url, token, { namespace: '/tracking' });
    assert.ok(socket.connected);
    await assert.rejects(connect(server.url, token), /Invalid or expired token/);
    const answer = await fetch(`${server.url}/api/shipments`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 401);
  });
});

describe('an ephemeral event', () => {
  it('is sent at most LOCATION_HZ times a second for one thing, and the newest is never lost', async () => {
    const staff = await connect(server.url, tokenFor(ana), { namespace: '/tracking' });
    const guest = await connect(server.url, undefined, { namespace: '/tracking' });
    await Promise.all([ask(staff, 'pot:join', { id: '2' }), ask(guest, 'pot:join', { id: '2' })]);
    const heard = { staff: record(staff), guest: record(guest) };
    const newest = nextEvent<{ n: number }>(guest, 'pot:moved', { matches: ({ n }) => n === 1000 });
    for (let n = 1; n <= 1000; n += 1)
      publishEphemeral({
        namespace: '/tracking',
        rooms: ['pot-2'],
        type: 'pot:moved',
        entity: '2',
        fields: { n, rider: 'Rosa' },
        views: [{ rooms: ['pot-2/public'], fields: { n } }],
      });
    await newest;
    await wait(150);
    await Promise.all([settled(staff), settled(guest)]);
    const seen = (list: ReturnType<typeof record>) =>
      list.filter(({ name }) => name === 'pot:moved').map(({ event: { n, rider } }) => [n, rider]);
    assert.deepEqual(seen(heard.staff), [
      [1, 'Rosa'],
      [1000, 'Rosa'],
    ]);
    assert.deepEqual(seen(heard.guest), [
      [1, undefined],
      [1000, undefined],
    ]);
  });
});
