import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent } from '../testing/sockets.ts';

const admin = person({ role: 'admin', companyId: 'acme' });
const rival = person({ role: 'admin', companyId: 'rival' });

let server: TestServer;
let call: ReturnType<typeof api>;
const receivers: Server[] = [];

type Got = { body: { type: string; version: number; stream: string }; raw: string; headers: Record<string, unknown> };
/** A receiver that answers what `answer` says; null: nothing at all. */
const receiver = async (answer: (n: number) => number | null) => {
  const got: Got[] = [];
  const http = createServer((request, response) => {
    let raw = '';
    request.on('data', (chunk) => {
      raw += chunk;
    });
    request.on('end', () => {
      got.push({ body: JSON.parse(raw), raw, headers: request.headers });
      const status = answer(got.length);
      if (status === null) return;
      response.writeHead(status, status >= 300 && status < 400 ? { location: 'http://127.0.0.1:1/' } : {}).end();
    });
  });
  receivers.push(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { got, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook` };
};

const until = async <Value>(look: () => Value | Promise<Value>, what: string): Promise<Value> => {
  const end = Date.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const register = async (url: string, events: string[] = []) => {
  const { status, body } = await call(admin, 'POST', '/api/webhooks', { url, events });
  assert.equal(status, 201, JSON.stringify(body));
  return body as { id: string; secret: string };
};
const stock = (productId: string, quantity: number, who = admin) =>
  call(who, 'PUT', `/api/inventory/${productId}`, { shopId: 'north', quantity });

before(async () => {
  server = await startTestServer({
    env: {
      WEBHOOK_ALLOW_PRIVATE: '1',
      WEBHOOK_TIMEOUT_MS: '500',
      WEBHOOK_OFF_AFTER_HOURS: '1',
      WEBHOOK_MAX_WAITING: '10',
    },
  });
  call = api(server.url);
});
after(async () => {
  await server.stop();
  for (const http of receivers) {
    http.closeAllConnections();
    http.close();
  }
});

describe('a webhook', () => {
  it('gets the company’s durable events, signed and in order, and nobody else’s', async () => {
    const { got, url } = await receiver(() => 200);
    const { id, secret } = await register(url, ['inventory:']);
    for (const quantity of [5, 4, 3]) await stock('W1', quantity);
    await stock('W1', 9, rival);
    await until(() => got.length >= 3, 'three deliveries');
    assert.deepEqual(
      got.map(({ body }) => [body.type, body.version]),
      [1, 2, 3].map((version) => ['inventory:stock_changed', version]),
    );
    const { raw, headers } = got[0]!;
    const [, seconds, signature] = /^t=(\d+),v1=(\w+)$/.exec(String(headers['waybeat-signature']))!;
    assert.equal(createHmac('sha256', secret).update(`${seconds}.${raw}`).digest('hex'), signature);
    const log = await until(async () => {
      const { items } = (await call(admin, 'GET', `/api/webhooks/${id}/deliveries`)).body;
      return items.every(({ status }: { status: string }) => status === 'delivered') && items;
    }, 'the log');
    assert.equal(log.length, 3);
    assert.equal((await call(rival, 'GET', `/api/webhooks/${id}`)).status, 404);
    assert.equal((await call(rival, 'GET', `/api/webhooks/${id}/deliveries`)).status, 404);
    assert.equal((await call(admin, 'POST', `/api/webhooks/${id}/deliveries/${log[0].id}/replay`)).status, 200);
    await until(() => got.length === 4, 'the replay');
    assert.equal(got[3]!.body.version, 3);
    assert.equal((await call(admin, 'GET', '/api/webhooks')).body.items[0].secret, undefined);
    assert.equal((await call(admin, 'DELETE', `/api/webhooks/${id}`)).status, 204);
  });

  it('that fails, redirects or hangs loses nothing, keeps the order, and harms no other', async () => {
    const broken = await receiver((n) => (n > 3 ? 200 : [500, 302, null][n - 1]!));
    const sound = await receiver(() => 204);
    const hanging = await receiver(() => null);
    const hooks = await Promise.all(
      [broken, sound, hanging].map(({ url }) => register(url, ['inventory:stock_changed'])),
    );
    for (const quantity of [3, 2, 1]) await stock('W2', quantity);
    await until(() => sound.got.length === 3, 'the sound one has all');
    await until(() => broken.got.length >= 6, 'the broken one has all in the end');
    assert.deepEqual(
      broken.got.map(({ body }) => body.version),
      [1, 1, 1, 1, 2, 3],
    );
    assert.ok(hanging.got.every(({ body }) => body.version === 1));
    const { items } = (await call(admin, 'GET', `/api/webhooks/${hooks[2]!.id}/deliveries`)).body;
    assert.equal(items.length, 3);
    assert.match(items[2].error, /no answer within 500 ms/);
    for (const { id } of hooks) await call(admin, 'DELETE', `/api/webhooks/${id}`);
  });

  it('that fails for long is switched off with a notice, and goes on where it stopped when it is mended', async () => {
    let mended = false;
    const { got, url } = await receiver(() => (mended ? 200 : 500));
    const { id } = await register(url);
    const socket = await connect(server.url, tokenFor(admin));
    const notice = nextEvent(socket, 'webhook:disabled', { milliseconds: 20_000 });
    const notification = nextEvent(socket, 'notification:broadcast', { milliseconds: 20_000 });
    await stock('W3', 1);
    await until(() => got.length >= 1, 'the first attempt');
    const { query } = await import('../platform/database.ts');
    await until(
      async () =>
        (
          await query(
            "update webhooks set failing_since = now() - interval '2 hours' where id = $1 and failing_since is not null returning 1",
            [id],
          )
        ).length > 0,
      'it is noted as failing',
    );
    assert.equal((await notice).webhookId, id);
    assert.equal((await notification).subject, 'A webhook was switched off');
    assert.equal((await call(admin, 'GET', `/api/webhooks/${id}`)).body.status, 'off');
    await stock('W3', 2);
    mended = true;
    const before = got.length;
    assert.equal((await call(admin, 'PATCH', `/api/webhooks/${id}`, { status: 'active' })).status, 200);
    await until(() => got.length >= before + 2, 'what it missed');
    assert.deepEqual(
      got.slice(before).map(({ body }) => body.version),
      [1, 2],
    );
  });

  it('for which too many wait loses the oldest, counted and told, and no other webhook does', async () => {
    const away = await receiver(() => 503);
    const sound = await receiver(() => 200);
    const { id } = await register(away.url, ['inventory:']);
    const other = await register(sound.url, ['inventory:']);
    const told = nextEvent(await connect(server.url, tokenFor(admin)), 'notification:broadcast', {
      matches: ({ subject }) => subject === 'A webhook loses events',
      milliseconds: 45_000,
    });
    for (let quantity = 15; quantity > 0; quantity -= 1) await stock('W4', quantity);
    await told;
    const hook = async (one: string) => (await call(admin, 'GET', `/api/webhooks/${one}`)).body;
    // It may have been looked at while they still came.
    await until(async () => (await hook(id)).dropped === 5, 'five are dropped');
    const { items } = (await call(admin, 'GET', `/api/webhooks/${id}/deliveries`)).body;
    assert.equal(items.length, 10);
    assert.equal(items[0].version, 15);
    await until(() => sound.got.length === 15, 'the other one has all');
    assert.equal((await hook(other.id)).dropped, 0);
    assert.match((await call(null, 'GET', '/metrics')).body, /waybeat_webhook_dropped_total 5/);
  });
});

describe('addresses inside', () => {
  it('are told from those outside, in every spelling', async () => {
    const { isPrivateAddress } = await import('./webhookAddress.ts');
    const inside =
      '127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 :: fe80::1 fd00::1';
    for (const address of [...inside.split(' '), '::ffff:127.0.0.1', '::ffff:a00:1', '64:ff9b::a00:1', 'nonsense'])
      assert.equal(isPrivateAddress(address), true, address);
    for (const address of ['8.8.8.8', '93.184.216.34', '2606:4700::1111'])
      assert.equal(isPrivateAddress(address), false, address);
  });
});
