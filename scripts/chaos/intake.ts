import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'amqplib';
import pg from 'pg';
import { randomFrom } from '../demo/random.ts';
import { createDatabase } from './databases.ts';
import { createNode } from './node.ts';
import { addressOf, startProxy, through } from './proxy.ts';

/**
 * Messages of other services, each three times and shuffled, while the server is killed and its connections to the broker
 * are cut. What the database holds in the end must be what one pass in order would have left.
 */

export type IntakeOptions = {
  messages: number;
  kills: number;
  cuts: number;
  /** After those, the broker is away for so long. */
  outageSeconds: number;
  seed: number;
  /** Of PostgreSQL and of RabbitMQ. */
  address: string;
  broker: string;
  log: (line: string) => void;
};
export type IntakeReport = { sent: number; poison: number; seconds: number; faults: string[] };

type Message = { id: string; key: string; body: string; poison: boolean; effect: (state: State) => void };
type State = { orders: Map<string, { status: string; payment: string }>; stock: Map<string, number>; notes: number };

const STATUSES = ['confirmed', 'shipped', 'delivered', 'cancelled'];
const PAYMENTS = { success: 'paid', failed: 'failed', refunded: 'refunded' } as const;

/** Message `n` of the story, in which each thing happens a second after the one before. */
const makeMessage = (n: number, draw: () => number): Message => {
  const pick = <One>(list: readonly One[]): One => list[Math.floor(draw() * list.length)]!;
  const occurredAt = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  const companyId = pick(['acme', 'rival']);
  const base = { id: `${n}-${randomUUID()}`, poison: false };
  const kind = draw();
  if (kind < 0.01) return { ...base, poison: true, key: 'order.created', body: '{"orderId":', effect: () => {} };
  if (kind < 0.45) {
    const orderId = `${companyId}-${Math.floor(draw() * 200)}`;
    const status = pick(STATUSES);
    const body = { orderId, orderNumber: `N-${orderId}`, companyId, shopId: 'north', customerId: 'carl', occurredAt };
    return {
      ...base,
      key: `order.${status}`,
      body: JSON.stringify(body),
      effect: ({ orders }) => orders.set(orderId, { payment: 'pending', ...orders.get(orderId), status }),
    };
  }
  if (kind < 0.6) {
    const orderId = `${companyId}-${Math.floor(draw() * 200)}`;
    const told = pick(Object.keys(PAYMENTS) as (keyof typeof PAYMENTS)[]);
    return {
      ...base,
      key: `payment.${told}`,
      body: JSON.stringify({ paymentId: `p-${n}`, orderId, companyId, status: told, occurredAt }),
      effect: ({ orders }) => orders.set(orderId, { status: '', ...orders.get(orderId), payment: PAYMENTS[told] }),
    };
  }
  if (kind < 0.95) {
    const productId = `P${Math.floor(draw() * 100)}`;
    const quantity = Math.floor(draw() * 100);
    return {
      ...base,
      key: 'inventory.updated',
      body: JSON.stringify({ productId, companyId, shopId: 'north', quantity, occurredAt }),
      effect: ({ stock }) => stock.set(`${companyId}/${productId}`, quantity),
    };
  }
  return {
    ...base,
    key: 'notification.new',
    body: JSON.stringify({ userId: 'carl', subject: `Note ${n}`, content: 'x', occurredAt }),
    effect: (state) => {
      state.notes += 1;
    },
  };
};

const compare = (what: string, expected: Map<string, string>, actual: Map<string, string>): string[] => {
  const faults: string[] = [];
  for (const key of new Set([...expected.keys(), ...actual.keys()]))
    if (expected.get(key) !== actual.get(key))
      faults.push(`${what} ${key}: ${actual.get(key) ?? 'absent'} instead of ${expected.get(key) ?? 'absent'}`);
  return faults;
};

