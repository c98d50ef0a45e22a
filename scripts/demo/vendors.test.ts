import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { api as call } from '../../server/testing/http.ts';
import { person, tokenFor } from '../../server/testing/people.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { ask, connect, nextEvent } from '../../server/testing/sockets.ts';
import { makeApi } from './api.ts';
import { PASSWORD } from './companies.ts';
import { keepVendorsWandering } from './vendors.ts';

const carl = person({ role: 'customer' });

let server: TestServer;
before(async () => {
  server = await startTestServer();
  const { addUser } = await import('../../server/platform/users.ts');
  const { hashPassword } = await import('../../server/platform/passwords.ts');
  const passwordHash = await hashPassword(PASSWORD);
  await addUser({ username: 'vesna', role: 'vendor', companyId: 'nordlicht', shopIds: [], passwordHash });
});
after(() => server.stop());

it('brings the carts in once, and they are seen to move on a map of Hamburg', async () => {
  const map = await connect(server.url, tokenFor(carl), { namespace: '/location' });
  await ask(map, 'subscribe_area', { bounds: { north: 53.6, south: 53.5, east: 10.1, west: 9.9 } });
  const vendors = async () => (await call(server.url)(carl, 'GET', '/api/vendors?limit=200')).body.items;
  const moved = nextEvent(map, 'location_updated');
  const stop = await keepVendorsWandering(server.url, makeApi(server.url, 'vesna', PASSWORD), 1);
  await moved;
  stop();
  const count = (await vendors()).length;
  assert.ok(count > 10);
  const again = await keepVendorsWandering(server.url, makeApi(server.url, 'vesna', PASSWORD), 1);
  again();
  assert.equal((await vendors()).length, count);
});
