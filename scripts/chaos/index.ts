import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import type { ChaosDatabase } from './databases.ts';
import { intake } from './intake.ts';
import { runOperations } from './seats/operations.ts';
import { race } from './seats/race.ts';

/**
 * `npm run chaos -- crash [--seed N] [--kills N] [--database postgresql|pglite|both]` or `-- seats [--seed N]
 * [--operations N] [--buyers N] [--rounds N]`: breaks servers of its own on purpose and proves that nothing was lost.
 * Ends with 1 when a promise was broken; the seed replays the run.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kills: { type: 'string', default: '200' },
    watchers: { type: 'string', default: '20' },
    database: { type: 'string', default: 'both' },
    messages: { type: 'string', default: '20000' },
    breaks: { type: 'string', default: '10' },
    operations: { type: 'string', default: '10000' },
    buyers: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '100' },
  },
});

const address = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/test';
const log = (line: string) => process.stdout.write(`${line}\n`);

const count = (name: 'seed' | 'kills' | 'watchers' | 'operations' | 'buyers' | 'rounds' | 'messages' | 'breaks') => {
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

const runSeats = async (): Promise<boolean> => {
  const [buyers, rounds] = [count('buyers'), count('rounds')];
  log(`\n${buyers} buyers for one seat, ${rounds} times, on two nodes of which one is killed`);
  const raced = await race({ address, buyers, rounds, watchers: count('watchers'), killEvery: 10, log });
  log(`  ${raced.won} won, ${raced.refused} refused, ${raced.lost} cut off by ${raced.kills} kills`);
  log(`\n${count('operations')} operations against the plain rules, seed ${count('seed')}`);
  process.env.WAYBEAT_TEST_POSTGRES = address;
  const ran = await runOperations(count('seed'), count('operations'));
  log(
    `  ${ran.operations} done, ${ran.refused} refused as they should be, ${ran.tickets} tickets, ${ran.events} events`,
  );
  const broken = [...raced.faults, ...ran.faults];
  for (const fault of broken.slice(0, 20)) log(`  BROKEN: ${fault}`);
  log(
    broken.length === 0
      ? '  no seat sold twice, no money without a ticket or a refund, every map as stored'
      : `  ${broken.length} promises broken; --seed ${values.seed} replays the operations`,
  );
  return broken.length === 0;
};

const broker = process.env.TEST_RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672';

const runIntake = async (): Promise<boolean> => {
  log(`\n${count('messages')} messages, each three times and shuffled, seed ${count('seed')}`);
  const breaks = count('breaks');
  const report = await intake({
    messages: count('messages'),
    kills: breaks,
    cuts: breaks,
    seed: count('seed'),
    address,
    broker,
    log,
  });
  log(`  ${report.sent} deliveries, ${report.poison} of the messages poison, ${Math.round(report.seconds)} s`);
  for (const fault of report.faults.slice(0, 20)) log(`  BROKEN: ${fault}`);
  log(
    report.faults.length === 0
      ? '  the database equals one pass in order; the poison, and nothing else, is among the dead letters'
      : `  ${report.faults.length} promises broken; --seed ${values.seed} replays this run`,
  );
  return report.faults.length === 0;
};

const faults: Record<string, () => Promise<boolean>> = { crash: runCrash, seats: runSeats, intake: runIntake };
const chosen = positionals[0] ?? 'all';
const names = chosen === 'all' ? Object.keys(faults) : [chosen];
if (names.some((name) => !(name in faults))) {
  log(`There is no fault called ${chosen}; there are: ${Object.keys(faults).join(', ')}, all`);
  process.exit(2);
}
let held = true;
for (const name of names) held = (await faults[name]!()) && held;
process.exit(held ? 0 : 1);
