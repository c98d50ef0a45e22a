import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { z } from 'zod';
import { tokenFor } from '../../../server/testing/people.ts';
import { createStreams } from '../streams/streams.ts';
import type { OpenStreamArgs, StreamHandle } from '../streams/types.ts';
import { createClient } from './client.ts';
import { createNamespaces } from './namespaces.ts';
import { until } from './testing/until.ts';
import { startWorld, type World } from './testing/world.ts';

let world: World;
let touch: (id: string) => Promise<unknown>;

before(async () => {
  world = await startWorld({ NAMESPACES_PUBLIC: '/tracking' });
  const { registerStream } = await import('../../../server/websocket/streams.ts');
  const { subscribe } = await import('../../../server/websocket/subscriptions.ts');
  const { onClientEvent } = await import('../../../server/websocket/clientEvents.ts');
  const { publish } = await import('../../../server/websocket/publish.ts');
  const kind = registerStream({
    prefix: 'aside',
    namespace: '/tracking',
    room: (id) => `aside:${id}`,
    audience: async (id) => [`aside:${id}`],
    authorize: async (_user, ids) => new Map(ids.map((id) => [id, 'full'])),
    snapshots: async (_user, ids) => new Map(ids.map((id) => [id, { id }])),
  });
  onClientEvent(
    '/tracking',
    'aside:join',
    z.object({ id: z.string(), since: z.number().nullish() }),
    async (socket, input, reply) => ({ ...(await subscribe(socket, kind, input.id, input.since, 'Aside', reply)) }),
  );
  touch = (id) =>
    publish({
      stream: `aside:${id}`,
      namespace: '/tracking',
      rooms: [`aside:${id}`],
      type: 'aside:touched',
      payload: { id },
    });
});
after(() => world.stop());
beforeEach(() => {
  world.proxy.sent.length = 0;
});

const args = (id: string): OpenStreamArgs<string[]> => ({
  stream: `aside:${id}`,
  namespace: '/tracking',
  join: { event: 'aside:join', payload: { id } },
  fromSnapshot: (_snapshot, version) => [`S${version}`],
  reduce: (state, { version }) => [...state, String(version)],
});

const shows = (handle: StreamHandle<string[]>, expected: string) =>
  until(
    handle.subscribe,
    () => handle.getState()?.join(' ') === expected && handle.continuity.status === 'live',
    () => `${expected}, live (is ${handle.getState()?.join(' ')}, ${handle.continuity.status})`,
  );

const becomes = (client: ReturnType<typeof createClient>, status: string) =>
  until(
    client.subscribe,
    () => client.status() === status,
    () => `${status} (is ${client.status()})`,
  );

test('a namespace shares the connection, opens on first use and follows its streams across a cut', async () => {
  const parent = createClient();
  const namespace = createNamespaces(parent);
  parent.connect(() => tokenFor(world.ann), { url: world.proxy.url });
  await becomes(parent, 'live');
  assert.equal(world.proxy.sent.filter((frame) => frame.startsWith('40/tracking')).length, 0);
  const tracking = namespace('/tracking');
  assert.equal(namespace('/tracking'), tracking);
  const engine = parent.manager();
  const heard: number[] = [];
  tracking.on('aside:touched', ({ version }) => heard.push(version!));
  const handle = createStreams(tracking).openStream(args('one'));
  await handle.ready;
  assert.equal(tracking.manager(), engine);
  await touch('one');
  await shows(handle, 'S0 1');
  world.proxy.cut();
  await becomes(tracking, 'stale');
  await touch('one');
  await touch('one');
  await shows(handle, 'S0 1 2 3');
  assert.deepEqual(heard, [1, 2, 3]);
  parent.disconnect();
  assert.equal(tracking.connected(), false);
});

test('asked for before there is a connection, it comes with it, and goes with the session', async () => {
  const parent = createClient();
  const tracking = createNamespaces(parent)('/tracking');
  const answer = tracking.emit<{ timestamp: string }>('ping');
  parent.connect(() => tokenFor(world.ann), { url: world.proxy.url });
  assert.ok((await answer).timestamp);
  parent.disconnect();
  assert.equal(tracking.status(), 'offline');
});

test('one whose token ends is renewed in every namespace of the connection', async () => {
  const lives = [3, 3600, 3600, 3600];
  const parent = createClient();
  const tracking = createNamespaces(parent)('/tracking');
  let token = tokenFor(world.ann, lives.shift());
  let age = Date.now();
  parent.connect(
    () => {
      if (Date.now() - age > 500) {
        token = tokenFor(world.ann, 3600);
        age = Date.now();
      }
      return token;
    },
    { url: world.proxy.url },
  );
  await becomes(tracking, 'live');
  const id = tracking.getId();
  const end = Date.now() + 3_500;
  createStreams(tracking).openStream(args('kept'));
  const beat = setInterval(() => void touch('kept'), 200);
  await until(
    (listener) => tracking.on('aside:touched', listener),
    () => Date.now() > end,
    () => 'events after the end of the first token',
  );
  clearInterval(beat);
  assert.equal(tracking.getId(), id);
  parent.disconnect();
});

test('a guest enters a public namespace without a token, and no other', async () => {
  const guest = createClient();
  guest.connect(() => null, { url: world.proxy.url, namespace: '/tracking', guest: true });
  const handle = createStreams(guest).openStream(args('seen'));
  await touch('seen');
  await handle.ready;
  assert.equal(handle.continuity.status, 'live');
  guest.disconnect();
  const other = createClient();
  other.connect('', { url: world.proxy.url, guest: true });
  await becomes(other, 'unauthenticated');
  other.disconnect();
});
