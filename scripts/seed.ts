import { closeDatabase, query, transaction } from '../server/platform/database.ts';
import { migrate } from '../server/platform/migrate.ts';
import { hashPassword } from '../server/platform/passwords.ts';
import { addUser } from '../server/platform/users.ts';
import { COMPANIES, PASSWORD, PEOPLE } from './demo/companies.ts';

/**
 * Puts the demo's companies and sign-ins into an empty database, or finds them there. Started by the demo before its
 * server, since people are not made over REST. Everything else in the demo comes in through the running server.
 */

/** The demo's passwords are known to everybody: it must never find its way into a database that somebody uses. */
const refuseForeignData = async () => {
  const tables = await query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  if (tables.length === 0) return;
  const ours = tables.some(({ name }) => name === 'migrations') && tables.some(({ name }) => name === 'companies');
  const [demo] = ours ? await query('select 1 from companies where id = $1', [COMPANIES[0]!.id]) : [];
  const [someone] = ours ? await query('select 1 from users limit 1') : [];
  if (!ours || (someone && !demo))
    throw new Error('This database holds data that the demo did not write. Give the demo an empty one.');
};

const seed = async () => {
  await refuseForeignData();
  await migrate();
  const known = new Set((await query<{ id: string }>('select id from users')).map(({ id }) => id));
  const missing = PEOPLE.filter(({ id }) => !known.has(id));
  const hashes = await Promise.all(missing.map(() => hashPassword(PASSWORD)));
  await transaction(async () => {
    for (const { id, name } of COMPANIES)
      await query('insert into companies (id, name) values ($1, $2) on conflict (id) do nothing', [id, name]);
    for (const [index, { id, username, role, companyId, shopIds = [] }] of missing.entries())
      await addUser({ id, username, role, companyId, shopIds, passwordHash: hashes[index]! });
  });
};

try {
  await seed();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await closeDatabase();
}
