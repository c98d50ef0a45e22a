import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import type { Socket } from 'socket.io-client';
import { wantsEmbedded } from '../testing/database.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { needs } from '../testing/services.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

type Touched = { type: string; version: number; id: string; n?: number };
type Joined = { success: true; version: number; missed?: Touched[]; snapshot?: { id: string } };

const ana = person({ role: 'operator', companyId: 'acme' });
const eve = person({ role: 'operator', companyId: 'rival' });

let server: TestServer;
let touch: typeof import('../testing/probe.ts').touch;
let database: typeof import('../platform/database.ts');

before(async () => {
  server = await startTestServer({
    env: { WS_HEARTBEAT_INTERVAL: '1000', WS_RATE_LIMIT: '1000000', WS_MAX_SUBSCRIPTIONS: '20' },
  });
  ({ touch } = await import('../testing/probe.ts'));
  database = await import('../platform/database.ts');
});
after(() => server.stop());

const open = () => connect(server.url, tokenFor(ana));
const join = (socket: Socket, id: string, since?: number) => ask<Joined>(socket, 'probe:join', { id, since });
const versionsOf = (heard: ReturnType<typeof record>, id: string) =>
  heard
    .filter(({ name, event }) => name === 'probe:touched' && event.id === id)
    .map(({ event }) => event.version as number);
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

