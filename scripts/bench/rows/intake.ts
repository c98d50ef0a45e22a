import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';
import { io, type Socket } from 'socket.io-client';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { growth, type Scenario } from './scenario.ts';

/** Names of this run: another run, or somebody's server, on the same broker takes nothing from it. */
const name = `waybeat-bench-${randomUUID().slice(0, 8)}`;
const BROKER = process.env.BENCH_RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
const EXCHANGE = `${name}.events`;
const QUEUE = `${name}.queue`;
const PRODUCTS = 1_000;
const OTHER_SIZES = [1, 100, 10_000];
const PATIENCE_MS = 120_000;
const COLUMNS = ['plain', 'waybeat'] as const;
const RATE = {
  title: 'RabbitMQ messages committed and delivered a second',
  unit: '/s',
  better: 'higher',
  digits: 0,
} as const;
const env = { RABBITMQ_URL: BROKER, RABBITMQ_EXCHANGE: EXCHANGE, RABBITMQ_QUEUE: QUEUE };

/** Takes from the broker what a measurement left there. */
const release = async () => {
  const model = await reach();
  const channel = await model.createChannel();
  for (const queue of [QUEUE, `${QUEUE}.dead`]) await channel.deleteQueue(queue);
  await channel.deleteExchange(EXCHANGE);
  await model.close();
};

/**
 * Stock as another service counts it, through RabbitMQ: from the first message published to the last change that a
 * person of the company sees. The plain consumer makes of each message one INSERT, one emit and its acknowledgement,
 * and counts a message that comes twice twice.
 */
export const intake: Scenario<'messages' | 'cpu'> = {
  name: 'intake',
  columns: COLUMNS,
  figures: {
    messages: { ...RATE, aim: 0.5, point: { curve: RATE.title, of: 'streams', at: PRODUCTS } },
    cpu: { title: 'server CPU per message', unit: 'µs', better: 'lower', digits: 0 },
  },
  env,
  async measure(target, quick) {
    const watcher = await open(target);
    const publisher = await openPublisher();
    try {
      // What only a first message costs, and whether the consumer is there at all.
      await pour(watcher, publisher, quick ? 20 : 1_000);
      await target.idle();
      const before = target.cpuMs();
      const count = quick ? 200 : 10_000;
      const seconds = await pour(watcher, publisher, count);
      return { messages: count / seconds, cpu: ((target.cpuMs() - before) * 1000) / count };
    } finally {
      watcher.disconnect();
      await publisher.close();
    }
  },
  release,
};

/** The same about one product, about a hundred and about ten thousand. */
export const intakeGrowth: Scenario = {
  name: 'intake-growth',
  columns: COLUMNS,
  figures: growth('products', OTHER_SIZES, { of: 'streams', ...RATE }),
  env,
  async measure(target, quick) {
    const watcher = await open(target);
    const publisher = await openPublisher();
    const found: Record<string, number> = {};
    try {
      await pour(watcher, publisher, quick ? 20 : 1_000);
      for (const size of OTHER_SIZES) {
        await target.idle();
        const count = quick ? 100 : 5_000;
        found[`products${size}`] = count / (await pour(watcher, publisher, count, size));
      }
      return found;
    } finally {
      watcher.disconnect();
      await publisher.close();
    }
  },
  release,
};

const open = (target: Target): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = io(`http://127.0.0.1:${target.port}`, {
      auth: { token: tokensOf(1)[0] },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    socket.once('connected', () => resolve(socket));
    socket.once('connect_error', reject);
  });

const reach = () =>
  connect(BROKER).catch((error) => {
    throw new Error(`RabbitMQ at ${new URL(BROKER).host} cannot be reached: ${error.message}`);
  });

const openPublisher = async () => {
  const model = await reach();
  const channel = await model.createConfirmChannel();
  const isBound = async () => {
    const asking = await model.createChannel();
    // A queue that is not there closes the channel that asks for it.
    asking.on('error', () => {});
    return asking.checkQueue(QUEUE).then(
      ({ consumerCount }) => asking.close().then(() => consumerCount > 0),
      () => false,
    );
  };
  const until = performance.now() + PATIENCE_MS;
  while (!(await isBound())) {
    if (performance.now() > until) throw new Error('the server does not listen to RabbitMQ');
    await sleep(50);
  }
  return {
    publish(productId: string, quantity: number) {
      const body = { productId, companyId: 'bench', shopId: 'north', quantity };
      channel.publish(EXCHANGE, 'inventory.updated', Buffer.from(JSON.stringify(body)), {
        persistent: true,
        messageId: randomUUID(),
      });
    },
    confirmed: () => channel.waitForConfirms(),
    close: () => model.close(),
  };
};

let quantity = 0;

/** Publishes so many and waits until the watcher has seen each; how long that took, in seconds. */
async function pour(
  watcher: Socket,
  publisher: Awaited<ReturnType<typeof openPublisher>>,
  count: number,
  products = PRODUCTS,
) {
  const missing = new Set<number>();
  let seen = () => {};
  const all = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const onUpdate = (event: { quantity: number }) => {
    missing.delete(event.quantity);
    if (missing.size === 0) seen();
  };
  watcher.on('inventory:updated', onUpdate);
  const startedAt = performance.now();
  const ending = new AbortController();
  try {
    for (let n = 0; n < count; n += 1) {
      // Each message says another number, so that one that is missing is not hidden by one that came twice.
      quantity += 1;
      missing.add(quantity);
      publisher.publish(`product-${quantity % products}`, quantity);
      if (n % 200 === 199) await publisher.confirmed();
    }
    await publisher.confirmed();
    const late = sleep(PATIENCE_MS, undefined, { signal: ending.signal }).then(() => {
      throw new Error(`${missing.size} of ${count} messages were not delivered`);
    });
    await Promise.race([all, late]);
  } finally {
    ending.abort();
    watcher.off('inventory:updated', onUpdate);
  }
  return (performance.now() - startedAt) / 1000;
}
