import pg from 'pg';
import { openCrowd } from '../crowd.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { growth, type Scenario } from './scenario.ts';

const STREAMS = 50;
const CLIENTS = 5_000;
const OTHER_SIZES = [1_000, 10_000];
const curve = 'all clients return at once after a restart: all current';
const cost = { unit: 's', better: 'lower', digits: 2 } as const;

/**
 * Everybody comes back in the same moment, to a server that has just been started and holds nothing in memory, each
 * with the version it had; current is who has got what it missed. Plain and `ws` forget, so there is nothing to bring.
 */
export const returns: Scenario = {
  name: 'returns',
  columns: ['raw', 'plain', 'waybeat'],
  figures: {
    seconds: {
      title: '5,000 clients return at once after a restart: all current',
      ...cost,
      limit: 6,
      point: { curve, of: 'connections', at: CLIENTS },
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
    const scale = quick ? 0.04 : 1;
    const ids = await target.newShipments(STREAMS);
    for (const id of ids) await target.api.inspect(id, 'pending', 'while they were away');
    const found: Record<string, number> = {};
    await target.idle();
    const before = await transactionsOf(target);
    const cpuBefore = target.cpuMs();
    found.seconds = await comeBack(target.port, ids, CLIENTS * scale);
    found.cpu = ((target.cpuMs() - cpuBefore) * 1000) / (CLIENTS * scale);
    found.statements = ((await transactionsOf(target)) - before) / STREAMS;
    return found;
  },
};

/** The same with fewer and with more, each to a start of its own. */
export const returnsGrowth: Scenario = {
  name: 'returns-growth',
  columns: ['raw', 'plain', 'waybeat'],
  figures: growth('seconds', OTHER_SIZES, { of: 'connections', title: curve, ...cost }),
  async measure(target, quick) {
    const ids = await target.newShipments(STREAMS);
    for (const id of ids) await target.api.inspect(id, 'pending', 'while they were away');
    const found: Record<string, number> = {};
    for (const size of OTHER_SIZES) {
      const started = await target.beside();
      try {
        await started.idle();
        found[`seconds${size}`] = await comeBack(started.port, ids, quick ? size / 25 : size);
      } finally {
        await started.stop();
      }
    }
    return found;
  },
};

/** Seconds until so many are back. */
async function comeBack(port: number, ids: string[], clients: number): Promise<number> {
  const { crowd, elapsedMs } = await openCrowd({
    port,
    tokens: tokensOf(clients),
    shipmentsOf: (client) => [ids[client % ids.length]!],
    since: 0,
    window: clients,
  });
  crowd.close();
  return elapsedMs / 1000;
}

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
