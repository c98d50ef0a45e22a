import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Route } from '../../server/contract/seats.ts';
import { api as call } from '../../server/testing/http.ts';
import { person, tokenFor } from '../../server/testing/people.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { ask, connect, nextEvent } from '../../server/testing/sockets.ts';
import { makeApi } from './api.ts';
import { PASSWORD } from './companies.ts';
import { keepSeatsSelling } from './seats.ts';

const cora = person({ role: 'customer' });

let server: TestServer;
before(async () => {
  server = await startTestServer();
  const { addUser } = await import('../../server/platform/users.ts');
  const { hashPassword } = await import('../../server/platform/passwords.ts');
  const passwordHash = await hashPassword(PASSWORD);
  await addUser({ username: 'agnes', role: 'agent', companyId: 'nordlicht', shopIds: [], passwordHash });
});
after(() => server.stop());

it('brings a week of departures in once, and seats are seen to be sold', async () => {
  const departures = async (): Promise<Route[]> =>
    (await call(server.url)(cora, 'GET', '/api/routes?limit=200')).body.items;
  const stop = await keepSeatsSelling(makeApi(server.url, 'agnes', PASSWORD), 1);
  const before = await departures();
  assert.ok(before.length > 10);
  const window = await connect(server.url, tokenFor(cora), { namespace: '/seats' });
  for (const { id } of before.slice(0, 4)) await ask(window, 'subscribe_route', { routeId: id });
  await nextEvent(window, 'seat_update', { milliseconds: 20_000 });
  stop();
  const again = await keepSeatsSelling(makeApi(server.url, 'agnes', PASSWORD), 1);
  again();
  assert.ok((await departures()).length <= before.length);
});
