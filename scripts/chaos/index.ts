import { inspect, parseArgs } from 'node:util';
import type { ChaosDatabase } from './databases.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults/index.ts';
import { describe, type Outcome, toOutcome, toTable } from './report.ts';
import { runFault } from './run.ts';
import { type Surroundings, scenarios } from './scenarios.ts';

/**
 * `npm run chaos -- <name> … | all [--seed N]`: breaks servers of its own on purpose and proves that nothing was lost.
 * Without a name it lists what can be broken. Ends with 1 when a promise was broken; the seed replays the run.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    // How long each fault lasts, instead of its own time.
    seconds: { type: 'string' },
    minutes: { type: 'string', default: '10' },
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

const log = (line: string) => process.stdout.write(`${line}\n`);

const count = (name: keyof typeof values): number => {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number above 0`);
  return number;
};

const seed = count('seed');
const surroundings: Surroundings = {
  address: process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/test',
  broker: process.env.TEST_RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672',
  databases: values.database === 'both' ? ['postgresql', 'pglite'] : [values.database as ChaosDatabase['name']],
  sizes: {
    kills: count('kills'),
    watchers: count('watchers'),
    messages: count('messages'),
    breaks: count('breaks'),
    operations: count('operations'),
    buyers: count('buyers'),
    rounds: count('rounds'),
  },
  log,
};

const secondsOf = ({ name, seconds }: Fault): number => {
  if (name === 'random') return count('minutes') * 60;
  return values.seconds === undefined ? seconds : Math.min(seconds, count('seconds'));
};

const runOne = async (fault: Fault): Promise<Outcome> => {
  try {
    const { address } = surroundings;
    return toOutcome(await runFault(fault, { address, seed, seconds: secondsOf(fault), judgeTimes: true }));
  } catch (error) {
    // A run that cannot go on has broken something, too; the others still have to be tried.
    return { name: fault.name, broke: fault.title, healed: '', kept: 'given up', faults: [inspect(error)] };
  }
};

type Entry = { name: string; title: string; missing?: () => string | undefined; run: () => Promise<Outcome> };
const entries: Entry[] = [
  ...faults.map((fault) => ({ ...fault, run: () => runOne(fault) })),
  ...scenarios.map((scenario) => ({ ...scenario, run: () => scenario.run(seed, surroundings) })),
];

const all = positionals.includes('all');
const unknown = positionals.filter((name) => name !== 'all' && !entries.some((entry) => entry.name === name));
if (positionals.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) log(`There is no fault called ${unknown.join(', ')}. There are:`);
  for (const { name, title } of entries) log(`  ${name.padEnd(20)} ${title}`);
  log(`  ${'all'.padEnd(20)} one after the other`);
  process.exit(2);
}

// So that the servers of a run that is given up go with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const outcomes: Outcome[] = [];
for (const { name, title, missing, run } of entries.filter(({ name }) => all || positionals.includes(name))) {
  const lack = missing?.();
  log(`\n${name}: ${title}, seed ${seed}`);
  if (lack) {
    log(`  SKIPPED: ${lack}`);
    continue;
  }
  const outcome = await run();
  outcomes.push(outcome);
  for (const line of describe(outcome, `npm run chaos -- ${name} --seed ${seed}`)) log(line);
}
if (outcomes.length > 1) for (const line of ['', ...toTable(outcomes)]) log(line);
process.exit(outcomes.every(({ faults }) => faults.length === 0) ? 0 : 1);
