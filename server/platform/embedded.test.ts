import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { createEmbeddedDatabase, type TestDatabase } from '../testing/database.ts';
import { openEmbedded } from './embedded.ts';

describe('the embedded database, when a connection to it is dropped', () => {
  let folder: TestDatabase;
  let database: Awaited<ReturnType<typeof openEmbedded>>;
  before(async () => {
    folder = await createEmbeddedDatabase();
    database = await openEmbedded(folder.env.DATA_DIR);
    await database.pool.query('create table lines (n int primary key)');
  });
  after(async () => {
    await database.close();
    await folder.drop();
  });

  const double = (value: string) =>
    database.pool.query({ name: 'double', text: 'select 2 * $1::int as n', values: [value] });
  const drop = async (leave: (client: pg.PoolClient) => Promise<unknown>) => {
    const client = await database.pool.connect();
    client.on('error', () => {});
    await leave(client);
    client.release(new Error('given up'));
  };

  it('forgets its transaction', async () => {
    await drop(async (client) => {
      await client.query('begin');
      await client.query('insert into lines values (1)');
    });
    assert.deepEqual((await database.pool.query('select n from lines')).rows, []);
  });

  it('answers the next one, though the last was in the middle of a question that failed', async () => {
    await drop(async (client) => {
      const asked = client.query('select $1::int', ['x']);
      // Cut before the end of the question, which the database waits for to go on.
      (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
      await assert.rejects(asked);
    });
    assert.deepEqual((await double('3')).rows, [{ n: 6 }]);
  });

  it('prepares anew what was prepared on the last one', async () => {
    assert.deepEqual((await double('4')).rows, [{ n: 8 }]);
    await drop(async () => {});
    assert.deepEqual((await double('5')).rows, [{ n: 10 }]);
  });
});