describe('a stream', () => {
  it('gives its first subscriber a snapshot with the version it is at', async () => {
    const socket = await open();
    assert.deepEqual(await join(socket, 'acme-new'), {
      success: true,
      id: 'acme-new',
      version: 0,
      snapshot: { id: 'acme-new' },
    });
    await touch('acme-new');
    const again = await open();
    const answer = await join(again, 'acme-new');
    assert.equal(answer.version, 1);
    assert.ok(answer.snapshot);
  });

  it('brings many who come back in one moment, each from another version, exactly what each of them missed', async () => {
    for (const n of upTo(30)) await touch('acme-many', { n });
    await touch('acme-other');
    const versions = [0, 1, 15, 29, 30];
    const sockets = await Promise.all(versions.map(open));
    const answers = await Promise.all(sockets.map((socket, n) => join(socket, 'acme-many', versions[n])));
    for (const [n, { version, missed }] of answers.entries()) {
      assert.equal(version, 30);
      assert.deepEqual(
        missed?.map((event) => event.version),
        upTo(30).slice(versions[n]),
      );
    }
    const [ahead, first, other] = await Promise.all([
      join(sockets[0]!, 'acme-many', 31),
      join(sockets[1]!, 'acme-many'),
      join(sockets[2]!, 'acme-other', 0),
    ]);
    assert.ok(ahead.snapshot && first.snapshot, 'who has a version of another history, or none, gets a snapshot');
    assert.deepEqual(
      other.missed?.map(({ id }) => id),
      ['acme-other'],
    );
    for (const socket of sockets) socket.disconnect();
  });

  it('brings what commits to its subscribers, once and in order, and nothing to another company', async () => {
    const [one, two, stranger] = await Promise.all([open(), open(), connect(server.url, tokenFor(eve))]);
    await Promise.all([join(one, 'acme-a'), join(two, 'acme-a')]);
    const refused = await ask<{ success: boolean; error: { code: string } }>(stranger, 'probe:join', { id: 'acme-a' });
    assert.equal(refused.error.code, 'NOT_FOUND');
    const [heardOne, heardTwo, heardByStranger] = [record(one), record(two), record(stranger)];
    await Promise.all(upTo(50).map((n) => touch('acme-a', { n })));
    await Promise.all([settled(one), settled(two), settled(stranger)]);
    assert.deepEqual(versionsOf(heardOne, 'acme-a'), upTo(50));
    assert.deepEqual(versionsOf(heardTwo, 'acme-a'), upTo(50));
    assert.deepEqual(heardByStranger, [{ name: 'pong', event: heardByStranger[0]?.event }]);
  });

  it('answers `since` with exactly what was missed', async () => {
    for (const n of upTo(5)) await touch('acme-b', { n });
    const socket = await open();
    const answer = await join(socket, 'acme-b', 2);
    assert.equal(answer.version, 5);
    assert.deepEqual(
      answer.missed?.map(({ version, n }) => [version, n]),
      [
        [3, 3],
        [4, 4],
        [5, 5],
      ],
    );
    assert.equal(answer.snapshot, undefined);
    assert.deepEqual((await join(socket, 'acme-b', 5)).missed, []);
  });

  it('answers a snapshot when the history does not reach back, or `since` is from another future', async () => {
    for (const _ of upTo(4)) await touch('acme-c');
    await database.query("delete from events where stream = 'probe:acme-c' and version <= 2");
    const socket = await open();
    assert.ok((await join(socket, 'acme-c', 1)).snapshot);
    assert.deepEqual(
      (await join(socket, 'acme-c', 2)).missed?.map(({ version }) => version),
      [3, 4],
    );
    assert.ok((await join(socket, 'acme-c', 99)).snapshot);
  });

  it('is silent about a transaction that rolls back, whose version is given again', async () => {
    const socket = await open();
    await join(socket, 'acme-d');
    const heard = record(socket);
    await assert.rejects(
      database.transaction(async () => {
        await touch('acme-d', { n: 666 });
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    await touch('acme-d', { n: 1 });
    await settled(socket);
    assert.deepEqual(
      heard.filter(({ name }) => name === 'probe:touched').map(({ event }) => [event.version, event.n]),
      [[1, 1]],
    );
  });

  it('gives a socket in two rooms of one event one copy', async () => {
    const socket = await open();
    await join(socket, 'acme-e');
    const heard = record(socket);
    await touch('acme-e', {}, [`user:${ana.id}`]);
    await settled(socket);
    assert.deepEqual(versionsOf(heard, 'acme-e'), [1]);
  });

  it('stops after leaving', async () => {
    const socket = await open();
    await join(socket, 'acme-f');
    await ask(socket, 'probe:leave', { id: 'acme-f' });
    const heard = record(socket);
    await touch('acme-f');
    await settled(socket);
    assert.deepEqual(versionsOf(heard, 'acme-f'), []);
  });

  const rounds = wantsEmbedded ? 100 : 1_000;
  it(`has neither hole nor double when somebody joins in the middle of writes, ${rounds} times`, async () => {
    const socket = await open();
    const heard = record(socket);
    let stop = false;
    let written = 0;
    const writing = (async () => {
      while (!stop) {
        written += 1;
        await touch('acme-g', { n: written }, [`user:${ana.id}`]);
      }
    })();
    try {
      for (const round of upTo(rounds)) {
        heard.length = 0;
        const { version } = await join(socket, 'acme-g', round % 2 ? undefined : Math.max(0, written - 1));
        const target = await touch('acme-g', { round });
        // Concurrent commits may wait for each other's delivery, so the last one is awaited, not assumed.
        if (!versionsOf(heard, 'acme-g').includes(target))
          await nextEvent<Touched>(socket, 'probe:touched', { matches: (event) => event.version >= target });
        const versions = versionsOf(heard, 'acme-g').filter((v) => v > version);
        assert.deepEqual(
          versions,
          versions.map((_, index) => version + 1 + index),
          `round ${round} after ${version}`,
        );
        await ask(socket, 'probe:leave', { id: 'acme-g' });
      }
    } finally {
      stop = true;
      await writing;
    }
  });
});

describe('resume', () => {
  it('joins many streams in one message and answers each for itself', async () => {
    for (const _ of upTo(3)) await touch('acme-r1');
    const socket = await open();
    const { streams } = await ask<{ streams: Record<string, Joined & { error?: { code: string } }> }>(
      socket,
      'resume',
      {
        streams: { 'probe:acme-r1': 1, 'probe:acme-r2': null, 'probe:rival-x': 0, 'nonsense:1': 0 },
      },
    );
    assert.deepEqual(
      streams['probe:acme-r1']?.missed?.map(({ version }) => version),
      [2, 3],
    );
    assert.ok(streams['probe:acme-r2']?.snapshot);
    assert.equal(streams['probe:rival-x']?.error?.code, 'NOT_FOUND');
    assert.equal(streams['nonsense:1']?.error?.code, 'NOT_FOUND');
    const heard = record(socket);
    await touch('acme-r1');
    await settled(socket);
    assert.deepEqual(versionsOf(heard, 'acme-r1'), [4]);
  });

  it('refuses more streams than a connection may follow, and joins none of them', async () => {
    const socket = await open();
    const names = Object.fromEntries(upTo(21).map((n) => [`probe:acme-many${n}`, null]));
    const answer = await ask<{ success: boolean; error: { code: string; message: string } }>(socket, 'resume', {
      streams: names,
    });
    assert.equal(answer.success, false);
    assert.match(answer.error.message, /20 streams/);
  });
});

describe('the heartbeat', () => {
  it('tells every socket the heads that moved, and only those', async () => {
    const socket = await open();
    await join(socket, 'acme-h1');
    await join(socket, 'acme-h2');
    await touch('acme-h1');
    const { streams } = await nextEvent<{ streams: object }>(socket, 'heads', {
      matches: (event) => Object.keys(event.streams).length > 0,
    });
    assert.deepEqual(streams, { 'probe:acme-h1': 1 });
    assert.deepEqual((await nextEvent<{ streams: object }>(socket, 'heads')).streams, {});
  });
});

/** Another node, as far as this one can tell: a connection that writes events of its own accord. */
const otherNode = async () => {
  const client = new pg.Client({ connectionString: server.database.env.DATABASE_URL });
  await client.connect();
  const write = (id: string, n: number) =>
    client.query(
      `with head as (
         insert into streams (name, version) values ($1, 1)
         on conflict (name) do update set version = streams.version + 1 returning version)
       insert into events (stream, version, namespace, rooms, type, payload)
       select $1, version, '/', array[$1], 'probe:touched', $2 from head`,
      [`probe:${id}`, JSON.stringify({ id, n })],
    );
  return { client, write };
};

// The embedded database belongs to one process: there is no other node.
const severalNodes = wantsEmbedded ? (_name: string, _options: object, _suite: () => void) => {} : describe;
severalNodes('events of another node', needs('postgres'), () => {
  it('arrive through the database alone', async () => {
    const socket = await open();
    await join(socket, 'acme-n1');
    const { client, write } = await otherNode();
    const event = nextEvent<Touched>(socket, 'probe:touched', { milliseconds: 2_000 });
    await write('acme-n1', 7);
    assert.deepEqual([(await event).version, (await event).n], [1, 7]);
    await client.end();
  });

  it('arrive in order between those of this node', async () => {
    const socket = await open();
    await join(socket, 'acme-n2');
    const heard = record(socket);
    const { client, write } = await otherNode();
    for (const n of upTo(20)) await (n % 2 ? write('acme-n2', n) : touch('acme-n2', { n }));
    if (versionsOf(heard, 'acme-n2').length < 20)
      await nextEvent<Touched>(socket, 'probe:touched', { matches: ({ version }) => version === 20 }).catch(() => {});
    assert.deepEqual(versionsOf(heard, 'acme-n2'), upTo(20));
    await client.end();
  });

  it('are not skipped when the later number commits first', async () => {
    const socket = await open();
    await join(socket, 'acme-late');
    await join(socket, 'acme-early');
    const [first, second] = [await otherNode(), await otherNode()];
    const heard = record(socket);
    await first.client.query('begin');
    await first.write('acme-late', 1); // takes the lower number and the lower transaction id
    await second.write('acme-early', 1); // commits first
    const early = nextEvent<Touched>(socket, 'probe:touched', { matches: ({ id }) => id === 'acme-early' });
    // Long enough for the tail to pass the second one, were it to page by number.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    assert.deepEqual(versionsOf(heard, 'acme-late'), []);
    const late = nextEvent<Touched>(socket, 'probe:touched', { matches: ({ id }) => id === 'acme-late' });
    await first.client.query('commit');
    await Promise.all([early, late]);
    assert.deepEqual(versionsOf(heard, 'acme-late'), [1]);
    assert.deepEqual(versionsOf(heard, 'acme-early'), [1]);
    await Promise.all([first.client.end(), second.client.end()]);
  });
});
