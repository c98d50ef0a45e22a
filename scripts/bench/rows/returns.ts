import pg from 'pg';
import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const STREAMS = 50;

/**
 * Everybody comes back in the same moment, to a server that has just been started and holds nothing in memory, each
 * with the version it had; current is who has got what it missed. Plain forgets, so there is nothing to bring.
 */
export const returns: Scenario<'seconds' | 'statements' | 'cpu'> = {
  name: 'returns',
  columns: ['plain', 'plainKeyObject', 'waybeat'],
  figures: {
    seconds: {
      title: '5,000 clients return at once after a restart: all current',
      unit: 's',
      better: 'lower',
      digits: 2,
      limit: 6,
    },
    statements: {
      title: `the database asked, for each of ${STREAMS} streams`,
      unit: 'times',
      better: 'lower',
      digits: 1,
      limit: 20,
    },
    cpu: { title: 'server CPU per returning client', unit: 'µs', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const clients = quick ? 200 : 5_000;
    const ids = await target.shipments(STREAMS);
    for (const id of ids) await target.api.inspect(id, 'pending', 'while they were away');
    await target.idle();
    const before = await transactionsOf(target);
    const cpuBefore = target.cpuMs();
    const { crowd, elapsedMs } = await openCrowd({
      port: target.port,
      tokens: tokensOf(clients),
      shipmentsOf: (client) => [ids[client % ids.length]!],
      since: 0,
      window: clients,
    });
    const cpu = ((target.cpuMs() - cpuBefore) * 1000) / clients;
    crowd.close();
    return { seconds: elapsedMs / 1000, statements: ((await transactionsOf(target)) - before) / STREAMS, cpu };
  },
};

/** Transactions that ended in the server's database; a statement outside of one counts as one. */
async function transactionsOf({ databaseUrl }: Target): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Backends report once a second.
    await client.query('select pg_sleep(1.2)');
    const { rows } = await client.query(
      'select xact_commit::int as count from pg_stat_database where datname = current_database()',
    );
    return rows[0].count;
  } finally {
    await client.end();
  }
}
