import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../../server/testing/database.ts';
import { person, tokenFor } from '../../../server/testing/people.ts';
import { type Spawned, spawnServer } from '../../../server/testing/server.ts';
import { createClient } from './client.ts';
import { until } from './testing/until.ts';

const ann = person({ role: 'operator', companyId: 'A' });
let database: TestDatabase;
let server: Spawned;

before(async () => {
  database = await createTestDatabase();
  server = await spawnServer({ database });
});
after(async () => {
  await server.kill();
  await database.drop();
});

const startAgain = async () => {
  server = await spawnServer({ database, port: server.port });
};

const startClient = () => {
  const client = createClient();
  client.connect(() => tokenFor(ann), { url: server.url });
  const becomes = (status: string) =>
    until(
      client.subscribe,
      () => client.status() === status,
      () => `${status} (is ${client.status()})`,
      20_000,
    );
  return { client, becomes };
};

test('a server that stops in good order is awaited as long as it asked, and found again', async () => {
  const { client, becomes } = startClient();
  try {
    await becomes('live');
    const draining = new Promise<number>((resolve) =>
      client.on('server:draining', (event) => resolve(Number(event.reconnectInMs))),
    );
    let asked = 0;
    const stopped = server.kill('SIGTERM');
    const wait = await draining;
    const earliest = Date.now() + wait;
    const unsubscribe = client.subscribe(() => {
      if (client.status() === 'offline') asked ||= Date.now();
    });
    await stopped;
    await startAgain();
    await becomes('live');
    unsubscribe();
    assert.ok(wait >= 0);
    // The first attempt, which found nobody, was not made before the time that the server named.
    if (asked > 0) assert.ok(asked >= earliest - 50, `${earliest - asked} ms early`);
  } finally {
    client.disconnect();
  }
});

test('a server that is killed is found again', async () => {
  const { client, becomes } = startClient();
  try {
    await becomes('live');
    const id = client.getId();
    await server.kill();
    await becomes('stale');
    await startAgain();
    await becomes('live');
    assert.notEqual(client.getId(), id);
  } finally {
    client.disconnect();
  }
});
