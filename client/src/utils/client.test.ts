import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { person, tokenFor } from '../../../server/testing/people.ts';
import type { SocketError } from './socketError.ts';
import { until } from './testing/until.ts';
import { startWorld, type World } from './testing/world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());
beforeEach(() => {
  world.proxy.sent.length = 0;
});
afterEach(() => world.endClients());

const code = (expected: string) => (error: SocketError) => error.code === expected;

describe('connecting', () => {
  test('goes from connecting to live, with an id, and back to nothing', async () => {
    const { client, becomes } = world.fresh();
    const statuses: string[] = [];
    client.subscribe(() => statuses.push(client.status()));
    assert.deepEqual([client.status(), client.staleSince(), client.connected()], ['offline', null, false]);
    client.connect(tokenFor(world.ann), { url: world.proxy.url });
    await becomes('live');
    assert.deepEqual(statuses, ['connecting', 'live']);
    assert.ok(client.connected() && client.getId());
    client.disconnect();
    assert.deepEqual([client.status(), client.staleSince(), client.getId()], ['offline', null, undefined]);
  });

  test('connecting twice with the same token is connecting once', async () => {
    const token = tokenFor(world.ann);
    const { client } = await world.live(token);
    const id = client.getId();
    client.connect(token, { url: world.proxy.url });
    assert.equal(client.getId(), id);
  });

  test('comes in by polling where websockets are refused', async () => {
    world.proxy.withoutWebsockets = true;
    try {
      const { client } = await world.live();
      assert.equal((await client.emit('ping')).success, true);
    } finally {
      world.proxy.withoutWebsockets = false;
    }
  });
});

describe('emitting', () => {
  test('waits for the connection and resolves to the answer', async () => {
    const { client } = world.fresh();
    const answer = client.emit('ping');
    client.connect(tokenFor(world.ann), { url: world.proxy.url });
    assert.equal((await answer).success, true);
  });

  test('rejects with code and message of a failure', async () => {
    const { client } = await world.live();
    await assert.rejects(client.emit('probe:join', { id: 'B-1' }), (error: SocketError) => {
      assert.deepEqual([error.name, error.code], ['SocketError', 'NOT_FOUND']);
      return true;
    });
    await assert.rejects(client.emit('probe:join', { id: 7 }), (error: SocketError) => {
      assert.equal(error.code, 'BAD_REQUEST');
      assert.ok(error.details);
      return true;
    });
  });

  test('a failure that nobody looks at is heard as an error event and is no unhandled rejection', async () => {
    const { client } = await world.live();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const heard = new Promise<Record<string, unknown>>((resolve) => client.on('error', resolve));
    void client.emit('probe:join', { id: 'B-1' });
    const error = await heard;
    assert.deepEqual([error.event, error.code], ['probe:join', 'NOT_FOUND']);
    // Unhandled rejections are reported once the queue of promises is empty.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  test('rejects without a connection in time, and when the connection is lost before the answer', async () => {
    const { client } = world.fresh();
    await assert.rejects(client.emit('ping', undefined, { timeoutMs: 20 }), code('UNAVAILABLE'));
    const live = await world.live();
    world.proxy.passes = (frame) => !frame.startsWith('43');
    try {
      const answer = live.client.emit('ping');
      live.client.disconnect();
      await assert.rejects(answer, code('UNAVAILABLE'));
    } finally {
      world.proxy.passes = () => true;
    }
  });
});

describe('losing the connection', () => {
  test('it says since when, asks for a token afresh and comes back', async () => {
    let asked = 0;
    const { client, becomes } = await world.live(() => {
      asked += 1;
      return tokenFor(world.ann);
    });
    const id = client.getId();
    const lostAt = Date.now();
    world.proxy.cut();
    await becomes('stale');
    assert.equal(client.connected(), false);
    assert.ok(client.staleSince()!.getTime() <= Date.now() && client.staleSince()!.getTime() > lostAt - 2_000);
    await becomes('live');
    assert.equal(asked, 2);
    assert.notEqual(client.getId(), id);
    assert.equal(client.staleSince(), null);
  });

  test('it calls itself offline when trying again fails too, and never stops trying', async () => {
    const { client, becomes } = await world.live();
    world.proxy.refusing = true;
    world.proxy.cut();
    try {
      await becomes('offline');
      assert.ok(client.staleSince());
    } finally {
      world.proxy.refusing = false;
    }
    await becomes('live');
  });

  test('silence is noticed after the heartbeat interval and 5 s, and cured', async () => {
    const { client, becomes } = await world.live();
    const id = client.getId();
    const frozenAt = Date.now();
    world.proxy.frozen = true;
    await becomes('stale');
    const took = Date.now() - frozenAt;
    world.proxy.frozen = false;
    assert.ok(took > 4_500 && took < 9_000, `noticed after ${took} ms`);
    await becomes('live');
    assert.notEqual(client.getId(), id);
  });
});

describe('tokens', () => {
  test('a token about to expire is replaced on the same connection', async () => {
    const lives = [3, 3600];
    const { client } = await world.live(() => tokenFor(world.ann, lives.shift() ?? 3600));
    const id = client.getId();
    await until(
      client.onAny,
      () => world.proxy.sent.some((frame) => frame.includes('auth:refresh')),
      () => 'refresh',
    );
    // Beyond the first token's end the server's heartbeat is still heard on the same connection.
    const end = Date.now() + 3_500;
    await until(
      (listener) => client.on('heads', listener),
      () => Date.now() > end,
      () => 'heads after the expiry',
    );
    assert.equal(client.getId(), id);
  });

  test('without a new token the connection ends with the old one and stays ended', async () => {
    const tokens = [tokenFor(world.ann, 2)];
    const { client, becomes } = await world.live(() => tokens.shift());
    await becomes('unauthenticated');
    assert.ok(client.staleSince());
    assert.equal(client.connected(), false);
    client.connect(() => tokenFor(world.ann), { url: world.proxy.url });
    await becomes('live');
  });

  test('a refused text ends in unauthenticated, and so does what waited to be sent', async () => {
    const { client, becomes } = world.fresh();
    client.connect('no token at all', { url: world.proxy.url });
    await assert.rejects(client.emit('ping'), code('UNAUTHENTICATED'));
    await becomes('unauthenticated');
  });

  test('a function whose token is refused, or that fails, is asked again', async () => {
    const answers = [
      () => tokenFor(world.ann, -10),
      () => {
        throw new Error('no network for refreshing');
      },
      async () => tokenFor(world.ann),
    ];
    const { client } = await world.live(() => answers.shift()!());
    assert.equal(client.status(), 'live');
    assert.equal(answers.length, 0);
  });

  test('an error with the code UNAUTHENTICATED means that nobody is signed in', async () => {
    const { client, becomes } = world.fresh();
    client.connect(() => Promise.reject(Object.assign(new Error('Sign in'), { code: 'UNAUTHENTICATED' })));
    await becomes('unauthenticated');
  });
});

test('another user takes over with a connection of their own', async () => {
  const { client, becomes } = await world.live();
  const bob = person({ role: 'operator', companyId: 'A' });
  const connected = new Promise<Record<string, unknown>>((resolve) => client.on('connected', resolve));
  client.connect(() => tokenFor(bob), { url: world.proxy.url });
  assert.equal((await connected).userId, bob.id);
  await becomes('live');
});
