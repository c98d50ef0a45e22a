import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Arena } from '../arena.ts';
import { type Fault, repeatedly } from '../fault.ts';

/** What befalls PostgreSQL, or the way there. */

const connect = async ({ database }: Arena): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: database.environment.DATABASE_URL });
  await client.connect();
  return client;
};

export const backendsTerminated: Fault = {
  name: 'postgres-terminated',
  title: 'every PostgreSQL connection terminated, every 2 s',
  seconds: 30,
  mixes: true,
  break: async (arena) => {
    const client = await connect(arena);
    let ended = 0;
    const stop = repeatedly(2_000, async () => {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and application_name = 'waybeat'`,
      );
      ended += rowCount ?? 0;
    });
    return async () => {
      await stop();
      await client.end();
      arena.note(`${ended} connections were terminated`);
    };
  },
};

export const postgresDown: Fault = {
  name: 'postgres-down',
  title: 'PostgreSQL refuses and drops every connection',
  seconds: 30,
  mixes: true,
  break: async ({ nodes }) => {
    for (const { postgres } of nodes) postgres.shut();
    return async () => {
      for (const { postgres } of nodes) postgres.open();
    };
  },
};

export const postgresFrozen: Fault = {
  name: 'postgres-frozen',
  title: 'the way to PostgreSQL swallows everything and says nothing',
  seconds: 30,
  mixes: true,
  break: async ({ nodes }) => {
    for (const { postgres } of nodes) postgres.freeze();
    return async () => {
      for (const { postgres } of nodes) postgres.open();
    };
  },
};

export const tableLocked: Fault = {
  name: 'table-locked',
  title: 'the table of events locked, as by a careless migration',
  seconds: 30,
  break: async (arena) => {
    const client = await connect(arena);
    await client.query('begin');
    await client.query('lock table events in access exclusive mode');
    return async () => {
      await client.query('rollback');
      await client.end();
    };
  },
};

export const commitLost: Fault = {
  name: 'commit-lost',
  title: 'connections cut between COMMIT and its answer',
  seconds: 20,
  break: async (arena) => {
    let commits = 0;
    let lost = 0;
    // Not every one, or nobody would ever be answered.
    const lose = (sent: Buffer) => {
      if (!sent.toString('latin1').includes('commit\0')) return false;
      commits += 1;
      if (commits % 10 !== 0) return false;
      lost += 1;
      return true;
    };
    for (const { postgres } of arena.nodes) postgres.loseAnswers(lose);
    return async () => {
      for (const { postgres } of arena.nodes) postgres.loseAnswers(null);
      arena.note(`${lost} of ${commits} commits were never answered`);
      if (lost === 0) arena.blame('no commit was cut: this run proves nothing');
    };
  },
};

/** What a node writes when it publishes, from outside any node: only the tail of the table can bring it to clients. */
const PUBLISH = `with head as (
    insert into streams (name, version) values ($1, 1)
    on conflict (name) do update set version = streams.version + 1 returning version
  )
  insert into events (stream, version, namespace, rooms, type, payload)
  select $1, head.version, '/', array[$1], 'inspection:updated', $2::jsonb from head`;

export const laterFirst: Fault = {
  name: 'later-first',
  title: 'the transaction with the later number commits first, over and over',
  seconds: 15,
  break: async (arena) => {
    const [slow, quick] = [await connect(arena), await connect(arena)];
    let rounds = 0;
    const publish = (client: pg.Client, shipmentId: string) =>
      client.query(PUBLISH, [
        `shipment:${shipmentId}`,
        JSON.stringify({ shipmentId, inspection: { status: 'pending', notes: `outside-${rounds}-${shipmentId}` } }),
      ]);
    const [first, second] = arena.shipmentIds;
    const stop = repeatedly(100, async () => {
      rounds += 1;
      await slow.query('begin');
      await publish(slow, first!);
      await publish(quick, second!);
      // Long enough for the tail to pass by.
      await wait(1_200);
      await slow.query('commit');
    });
    return async () => {
      await stop();
      await Promise.all([slow.end(), quick.end()]);
      arena.note(`${rounds} times`);
    };
  },
};

export const longTransaction: Fault = {
  name: 'long-transaction',
  title: 'a transaction of somebody else that writes and does not end, while Redis is cut off',
  seconds: 30,
  limits: { localP99: 250, remoteMax: 2_000 },
  break: async (arena) => {
    for (const { redis } of arena.nodes) redis?.shut();
    const client = await connect(arena);
    await client.query('begin');
    // From now on no transaction that began later is final for who reads by number.
    await client.query('select pg_current_xact_id()');
    return async () => {
      await client.query('rollback');
      await client.end();
      for (const { redis } of arena.nodes) redis?.open();
    };
  },
};
