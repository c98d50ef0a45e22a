import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { api as call } from '../../server/testing/http.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { ask, connect, nextEvent } from '../../server/testing/sockets.ts';
import { makeApi } from './api.ts';
import { PASSWORD, PEOPLE, type Person } from './companies.ts';
import { keepRidersRiding } from './riders.ts';

const named = (name: string): Person => PEOPLE.find(({ username }) => username === name)!;
const crew = ['jonas', 'rita', 'rasmus', 'rieke'].map(named);

let server: TestServer;
before(async () => {
  server = await startTestServer();
  const { addUser } = await import('../../server/platform/users.ts');
  const { hashPassword } = await import('../../server/platform/passwords.ts');
  const passwordHash = await hashPassword(PASSWORD);
  for (const { id, username, role, companyId } of crew)
    await addUser({ id, username, role, companyId, shopIds: [], passwordHash });
});
after(() => server.stop());

it('loads the riders’ bags once, moves them on the dispatcher’s map, and opens a parcel’s page', async () => {
  const apiOf = (name: string) => makeApi(server.url, name, PASSWORD);
  const start = () =>
    keepRidersRiding(
      server.url,
      {
        riders: ['rasmus', 'rieke'].map((name) => ({ id: named(name).id, api: apiOf(name) })),
        dispatcher: apiOf('jonas'),
        senderId: named('mara').id,
        recipientId: named('cora').id,
        visitorId: named('rita').id,
      },
      1,
    );
  const token = await apiOf('jonas').token();
  const map = await connect(server.url, token, { namespace: '/tracking' });
  await ask(map, 'subscribe-fleet', {});
  const moved = nextEvent<{ location: { source: string } }>(map, 'location-update', { milliseconds: 20_000 });
  const { link, stop } = await start();
  assert.equal((await moved).location.source, 'rider');
  stop();
  const page = await fetch(link);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Out for delivery/);
  const parcels = async () => (await call(server.url)(token, 'GET', '/api/tracking?limit=200')).body.items.length;
  assert.equal(await parcels(), 13);
  const again = await start();
  again.stop();
  assert.equal(await parcels(), 13);
});
