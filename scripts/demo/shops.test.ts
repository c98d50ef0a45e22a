import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { api as call } from '../../server/testing/http.ts';
import { person, tokenFor } from '../../server/testing/people.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { connect, nextEvent } from '../../server/testing/sockets.ts';
import { makeApi } from './api.ts';
import { PASSWORD, PEOPLE } from './companies.ts';
import { keepShopsTrading, SHOPS } from './shops.ts';

const olga = person({ role: 'operator', companyId: 'nordlicht' });
const blake = person({ role: 'operator', companyId: 'blueheron' });

let server: TestServer;
before(async () => {
  server = await startTestServer();
  const { addUser } = await import('../../server/platform/users.ts');
  const { hashPassword } = await import('../../server/platform/passwords.ts');
  const passwordHash = await hashPassword(PASSWORD);
  for (const { id, username, role, companyId, shopIds = [] } of PEOPLE)
    if (['malte', 'clara', 'cora', 'adele', 'mara'].includes(username))
      await addUser({ id, username, role, companyId, shopIds, passwordHash });
});
after(() => server.stop());

it('shops are filled once, and orders are seen to move', async () => {
  const as = (username: string) => makeApi(server.url, username, PASSWORD);
  const trade = {
    merchant: as('malte'),
    customer: as('clara'),
    byPhone: 'user-cora',
    companyId: 'nordlicht',
    admin: as('adele'),
  };
  const items = async (who: typeof olga, path: string) => (await call(server.url)(who, 'GET', path)).body.items;
  const stop = await keepShopsTrading(trade, 1);
  const shelves = await items(olga, '/api/inventory?limit=200');
  assert.deepEqual([...new Set(shelves.map(({ shopId }: { shopId: string }) => shopId))].sort(), [...SHOPS]);
  assert.ok((await items(olga, '/api/orders?limit=200')).length >= 5);
  assert.deepEqual(await items(blake, '/api/orders'), []);
  const window = await connect(server.url, tokenFor(olga));
  await nextEvent(window, 'order:update', { milliseconds: 60_000 });
  stop();
  const again = await keepShopsTrading(trade, 1);
  again();
  assert.equal((await items(olga, '/api/inventory?limit=200')).length, shelves.length);
});