export const intake = async (options: IntakeOptions): Promise<IntakeReport> => {
  const draw = randomFrom(options.seed);
  const story = Array.from({ length: options.messages }, (_, n) => makeMessage(n, draw));
  const copies = [...story, ...story, ...story];
  for (let n = copies.length - 1; n > 0; n -= 1) {
    const other = Math.floor(draw() * (n + 1));
    [copies[n], copies[other]] = [copies[other]!, copies[n]!];
  }
  const name = `waybeat-chaos-${randomUUID().slice(0, 8)}`;
  const database = await createDatabase('postgresql', options.address);
  const door = await startProxy(() => addressOf(options.broker, 5672));
  const node = await createNode({
    ...database.environment,
    RABBITMQ_URL: through(door, options.broker),
    RABBITMQ_EXCHANGE: `${name}.events`,
    RABBITMQ_QUEUE: name,
  });
  const broker = await connect(options.broker);
  const channel = await broker.createConfirmChannel();
  const sql = new pg.Pool({ connectionString: database.environment.DATABASE_URL, max: 2 });
  const started = performance.now();
  const surprises: string[] = [];
  const until = async (what: string, look: () => Promise<boolean>) => {
    const end = Date.now() + 600_000;
    while (!(await look())) {
      if (Date.now() > end) throw new Error(`not within 10 min: ${what}`);
      await wait(200);
    }
  };
  try {
    await node.start();
    await until('the queue is there', async () =>
      fetch(`${node.url}/health`).then(
        async (response) => (await response.json()).checks.rabbitmq === 'up',
        () => false,
      ),
    );
    const publishing = (async () => {
      for (const [n, { id, key, body }] of copies.entries()) {
        channel.publish(`${name}.events`, key, Buffer.from(body), { messageId: id, persistent: true });
        if (n % 500 === 0) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    })();
    const breaks = [...Array(options.kills).fill('kill'), ...Array(options.cuts).fill('cut')].sort(() => draw() - 0.5);
    for (const [n, kind] of breaks.entries()) {
      await wait(300 + draw() * 700);
      if (kind === 'cut') door.cut();
      else {
        await node.kill('SIGKILL');
        await node.start();
      }
      options.log(`  ${n + 1} of ${breaks.length}: ${kind}`);
    }
    if (options.outageSeconds > 0) {
      door.shut();
      await wait(options.outageSeconds * 1_000);
      const { status } = await fetch(`${node.url}/health`);
      if (status !== 200) surprises.push(`without the broker, /health answers ${status}`);
      door.open();
    }
    await publishing;
    const sound = story.filter(({ poison }) => !poison);
    const poison = story.filter((message) => message.poison);
    await until('all messages are dealt with', async () => {
      const { messageCount } = await channel.checkQueue(name);
      const { rows } = await sql.query('select count(*)::int as n from messages_handled');
      const dead = (await channel.checkQueue(`${name}.dead`)).messageCount;
      return messageCount === 0 && rows[0].n >= sound.length && dead >= poison.length * 3;
    });
    await until('notifications are delivered', async () => {
      const { rows } = await sql.query('select count(*)::int as n from notification_targets');
      return rows[0].n === 0;
    });
    // What is acknowledged last may still be on its way.
    await node.kill('SIGTERM');
    const state: State = { orders: new Map(), stock: new Map(), notes: 0 };
    for (const message of sound) message.effect(state);
    const text = (rows: { key: string; value: string }[]) => new Map(rows.map(({ key, value }) => [key, value]));
    const orders = await sql.query(`select id as key, status || ' ' || payment_status as value from orders`);
    const stock = await sql.query(`select company_id || '/' || product_id as key, quantity::text as value from stock`);
    const notes = await sql.query('select count(*)::int as n from notifications');
    const handled = await sql.query('select count(*)::int as n from messages_handled');
    const gaps = await sql.query(
      'select stream as key from events where stream is not null group by stream having max(version) <> count(*)',
    );
    const expectedOrders = new Map(
      [...state.orders]
        .filter(([, { status }]) => status)
        .map(([id, { status, payment }]) => [id, `${status} ${payment}`]),
    );
    const dead = new Set<string>();
    for (;;) {
      const message = await channel.get(`${name}.dead`, { noAck: true });
      if (!message) break;
      if (message.properties.headers?.['x-reason']) dead.add(String(message.properties.messageId));
    }
    const faults = [
      ...surprises,
      ...node.surprises(),
      ...compare('order', expectedOrders, text(orders.rows)),
      ...compare('stock', new Map([...state.stock].map(([key, n]) => [key, String(n)])), text(stock.rows)),
      ...(notes.rows[0].n === state.notes ? [] : [`${notes.rows[0].n} notifications instead of ${state.notes}`]),
      ...(handled.rows[0].n === sound.length ? [] : [`${handled.rows[0].n} handled instead of ${sound.length}`]),
      ...gaps.rows.map(({ key }) => `a gap in ${key}`),
      ...poison.filter(({ id }) => !dead.has(id)).map(({ id }) => `poison ${id} is not among the dead`),
      ...[...dead].filter((id) => !poison.some((one) => one.id === id)).map((id) => `sound ${id} is among the dead`),
    ];
    return { sent: copies.length, poison: poison.length, seconds: (performance.now() - started) / 1000, faults };
  } finally {
    await node.kill('SIGKILL');
    await channel.deleteQueue(name).catch(() => {});
    await channel.deleteQueue(`${name}.dead`).catch(() => {});
    await channel.deleteExchange(`${name}.events`).catch(() => {});
    await broker.close();
    await sql.end();
    door.close();
    await database.drop();
  }
};
