import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { person, tokenFor } from '../../../server/testing/people.ts';
import type { SocketError } from '../utils/socketError.ts';
import { until } from '../utils/testing/until.ts';
import { probeArgs, probeName, startWorld, type TestClient, type World } from '../utils/testing/world.ts';
import type { StreamHandle } from './types.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());
beforeEach(() => {
  world.proxy.sent.length = 0;
});
afterEach(() => world.endClients());

const shows = (handle: StreamHandle<string[]>, expected: string) =>
  until(
    handle.subscribe,
    () => handle.getState()?.join(' ') === expected && handle.continuity.status === 'live',
    () => `${expected}, live (is ${handle.getState()?.join(' ')}, ${handle.continuity.status})`,
  );

/** The versions of a probe that handlers of `on` hear. */
const listen = ({ client }: TestClient, id: string) => {
  const heard: number[] = [];
  client.on('probe:touched', (event) => {
    if (event.id === id) heard.push(event.version!);
  });
  return heard;
};

const sentEvents = (name: string) => world.proxy.sent.filter((frame) => frame.includes(`["${name}"`));

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Makes the network swallow the first event of this probe and version. */
const swallow = (id: string, version: number) => {
  let swallowed = false;
  world.proxy.passes = (frame) => {
    const hit =
      frame.startsWith('42["probe:touched"') && frame.includes(`"${id}"`) && frame.includes(`"version":${version}`);
    if (!hit || swallowed) return true;
    swallowed = true;
    return false;
  };
  return () => swallowed;
};

describe('a stream', () => {
  test('begins with a snapshot and follows', async () => {
    const id = probeName();
    await world.touch(id);
    const { openStream } = await world.live();
    const handle = openStream(probeArgs(id));
    assert.deepEqual([handle.getState(), handle.continuity.status], [undefined, 'catching_up']);
    await handle.ready;
    assert.deepEqual(handle.getState(), ['S1']);
    await world.touch(id);
    await shows(handle, 'S1 2');
    assert.deepEqual(handle.continuity, { status: 'live', staleSince: null, version: 2, error: null });
  });

  test('opened before there is a connection, it is joined with it', async () => {
    const { client, openStream } = world.fresh();
    const handle = openStream(probeArgs(probeName()));
    assert.equal(handle.continuity.status, 'stale');
    client.connect(tokenFor(world.ann), { url: world.proxy.url });
    await shows(handle, 'S0');
  });

  test('that the server refuses says why, and hears nothing', async () => {
    const { openStream } = await world.live();
    const handle = openStream(probeArgs(probeName('B')));
    await assert.rejects(handle.ready, (error: SocketError) => error.code === 'NOT_FOUND');
    assert.deepEqual([handle.continuity.status, handle.continuity.error?.code], ['stale', 'NOT_FOUND']);
  });
});

describe('after a drop', () => {
  test('everything missed comes in order and once, to the state and to handlers', async () => {
    const id = probeName();
    const me = await world.live();
    const handle = me.openStream(probeArgs(id));
    const heard = listen(me, id);
    await handle.ready;
    await world.touch(id);
    await shows(handle, 'S0 1');
    world.proxy.refusing = true;
    world.proxy.cut();
    await me.becomes('stale');
    assert.equal(handle.continuity.status, 'stale');
    assert.ok(handle.continuity.staleSince);
    for (const _ of range(2, 21)) await world.touch(id);
    world.proxy.refusing = false;
    await shows(handle, ['S0', ...range(1, 21)].join(' '));
    assert.deepEqual(heard, range(1, 21));
    await world.touch(id);
    await shows(handle, ['S0', ...range(1, 22)].join(' '));
  });

  test('all open streams are resumed in one message, and live is said when all are complete', async () => {
    const ids = range(1, 40).map(() => probeName());
    const me = await world.live();
    const handles = ids.map((id) => me.openStream(probeArgs(id)));
    await Promise.all(handles.map(({ ready }) => ready));
    world.proxy.refusing = true;
    world.proxy.cut();
    await me.becomes('stale');
    for (const id of ids) await world.touch(id);
    world.proxy.sent.length = 0;
    world.proxy.refusing = false;
    const statuses: string[] = [];
    me.client.subscribe(() => statuses.push(me.client.status()));
    await me.becomes('live');
    assert.ok(handles.every((handle) => handle.getState()?.join(' ') === 'S0 1'));
    assert.deepEqual(statuses.slice(-2), ['catching_up', 'live']);
    const messages = world.proxy.sent.filter((frame) => frame.startsWith('42'));
    assert.equal(messages.length, 1);
    assert.equal(sentEvents('resume').length, 1);
  });

  test('another user gets a state of their own', async () => {
    const id = probeName();
    const me = await world.live();
    const handle = me.openStream(probeArgs(id));
    await handle.ready;
    await world.touch(id);
    await shows(handle, 'S0 1');
    const bob = person({ role: 'operator', companyId: 'A' });
    me.client.connect(() => tokenFor(bob), { url: world.proxy.url });
    await shows(handle, 'S1');
  });
});

