import { readdirSync, readFileSync } from 'node:fs';
import { query, transaction } from './database.ts';
import { log } from './log.ts';

const FOLDER = new URL('../migrations/', import.meta.url);
/** Any constant; every node asks for the same advisory lock. */
const LOCK = 7_240_501;

/**
 * Applies the numbered .sql files that this database has not seen, in order, in one transaction under a lock:
 * of two nodes that start at once one migrates and the other waits. Each file must leave the database usable by the
 * version before, since platforms run both for a while. Answers the names applied.
 */
export const migrate = (): Promise<string[]> =>
  transaction(async () => {
    await query('select pg_advisory_xact_lock($1)', [LOCK]);
    await query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const applied = new Set((await query<{ name: string }>('select name from migrations')).map(({ name }) => name));
    const pending = readdirSync(FOLDER)
      .filter((name) => name.endsWith('.sql') && !applied.has(name))
      .sort();
    for (const name of pending) {
      await query(readFileSync(new URL(name, FOLDER), 'utf8'));
      await query('insert into migrations (name) values ($1)', [name]);
      log.info({ migration: name }, 'applied a migration');
    }
    return pending;
  });
