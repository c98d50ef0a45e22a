import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openEmbedded } from '../../server/platform/embedded.ts';
import { prepareEmbedded } from '../../server/testing/database.ts';

export type ChaosDatabase = {
  name: 'postgresql' | 'pglite';
  environment: Record<string, string>;
  /** Reads what is stored, past the server; of the embedded one only while no server runs. */
  read: <Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
  drop: () => Promise<void>;
};

const onPostgres = async (address: string): Promise<ChaosDatabase> => {
  const name = `waybeat_chaos_${randomBytes(6).toString('hex')}`;
  const run = async <Row extends pg.QueryResultRow>(
    connectionString: string,
    sql: string,
    parameters: unknown[] = [],
  ) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query<Row>(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  };
  await run(address, `create database ${name}`);
  const url = new URL(address);
  url.pathname = name;
  return {
    name: 'postgresql',
    environment: { DATABASE_URL: url.href },
    read: (sql, parameters) => run(url.href, sql, parameters),
    drop: async () => {
      await run(address, `drop database if exists ${name} with (force)`);
    },
  };
};

/** An embedded database whose files are in `folder`, which goes with it. */
export const embeddedIn = (folder: string): ChaosDatabase => {
  return {
    name: 'pglite',
    environment: { DATABASE_URL: '', DATA_DIR: folder },
    read: async <Row extends pg.QueryResultRow>(sql: string, parameters: unknown[] = []) => {
      const { pool, close } = await openEmbedded(folder);
      try {
        return (await pool.query<Row>(sql, parameters)).rows;
      } finally {
        await close();
      }
    },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** An empty database of its own for one run: on `address`, or embedded. */
export const createDatabase = async (kind: ChaosDatabase['name'], address: string): Promise<ChaosDatabase> => {
  if (kind === 'postgresql') return onPostgres(address);
  const folder = mkdtempSync(join(tmpdir(), 'waybeat-chaos-'));
  await prepareEmbedded(folder);
  return embeddedIn(folder);
};