describe('an event that gets lost', () => {
  test('shows with the next one and is fetched', async () => {
    const id = probeName();
    const me = await world.live();
    const handle = me.openStream(probeArgs(id));
    const heard = listen(me, id);
    await handle.ready;
    await world.touch(id);
    const swallowed = swallow(id, 2);
    await world.touch(id);
    await world.touch(id);
    await shows(handle, 'S0 1 2 3');
    assert.deepEqual([swallowed(), heard], [true, [1, 2, 3]]);
  });

  test('shows with the heads of the heartbeat when nothing follows', async () => {
    const id = probeName();
    const me = await world.live();
    const handle = me.openStream(probeArgs(id));
    const heard = listen(me, id);
    await handle.ready;
    const swallowed = swallow(id, 1);
    const started = Date.now();
    await world.touch(id);
    await shows(handle, 'S0 1');
    assert.deepEqual([swallowed(), heard], [true, [1]]);
    assert.ok(Date.now() - started < 3_000, 'within the heartbeat, here half a second, and the tail’s half second');
  });
});

describe('several watchers of one stream', () => {
  test('share one subscription, keep states of their own, and the last one leaves', async () => {
    const id = probeName();
    const me = await world.live();
    const first = me.openStream(probeArgs(id));
    await first.ready;
    await world.touch(id);
    await shows(first, 'S0 1');
    const second = me.openStream(probeArgs(id));
    const counting = me.openStream<number>({ ...probeArgs(id), fromSnapshot: () => 0, reduce: (state) => state + 1 });
    await Promise.all([second.ready, counting.ready]);
    await world.touch(id);
    await shows(second, 'S1 2');
    await shows(first, 'S0 1 2');
    assert.equal(counting.getState(), 1);

    first.close();
    first.close();
    await world.touch(id);
    await shows(second, 'S1 2 3');
    assert.equal(first.getState()?.join(' '), 'S0 1 2');
    assert.equal(sentEvents('probe:leave').length, 0);
    second.close();
    counting.close();
    await me.client.emit('ping');
    assert.equal(sentEvents('probe:leave').length, 1);
  });

  test('with the same functions the later one has the state at once', async () => {
    const args = probeArgs(probeName());
    const me = await world.live();
    const first = me.openStream(args);
    await first.ready;
    const second = me.openStream(args);
    assert.deepEqual([second.getState(), second.continuity.status], [['S0'], 'live']);
    await second.ready;
  });

  test('what one rendering opens, closes and opens again is joined once', async () => {
    const args = probeArgs(probeName());
    const me = await world.live();
    world.proxy.sent.length = 0;
    me.openStream(args).close();
    const handle = me.openStream(args);
    await handle.ready;
    assert.deepEqual([sentEvents('probe:join').length, sentEvents('probe:leave').length], [1, 0]);
  });

  test('closed while joining, it is left once joined', async () => {
    const args = probeArgs(probeName());
    const me = await world.live();
    world.proxy.sent.length = 0;
    const handle = me.openStream(args);
    await Promise.resolve();
    assert.equal(me.client.connected(), true);
    handle.close();
    await assert.rejects(handle.ready);
    const again = me.openStream(args);
    await again.ready;
    again.close();
    await me.client.emit('ping');
    assert.deepEqual([sentEvents('probe:join').length, sentEvents('probe:leave').length], [1, 1]);
  });
});

test('joins in the middle of writes, with drops, leave no hole and no double', async () => {
  const id = probeName();
  const me = await world.live();
  const heard = listen(me, id);
  let written = 0;
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await world.touch(id);
      written += 1;
    }
  })();
  for (let round = 0; round < 5; round++) {
    const handle = me.openStream(probeArgs(id));
    await handle.ready;
    if (round % 2 === 1) {
      world.proxy.cut();
      await me.becomes('stale');
      await me.becomes('live');
    }
    const seen = handle.getState()!;
    const start = Number(seen[0]!.slice(1));
    assert.deepEqual(seen.slice(1).map(Number), range(start + 1, start + seen.length - 1));
    if (round < 4) handle.close();
    else {
      writing = false;
      await writer;
      await until(
        handle.subscribe,
        () => handle.continuity.version === written,
        () => `version ${written}`,
      );
      const all = handle.getState()!;
      assert.deepEqual(all.slice(1).map(Number), range(Number(all[0]!.slice(1)) + 1, written));
    }
  }
  assert.deepEqual(
    heard,
    [...new Set(heard)].sort((a, b) => a - b),
  );
});
