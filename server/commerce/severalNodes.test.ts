import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { type Spawned, spawnServer, startTestServer, type TestServer } from '../testing/server.ts';
import { needs } from '../testing/services.ts';
import { connect } from '../testing/sockets.ts';

const admin = person({ role: 'admin', companyId: 'acme' });
const omar = person({ role: 'operator', companyId: 'acme' });
const rival = person({ role: 'admin', companyId: 'rival' });

const env = { WEBHOOK_ALLOW_PRIVATE: '1', WEBHOOK_TIMEOUT_MS: '60000' };

const until = async <Value>(look: () => Value | Promise<Value>, what: string): Promise<Value> => {
  // Below the minute and a half for which the lease of a dead node once held everything up.
  const end = Date.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const receivers: Server[] = [];
type Got = { product: string; version: number; answer: (status: number) => void };
/** A receiver that answers 200, or when it is told to where `holds` says so. */
const openReceiver = async (holds: (n: number) => boolean) => {
  const got: Got[] = [];
  const answer = (response: ServerResponse) => (status: number) => void response.writeHead(status).end();
  const http = createServer((request, response) => {
    let raw = '';
    request.on('data', (chunk) => {
      raw += chunk;
    });
    request.on('end', () => {
      const { productId, version } = JSON.parse(raw);
      got.push({ product: productId, version, answer: answer(response) });
      if (!holds(got.length)) answer(response)(200);
    });
  });
  receivers.push(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { got, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook` };
};

describe('two nodes on one database', needs('postgres'), () => {
  let database: TestDatabase;
  let first: Spawned;
  let second: TestServer;

  before(async () => {
    database = await createTestDatabase();
    first = await spawnServer({ database, env });
  });
  after(async () => {
    first.process.kill('SIGCONT');
    await first.kill();
    for (const http of receivers) {
      http.closeAllConnections();
      http.close();
    }
    await second.stop();
    await database.drop();
  });

  it('deliver for each other: what a frozen node had taken goes out by the other, in order, and stays as that one left it', async () => {
    const { got, url } = await openReceiver((n) => n === 1);
    const call = api(first.url);
    const hook = (await call(admin, 'POST', '/api/webhooks', { url, events: ['inventory:'] })).body;
    const put = (quantity: number, at = call) =>
      at(admin, 'PUT', '/api/inventory/P1', { shopId: 'north', quantity }).then(({ status }) =>
        assert.equal(status, 200),
      );
    await put(3);
    await put(2);
    await until(() => got.length === 1, 'the first node delivers');
    first.process.kill('SIGSTOP');
    second = await startTestServer({ database, env });
    await until(() => got.length === 3, 'the second node took over');
    const log = async () =>
      (await api(second.url)(admin, 'GET', `/api/webhooks/${hook.id}/deliveries`)).body.items as {
        status: string;
        attempts: number;
      }[];
    await until(async () => (await log()).every(({ status }) => status === 'delivered'), 'the log of the second');
    // The first wakes and hears that its own attempt failed, which is no longer its to say.
    got[0]!.answer(500);
    first.process.kill('SIGCONT');
    await until(
      async () =>
        /waybeat_webhook_attempts_total\{outcome="failed"\} 1/.test((await call(null, 'GET', '/metrics')).body),
      'the first node saw the failure',
    );
    await put(1, api(second.url));
    await until(() => got.length === 4, 'the next one');
    assert.deepEqual(
      got.map(({ version }) => version),
      [1, 1, 2, 3],
    );
    await until(async () => (await log()).every(({ status }) => status === 'delivered'), 'all are delivered');
    assert.deepEqual(
      (await log()).map(({ attempts }) => attempts),
      [1, 1, 1],
    );
    assert.equal((await call(admin, 'DELETE', `/api/webhooks/${hook.id}`)).status, 204);
  });

  it('deliver once between them, each stream in its order', async () => {
    const { got, url } = await openReceiver(() => false);
    const calls = [api(first.url), api(second.url)];
    await calls[1]!(admin, 'POST', '/api/webhooks', { url, events: ['inventory:'] });
    const products = ['A', 'B', 'C', 'D', 'E', 'F'];
    for (let quantity = 5; quantity > 0; quantity -= 1)
      await Promise.all(
        products.map((product, n) =>
          calls[(quantity + n) % 2]!(admin, 'PUT', `/api/inventory/${product}`, { shopId: 'north', quantity }),
        ),
      );
    await until(() => got.length >= 30, 'all thirty');
    const { query } = await import('../platform/database.ts');
    await until(
      async () => (await query("select 1 from webhook_deliveries where status = 'pending'")).length === 0,
      'nothing is left to deliver',
    );
    assert.equal(got.length, 30);
    for (const one of products)
      assert.deepEqual(
        got.filter(({ product }) => product === one).map(({ version }) => version),
        [1, 2, 3, 4, 5],
      );
  });

  it('know who is online at the other one, of their own company only, also after it was killed', async () => {
    const socket = await connect(first.url, tokenFor(omar));
    const call = api(second.url);
    const isOnline = async () => (await call(admin, 'GET', `/user-status/${omar.id}`)).body.data?.isConnected;
    await until(isOnline, 'seen from the other node');
    const { data } = (await call(admin, 'GET', '/connected-users')).body;
    assert.deepEqual([data.count, data.users], [1, [omar.id]]);
    assert.equal((await call(rival, 'GET', '/connected-users')).body.data.count, 0);
    assert.equal((await call(rival, 'GET', `/user-status/${omar.id}`)).status, 404);
    await first.kill();
    socket.disconnect();
    await until(async () => !(await isOnline()), 'gone with its node');
  });
});
