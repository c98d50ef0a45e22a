import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { type Spawned, spawnServer } from '../../testing/server.ts';
import { needs, serviceUrl } from '../../testing/services.ts';

const name = `waybeat-test-${randomUUID().slice(0, 8)}`;
const MESSAGES = 600;

describe('a server that is told to stop while messages are under way', needs('rabbitmq', 'postgres'), () => {
  let database: TestDatabase;
  let sql: pg.Pool;
  let broker: ChannelModel;
  let channel: ConfirmChannel;
  let server: Spawned | undefined;

  const start = async (rate: number) => {
    server = await spawnServer({
      database,
      env: {
        RABBITMQ_URL: serviceUrl('rabbitmq'),
        RABBITMQ_EXCHANGE: `${name}.events`,
        RABBITMQ_QUEUE: name,
        RABBITMQ_RATE: String(rate),
      },
    });
    return server;
  };
  const count = async (table: string) =>
    (await sql.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n;
  const until = async (look: () => Promise<boolean>, what: string) => {
    const end = Date.now() + 60_000;
    while (!(await look())) {
      assert.ok(Date.now() < end, `not within a minute: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  before(async () => {
    database = await createTestDatabase();
    sql = new pg.Pool({ connectionString: database.env.DATABASE_URL, max: 1 });
    broker = await connect(serviceUrl('rabbitmq'));
    channel = await broker.createConfirmChannel();
    await channel.assertExchange(`${name}.events`, 'topic', { durable: true });
    await channel.assertQueue(name, { durable: true });
    await channel.bindQueue(name, `${name}.events`, 'inventory.*');
  });
  after(async () => {
    await server?.kill();
    for (const queue of [name, `${name}.dead`]) await channel.deleteQueue(queue);
    await channel.deleteExchange(`${name}.events`);
    await broker.close();
    await sql.end();
    await database.drop();
  });

  it('finishes those it took and leaves the others to the broker: none is lost, none counts twice', async () => {
    for (let n = 0; n < MESSAGES; n += 1)
      channel.publish(
        `${name}.events`,
        'inventory.updated',
        Buffer.from(JSON.stringify({ productId: `P${n % 20}`, companyId: 'acme', shopId: 'north', quantity: n })),
        { messageId: String(n), persistent: true },
      );
    await channel.waitForConfirms();
    const stopping = await start(200);
    await until(async () => (await count('messages_handled')) > 0, 'the first messages took effect');
    await stopping.kill('SIGTERM');
    assert.equal(stopping.process.exitCode, 0);
    const handled = await count('messages_handled');
    assert.ok(handled < MESSAGES, 'it was stopped in the middle');
    assert.equal(await count('stock_history'), handled);
    // What it had begun was acknowledged: the broker holds the rest, and gives none of it for a second time.
    const { messageCount } = await channel.checkQueue(name);
    assert.equal(handled + messageCount, MESSAGES);
    const next = await channel.get(name);
    assert.ok(next);
    channel.nack(next);
    await start(100_000);
    await until(async () => (await count('messages_handled')) === MESSAGES, 'the rest took effect');
    const { rows } = await sql.query(
      'select max(version)::int as version, count(*)::int as n from events where stream is not null group by stream',
    );
    assert.deepEqual(
      rows.map(({ version, n }) => [version, n]),
      Array.from({ length: 20 }, () => [MESSAGES / 20, MESSAGES / 20]),
    );
    assert.equal(await count('stock_history'), MESSAGES);
  });
});
