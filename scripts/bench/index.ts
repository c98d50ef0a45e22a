import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Column, type ColumnName, openColumn, TITLES, WAYBEAT } from './columns.ts';
import { describeDatabase } from './databases.ts';
import { type Conditions, type Row, rowsOf, table, writeCurves, writeReport } from './report.ts';
import { accepts } from './rows/accepts.ts';
import { areas } from './rows/areas.ts';
import { dashboard } from './rows/dashboard.ts';
import { delivery } from './rows/delivery.ts';
import { intake } from './rows/intake.ts';
import { locations } from './rows/locations.ts';
import { map } from './rows/map.ts';
import { memory } from './rows/memory.ts';
import { nodes } from './rows/nodes.ts';
import { returns } from './rows/returns.ts';
import type { Scenario } from './rows/scenario.ts';
import { seats } from './rows/seats.ts';
import { start, startEmbedded } from './rows/start.ts';
import { steady } from './rows/steady.ts';
import { streams } from './rows/streams.ts';
import { viewers } from './rows/viewers.ts';
import { writes } from './rows/writes.ts';
import { pinLoad } from './serverProcess.ts';
import type { Target } from './target.ts';
import { within } from './within.ts';

/**
 * Waybeat beside a plain hand-written Express + pg + Socket.IO server, and beside `ws` alone; each in a fresh process for every measurement,
 * in turns, so that whatever else the machine does meets both. It exits 0 whatever it finds: what could not be
 * measured is said in the report, and the rest stands.
 */

const SCENARIOS: readonly Scenario[] = [
  delivery,
  viewers,
  writes,
  accepts,
  returns,
  memory,
  steady,
  streams,
  areas,
  seats,
  locations,
  intake,
  nodes,
  start,
  startEmbedded,
  dashboard,
  map,
];
const MEASUREMENT_LIMIT_MS = 180_000;

const usage = `npm run bench -- [${SCENARIOS.map(({ name }) => name).join('|')} …]
  --rounds N       rounds of each measurement, default 5
  --quick          numbers too small to mean anything, to see that it runs
  --only COLUMN    one server only: ${Object.keys(TITLES).join(', ')}
  --profile DIR    servers write a CPU profile into DIR (slows them down)
  --waybeat FILE   the built server, default ${WAYBEAT}
  --output FILE    default bench.json
  --curves DIR     where the curves of growth are drawn, default dist/bench/curves
  --database URL   PostgreSQL on which databases may be created; default $BENCH_DATABASE_URL, else the local one
The intake row needs RabbitMQ: $BENCH_RABBITMQ_URL, else the local one; the nodes row uses Redis: $BENCH_REDIS_URL, else the local one.
The dashboard and map rows need Chromium: $BENCH_CHROMIUM, else /usr/bin/chromium.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    waybeat: { type: 'string', default: WAYBEAT },
    output: { type: 'string', default: 'bench.json' },
    curves: { type: 'string', default: 'dist/bench/curves' },
    database: {
      type: 'string',
      default: process.env.BENCH_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
    },
    help: { type: 'boolean', default: false },
  },
});

const rounds = Number(values.rounds);
const chosen = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (values.help || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const logDir = mkdtempSync(path.join(tmpdir(), 'waybeat-bench-'));
const columns = new Map<ColumnName, Column>();
let current: Target | null = null;

async function cleanUp(): Promise<void> {
  await current?.stop();
  for (const column of columns.values()) {
    await column.drop().catch((error) => console.error(`A database was left behind: ${error.message}`));
  }
  columns.clear();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}

/** One round of one scenario on one server, on a process of its own. */
async function measure(scenario: Scenario, column: Column, round: number): Promise<Record<string, number>> {
  const target = await column.start(`${scenario.name}-${round + 1}`, scenario.env);
  current = target;
  try {
    return await within(
      MEASUREMENT_LIMIT_MS,
      Promise.race([scenario.measure(target, values.quick), target.died]),
      () => 'the measurement did not end',
    );
  } finally {
    await target.stop();
    current = null;
    await scenario.release?.();
  }
}

async function run(scenario: Scenario): Promise<Row[]> {
  const names = scenario.columns.filter((name) => !values.only || name === values.only);
  const measured: Partial<Record<ColumnName, Record<string, number>[]>> = {};
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      process.stderr.write(`${scenario.name}, round ${round + 1} of ${rounds}: ${TITLES[name]} … `);
      const startedAt = Date.now();
      const figures = await measure(scenario, columns.get(name)!, round);
      measured[name] = [...(measured[name] ?? []), figures];
      process.stderr.write(`${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
    }
  }
  return rowsOf(scenario, measured);
}

const rows: Row[] = [];
const failures: string[] = [];
try {
  const conditions: Conditions = {
    date: new Date().toISOString(),
    rounds,
    quick: values.quick,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    placement: pinLoad(),
    database: await describeDatabase(values.database),
    loadBefore: loadavg()[0]!,
  };
  // Compiled like Waybeat, so that neither runs through a loader that the other is spared.
  execFileSync('node_modules/.bin/tsc', ['-p', 'scripts/bench/plain/tsconfig.json'], { stdio: 'inherit' });
  for (const name of new Set(chosen.flatMap((scenario) => scenario.columns))) {
    if (values.only && name !== values.only) continue;
    const { database, waybeat, profile } = values;
    columns.set(name, await openColumn(name, { adminUrl: database, waybeat, logDir, profileDir: profile }));
  }
  for (const scenario of chosen) {
    try {
      rows.push(...(await run(scenario)));
    } catch (error) {
      failures.push(`${scenario.name}: ${error instanceof Error ? error.message : error}`);
      process.stderr.write('failed\n');
    }
    // After each: a run of an hour that is interrupted has its figures so far.
    writeReport(values.output, conditions, rows, failures);
  }
  const { cpu, node, placement, database, loadBefore } = conditions;
  console.log(`\n${cpu}; Node ${node}; ${database}; ${placement}; median [min–max] of ${rounds} rounds`);
  if (values.quick) console.log('A quick run: it shows that everything works, and its figures mean nothing.');
  if (loadBefore > 1)
    console.log(`The machine was busy (load ${loadBefore.toFixed(1)}): only the ratios say something.`);
  console.log(`\n${table(rows)}\n`);
  for (const file of writeCurves(values.curves, rows)) console.log(`Drawn: ${file}`);
} catch (error) {
  // Nothing could be measured at all: no build, no database.
  process.exitCode = 1;
  failures.push(error instanceof Error ? error.message : String(error));
} finally {
  await cleanUp();
}
for (const failure of failures) console.error(`Could not measure ${failure}`);
if (failures.length > 0) console.error(`The servers' output is in ${logDir}`);
else rmSync(logDir, { recursive: true });
process.exit();
