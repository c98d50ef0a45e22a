import pg from 'pg';
import { databaseName, dropLeftBehind } from '../../server/testing/leftBehind.ts';
import { percentile } from './statistics.ts';

/** Databases of the run's own, beside each other on one PostgreSQL, dropped when it ends. */

type Label = 'raw' | 'plain' | 'plainKeyObject' | 'waybeat' | 'empty';
const prefixOf = (label: Label) => `bench_${label.toLowerCase()}_`;
const PREFIXES = (['raw', 'plain', 'plainKeyObject', 'waybeat', 'empty'] as const).map(prefixOf);

export interface ScratchDatabase {
  url: string;
  /** What autovacuum does meanwhile where it is on: without it, later rounds would measure what earlier ones left behind. */
  vacuum(): Promise<void>;
  drop(): Promise<void>;
}

/** Creates an empty database on the server that `adminUrl` names. */
export async function createScratchDatabase(adminUrl: string, label: Label): Promise<ScratchDatabase> {
  const name = databaseName(prefixOf(label));
  await statement(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    vacuum: () => statement(url.href, 'vacuum (analyze)'),
    drop: () => statement(adminUrl, `drop database if exists ${name} with (force)`),
  };
}

/** Drops what runs that were interrupted left behind; answers the names. */
export const dropOldDatabases = (adminUrl: string): Promise<string[]> => dropLeftBehind(adminUrl, PREFIXES);

async function statement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Version and the settings that decide what a commit costs, for the record beside the figures. */
export async function describeDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select current_setting('server_version') as version, current_setting('fsync') as fsync,
              current_setting('synchronous_commit') as commit`,
    );
    const { version, fsync, commit } = rows[0];
    return `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${commit}`;
  } finally {
    await client.end();
  }
}

/** Milliseconds that a commit takes with nothing else under way. */
export interface CommitTimes {
  p50: number;
  p99: number;
}

/** Commits one row after the other: nothing that is written and seen can be faster, and little is steadier than this. */
export async function timeCommits(adminUrl: string, commits: number): Promise<CommitTimes> {
  const database = await createScratchDatabase(adminUrl, 'empty');
  const client = new pg.Client({ connectionString: database.url });
  try {
    await client.connect();
    await client.query('create table lines (n int)');
    const times: number[] = [];
    for (let n = 0; n < commits; n++) {
      const startedAt = performance.now();
      await client.query('insert into lines values (1)');
      times.push(performance.now() - startedAt);
    }
    return { p50: percentile(times, 50), p99: percentile(times, 99) };
  } finally {
    await client.end();
    await database.drop();
  }
}
