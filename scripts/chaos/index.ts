import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import type { ChaosDatabase } from './databases.ts';

/**
 * `npm run chaos -- crash [--seed N] [--kills N] [--database postgresql|pglite|both]`: breaks a server of its own on
 * purpose and proves that nothing was lost. Ends with 1 when a promise was broken; the seed replays the run.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kills: { type: 'string', default: '200' },
    watchers: { type: 'string', default: '20' },
    database: { type: 'string', default: 'both' },
  },
});

const address = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/test';
const log = (line: string) => process.stdout.write(`${line}\n`);

const count = (name: 'seed' | 'kills' | 'watchers') => {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number above 0`);
  return number;
};

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const runCrash = async (): Promise<boolean> => {
  const databases: ChaosDatabase['name'][] =
    values.database === 'both' ? ['postgresql', 'pglite'] : [values.database as ChaosDatabase['name']];
  let held = true;
  for (const database of databases) {
    log(`\nkill -9 at random moments, on ${database}, seed ${count('seed')}`);
    const report = await crash({
      database,
      address,
      kills: count('kills'),
      watchers: count('watchers'),
      shipments: 5,
      writers: 4,
      seed: count('seed'),
      log,
    });
    log(`  killed ${report.kills} times; back after ${median(report.healedMs)} ms (median)`);
    log(`  ${report.acknowledged} writes acknowledged, ${report.events} events stored`);
    for (const fault of report.faults.slice(0, 20)) log(`  BROKEN: ${fault}`);
    log(
      report.faults.length === 0
        ? '  acknowledged ⊆ stored; versions without gap; every client saw exactly what is stored, once, in order'
        : `  ${report.faults.length} promises broken; --seed ${values.seed} replays this run`,
    );
    held &&= report.faults.length === 0;
  }
  return held;
};

const faults: Record<string, () => Promise<boolean>> = { crash: runCrash };
const chosen = positionals[0] ?? 'all';
const names = chosen === 'all' ? Object.keys(faults) : [chosen];
if (names.some((name) => !(name in faults))) {
  log(`There is no fault called ${chosen}; there are: ${Object.keys(faults).join(', ')}, all`);
  process.exit(2);
}
let held = true;
for (const name of names) held = (await faults[name]!()) && held;
process.exit(held ? 0 : 1);
