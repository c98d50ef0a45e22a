import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type ChannelModel, type ConfirmChannel, connect as connectBroker, type Options } from 'amqplib';
import type { Socket } from 'socket.io-client';
import { LOADER, runnable } from '../../../scripts/testing/runnable.ts';
import { api } from '../../testing/http.ts';
import { person, tokenFor } from '../../testing/people.ts';
import { startTestServer, type TestServer } from '../../testing/server.ts';
import { needs, serviceUrl } from '../../testing/services.ts';
import { ask, connect, nextEvent } from '../../testing/sockets.ts';

const name = `waybeat-test-${randomUUID().slice(0, 8)}`;
const EXCHANGE = `${name}.events`;
const QUEUE = `${name}.queue`;

const admin = person({ role: 'admin', companyId: 'acme' });
const rival = person({ role: 'admin', companyId: 'rival' });
const mia = person({ role: 'merchant', companyId: 'acme', shopIds: ['north'] });
const carl = person({ role: 'customer', id: 'carl' });

let server: TestServer;
let call: ReturnType<typeof api>;
let broker: ChannelModel;
let channel: ConfirmChannel;
let sockets: Record<'admin' | 'rival' | 'mia' | 'carl', Socket>;

const until = async <Value>(look: () => Promise<Value | undefined | false>, what: string): Promise<Value> => {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const send = (routingKey: string, body: unknown, options: Options.Publish = {}) =>
  new Promise<void>((resolve, reject) => {
    channel.publish(
      EXCHANGE,
      routingKey,
      Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      { persistent: true, messageId: randomUUID(), ...options },
      (error) => (error ? reject(error) : resolve()),
    );
  });
const dead = (what: string) =>
  until(async () => {
    const message = await channel.get(`${QUEUE}.dead`, { noAck: true });
    return (
      message && { reason: String(message.properties.headers?.['x-reason']), body: String(message.content), message }
    );
  }, what);
const orderOf = (id: string) => async () => {
  const { status, body } = await call(admin, 'GET', `/api/orders/${id}`);
  return status === 200 && body;
};
const order = (orderId: string, more: object = {}) => ({
  orderId,
  orderNumber: `ORD-${orderId}`,
  companyId: 'acme',
  shopId: 'north',
  customerId: 'carl',
  ...more,
});

describe('events of other services', needs('rabbitmq'), () => {
  before(async () => {
    broker = await connectBroker(serviceUrl('rabbitmq'));
    channel = await broker.createConfirmChannel();
    server = await startTestServer({
      env: {
        RABBITMQ_URL: serviceUrl('rabbitmq'),
        RABBITMQ_EXCHANGE: EXCHANGE,
        RABBITMQ_QUEUE: QUEUE,
        WS_RATE_LIMIT: '100000',
      },
    });
    call = api(server.url);
    sockets = {
      admin: await connect(server.url, tokenFor(admin)),
      rival: await connect(server.url, tokenFor(rival)),
      mia: await connect(server.url, tokenFor(mia)),
      carl: await connect(server.url, tokenFor(carl)),
    };
    await until(async () => (await call(null, 'GET', '/health')).body.checks.rabbitmq === 'up', 'rabbitmq up');
  });
  after(async () => {
    await server.stop();
    await channel.deleteQueue(QUEUE);
    await channel.deleteQueue(`${QUEUE}.dead`);
    await channel.deleteExchange(EXCHANGE);
    await broker.close();
  });

  it('bring an order to its shop, its company and its customer, and keep it as a snapshot', async () => {
    const told = [
      nextEvent(sockets.admin, 'order:new_order'),
      nextEvent(sockets.mia, 'order:shop_order'),
      nextEvent(sockets.carl, 'order:status_updated'),
    ];
    const items = [{ productId: 'P1', name: 'Lamp', quantity: 2, price: { amount: 500, currency: 'EUR' } }];
    await send('order.created', order('o1', { items, occurredAt: '2026-01-01T10:00:00Z' }));
    await send('order.shipped', order('o1', { occurredAt: '2026-01-01T11:00:00Z' }));
    const [created, , status] = await Promise.all(told);
    assert.deepEqual(created!.total, { amount: 1000, currency: 'EUR' });
    assert.equal(status!.status, 'shipped');
    const { snapshot } = await ask<{ snapshot: { status: string; orderNumber: string } }>(
      sockets.carl,
      'subscribe_order',
      'o1',
    );
    assert.deepEqual([snapshot.status, snapshot.orderNumber], ['shipped', 'ORD-o1']);
    assert.equal((await call(rival, 'GET', '/api/orders/o1')).status, 404);
  });

  it('count by when they happened: an older one never overrides a newer, and a payment may come before its order', async () => {
    await send('payment.success', {
      paymentId: 'p2',
      orderId: 'o2',
      status: 'success',
      occurredAt: '2026-01-01T10:30:00Z',
    });
    await send('order.shipped', order('o2', { occurredAt: '2026-01-01T12:00:00Z' }));
    await send('order.confirmed', order('o2', { occurredAt: '2026-01-01T11:00:00Z' }));
    await send('payment.failed', {
      paymentId: 'p2',
      orderId: 'o2',
      status: 'failed',
      occurredAt: '2026-01-01T10:00:00Z',
    });
    const total = { amount: 700, currency: 'EUR' };
    await send('order.created', order('o2', { total, occurredAt: '2026-01-01T10:00:00Z' }));
    const found = await until(async () => {
      const one = await orderOf('o2')();
      return one && one.total.amount === 700 && one;
    }, 'o2 with its total');
    assert.deepEqual([found.status, found.paymentStatus], ['shipped', 'paid']);
  });

  it('take effect once, however often they come', async () => {
    const message = { productId: 'R1', companyId: 'acme', shopId: 'north', quantity: 7 };
    const notification = { userId: mia.id, subject: 'Once', content: 'only' };
    const at = { ...notification, subject: 'Once more', occurredAt: '2026-01-01T10:00:00Z' };
    for (let n = 0; n < 3; n += 1) {
      await send('inventory.updated', { ...message, quantity: 7 + n }, { messageId: `${name}-stock` });
      await send('notification.new', notification, { messageId: `${name}-once` });
      await send('notification.new', at, { messageId: undefined });
    }
    // With neither a name nor a time, two equal messages are two.
    await send('notification.new', { ...notification, subject: 'Twice' }, { messageId: undefined });
    await send('notification.new', { ...notification, subject: 'Twice' }, { messageId: undefined });
    await send('inventory.updated', { ...message, productId: 'R1-end' });
    await until(async () => (await call(admin, 'GET', '/api/inventory/R1-end')).status === 200, 'the last message');
    assert.equal((await call(admin, 'GET', '/api/inventory/R1')).body.version, 1);
    const subjects = await until(async () => {
      const { items } = (await call(mia, 'GET', '/api/notifications')).body;
      const all = items.map(({ subject }: { subject: string }) => subject).sort();
      return all.length >= 4 && all;
    }, 'four notifications');
    assert.deepEqual(subjects, ['Once', 'Once more', 'Twice', 'Twice']);
  });

  it('that come again among new ones take effect no more, and the new ones do', async () => {
    const message = { companyId: 'acme', shopId: 'north', quantity: 1 };
    const heard: string[] = [];
    const onUpdate = ({ productId, quantity }: { productId: string; quantity: number }) =>
      heard.push(`${productId} ${quantity}`);
    sockets.admin.on('inventory:updated', onUpdate);
    const messageId = `${name}-again`;
    await send('inventory.updated', { ...message, productId: 'A1' }, { messageId });
    await until(async () => heard.length === 1, 'the first');
    await Promise.all([
      send('inventory.updated', { ...message, productId: 'A2' }),
      send('inventory.updated', { ...message, productId: 'A1', quantity: 2 }, { messageId }),
      send('inventory.updated', { ...message, productId: 'A3' }),
      send('inventory.updated', { ...message, productId: 'A4', quantity: 3 }, { messageId: `${name}-twice` }),
      send('inventory.updated', { ...message, productId: 'A4', quantity: 4 }, { messageId: `${name}-twice` }),
    ]);
    await send('inventory.updated', { ...message, productId: 'A5' });
    await until(async () => heard.length >= 5, 'all of them');
    sockets.admin.off('inventory:updated', onUpdate);
    assert.deepEqual(heard.sort(), ['A1 1', 'A2 1', 'A3 1', 'A4 3', 'A5 1']);
    const { body } = await call(admin, 'GET', '/api/inventory/A1');
    assert.deepEqual([body.version, body.items[0].quantity], [1, 1]);
  });

  it('that cannot be understood, or are another company’s, go to the dead letters with the reason', async () => {
    await send('order.created', '{"orderId":');
    assert.match((await dead('not JSON')).reason, /not JSON/);
    await send('inventory.updated', { productId: 'X', companyId: 'acme', shopId: 'north', quantity: -1 });
    assert.match((await dead('negative')).reason, /quantity/);
    await send('order.odd', { hello: 'there' });
    assert.match((await dead('unknown')).reason, /order\.odd/);
    await send('order.created', order('o1', { companyId: 'rival' }));
    const refused = await dead('another company’s');
    assert.match(refused.reason, /another company/);
    assert.equal(refused.message.properties.headers?.['x-routing-key'], 'order.created');
    assert.equal((await orderOf('o1')()).companyId, 'acme');
  });

  it('never pass one of another kind that is still under way', needs('postgres'), async () => {
    const { query } = await import('../../platform/database.ts');
    await send('order.created', order('slow'));
    await until(orderOf('slow'), 'the order');
    await query(
      `create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$`,
    );
    await query(
      "create trigger dawdle before update on orders for each row when (new.id = 'slow') execute function dawdle()",
    );
    await send('order.shipped', order('slow'));
    const sleeping = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    await until(async () => (await query(sleeping)).length > 0, 'the order being written');
    await send('inventory.updated', { productId: 'quick', companyId: 'acme', shopId: 'north', quantity: 1 });
    await until(async () => (await call(admin, 'GET', '/api/inventory/quick')).status === 200, 'the stock');
    assert.equal((await orderOf('slow')()).status, 'shipped');
    await query('drop trigger dawdle on orders');
  });

  it('without a known key are told by their fields', async () => {
    await send('order.note', { paymentId: 'p1', orderId: 'o1', status: 'success', occurredAt: '2026-01-02T00:00:00Z' });
    await send('inventory.counted', { productId: 'F1', companyId: 'acme', shopId: 'north', quantity: 0 });
    const transfer = {
      transferId: 't1',
      companyId: 'acme',
      productId: 'F1',
      quantity: 3,
      fromShopId: 'north',
      toShopId: 'south',
    };
    await send('inventory.moved', { ...transfer, status: 'in_transit' });
    await until(async () => (await orderOf('o1')()).paymentStatus === 'paid', 'paid');
    await until(async () => (await call(admin, 'GET', '/api/inventory/F1')).status === 200, 'stock');
    const { body } = await until(async () => {
      const answer = await call(admin, 'GET', '/api/transfers/t1');
      return answer.status === 200 && answer;
    }, 'transfer');
    assert.equal(body.status, 'in_transit');
  });

  it('of companies, shops, products and users are passed on to those they concern', async () => {
    const company = nextEvent(sockets.mia, 'company:updated');
    const shop = nextEvent(sockets.mia, 'shop:updated');
    const user = nextEvent(sockets.carl, 'user:updated');
    const product = nextEvent(sockets.admin, 'product:updated');
    await send('company.updated', { companyId: 'acme', name: 'Acme Ltd' });
    await send('shop.updated', { shopId: 'north', companyId: 'acme', open: true });
    await send('user.updated', { userId: 'carl', language: 'fr' });
    await send('product.updated', { productId: 'P9', companyId: 'acme', price: 3 });
    assert.equal((await company).name, 'Acme Ltd');
    assert.equal((await shop).open, true);
    assert.equal((await user).language, 'fr');
    assert.equal((await product).price, 3);
  });

  it('that fail are tried five times while the others go on, and then put aside', async () => {
    const { query } = await import('../../platform/database.ts');
    await query(
      "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'broken on purpose'; end $$",
    );
    await query(
      "create trigger refuse before insert on stock for each row when (new.product_id = 'poison') execute function refuse()",
    );
    await send('inventory.updated', { productId: 'poison', companyId: 'acme', shopId: 'north', quantity: 1 });
    await send('inventory.updated', { productId: 'sound', companyId: 'acme', shopId: 'north', quantity: 1 });
    await until(async () => (await call(admin, 'GET', '/api/inventory/sound')).status === 200, 'the sound one');
    const { reason, message } = await dead('the poison');
    assert.match(reason, /broken on purpose/);
    assert.equal(message.properties.headers?.['x-tries'], 5);
    // Mended, and sent again from among the dead: it takes effect after all.
    await query('drop trigger refuse on stock');
    const { headers, ...properties } = message.properties;
    channel.sendToQueue(`${QUEUE}.dead`, message.content, { ...properties, headers });
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...LOADER, runnable('scripts/dead-letters.ts'), 'replay', '--all'],
      {
        env: {
          ...process.env,
          RABBITMQ_URL: serviceUrl('rabbitmq'),
          RABBITMQ_EXCHANGE: EXCHANGE,
          RABBITMQ_QUEUE: QUEUE,
        },
      },
    );
    assert.match(stdout, /sent again: 1/);
    await until(async () => (await call(admin, 'GET', '/api/inventory/poison')).status === 200, 'the mended one');
  });

  it('deactivate a user, whose sockets are closed', async () => {
    const gone = person({ role: 'operator', companyId: 'acme' });
    const socket = await connect(server.url, tokenFor(gone));
    const closed = new Promise((resolve) => socket.once('disconnect', resolve));
    await send('user.deactivated', { userId: gone.id });
    await closed;
    await assert.rejects(connect(server.url, tokenFor(gone)), /Invalid or expired token/);
  });

  it('go on after the broker has closed the connection, and the server serves meanwhile', async () => {
    // Removing the queue ends the consumer: declared and bound again, it takes what comes then.
    await channel.deleteQueue(QUEUE);
    assert.equal((await call(null, 'GET', '/health')).status, 200);
    await until(async () => {
      await send('inventory.updated', { productId: 'back', companyId: 'acme', shopId: 'north', quantity: 1 });
      return (await call(admin, 'GET', '/api/inventory/back')).status === 200;
    }, 'messages flow again');
    const { body } = await call(null, 'GET', '/metrics');
    assert.match(body, /waybeat_rabbitmq_messages_total\{outcome="handled"\} \d/);
    assert.match(body, /waybeat_rabbitmq_messages_total\{outcome="dead"\} 5/);
  });
});
