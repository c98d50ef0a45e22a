import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { databaseName, TEST_PREFIX } from './leftBehind.ts';

/**
 * A database of its own for each test file. `WAYBEAT_TEST_POSTGRES` is set by `npm test` (empty: there is none, and
 * the embedded database serves); unset, a file run by hand tries the usual address.
 */
const address = process.env.WAYBEAT_TEST_POSTGRES ?? 'postgresql://postgres@127.0.0.1:5432/test';

/** Files that run a suite a second time, embedded, set this before they import it. */
export const wantsEmbedded = process.env.WAYBEAT_TEST_DATABASE === 'embedded';

export type TestDatabase = { env: { DATABASE_URL: string; DATA_DIR: string }; drop: () => Promise<void> };

const administer = async (sql: string) => {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

/** Where `npm test` wants what all the embedded databases of a run start from; unset, each is made from nothing. */
const { WAYBEAT_TEST_EMBEDDED: prototype } = process.env;

/** Makes of an empty folder what the first start of an embedded database makes of it, which takes that start seconds. */
export const prepareEmbedded = async (folder: string): Promise<void> => {
  if (!prototype) return;
  if (!existsSync(prototype)) {
    const { openEmbedded } = await import('../platform/embedded.ts');
    const made = mkdtempSync(`${prototype}-`);
    await (await openEmbedded(made)).close();
    try {
      renameSync(made, prototype);
    } catch {
      rmSync(made, { recursive: true }); // another test file was faster
    }
  }
  cpSync(prototype, folder, { recursive: true });
};

/** An empty embedded database in a folder that goes with the test. */
export const createEmbeddedDatabase = async (): Promise<TestDatabase> => {
  const folder = mkdtempSync(join(tmpdir(), 'waybeat-test-'));
  await prepareEmbedded(folder);
  return {
    env: { DATABASE_URL: '', DATA_DIR: folder },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** An empty database: on PostgreSQL where there is one, else embedded. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  if (wantsEmbedded || address === '') return createEmbeddedDatabase();
  const name = databaseName(TEST_PREFIX);
  await administer(`create database ${name}`);
  const url = new URL(address);
  url.pathname = name;
  return {
    env: { DATABASE_URL: url.href, DATA_DIR: '' },
    drop: () => administer(`drop database if exists ${name} with (force)`),
  };
};
