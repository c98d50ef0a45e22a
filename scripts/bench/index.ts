import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Column, type ColumnName, openColumn, TITLES, WAYBEAT } from './columns.ts';
import { watchCores } from './cores.ts';
import { describeDatabase, dropOldDatabases, timeCommits } from './databases.ts';
import { plan, type Step } from './plan.ts';
import { type Measurement, type Report, rowsOf, writeCurves, writeReport } from './report.ts';
import { EFFORTS, SCENARIOS } from './rows/all.ts';
import type { Scenario } from './rows/scenario.ts';
import { pinLoad } from './serverProcess.ts';
import { coresTable, disturbances, section, table } from './table.ts';
import type { Target } from './target.ts';
import { within } from './within.ts';

/**
 * Waybeat beside a plain hand-written Express + pg + Socket.IO server, and beside `ws` alone; each in a fresh process for every measurement,
 * in turns, so that whatever else the machine does meets both. It exits 0 whatever it finds: what could not be
 * measured is said in the report, and the rest stands.
 */

/** A server that failed so often in one row is not asked for that row again. */
const FAILURES_AT_MOST = 2;

const usage = `npm run bench -- [${SCENARIOS.map(({ name }) => name).join('|')} …]
  --rounds N       rounds of each measurement, default 5; some rows have fewer, and say so
  --quick          numbers too small to mean anything, to see that it runs
  --only COLUMN    one server only: ${Object.keys(TITLES).join(', ')}
  --profile DIR    servers write a CPU profile into DIR (slows them down)
  --waybeat FILE   the built server, default ${WAYBEAT}
  --output FILE    default bench.json
  --curves DIR     where the curves of growth are drawn, default dist/bench/curves
  --readme         measures nothing: prints the README's tables from the output file, and draws its curves
  --database URL   PostgreSQL on which databases may be created; default $BENCH_DATABASE_URL, else the local one
The intake row needs RabbitMQ: $BENCH_RABBITMQ_URL, else the local one; the nodes row uses Redis: $BENCH_REDIS_URL, else the local one.
The dashboard and map rows need Chromium: $BENCH_CHROMIUM, else /usr/bin/chromium.
The steady-long row takes $BENCH_STEADY_SECONDS, default 600.`;

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
    readme: { type: 'boolean', default: false },
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
if (values.readme) {
  const report = JSON.parse(readFileSync(values.output, 'utf8')) as Report;
  console.log(section(report));
  for (const file of writeCurves(values.curves, report.rows)) console.error(`Drawn: ${file}`);
  process.exit(0);
}

const logDir = mkdtempSync(path.join(tmpdir(), 'waybeat-bench-'));
const columns = new Map<ColumnName, Column>();
const measured = new Map<string, Partial<Record<ColumnName, Record<string, number>[]>>>();
const measurements: Measurement[] = [];
const failures: string[] = [];
const failed = new Map<string, number>();
let conditions: Report['conditions'] | undefined;
let current: { target: Target; scenario: Scenario } | null = null;
let isInterrupted = false;

const rows = () => chosen.flatMap((scenario) => rowsOf(scenario, measured.get(scenario.name) ?? {}));
// After each measurement: a run of more than an hour that is interrupted has its figures so far.
const record = () => conditions && writeReport(values.output, { conditions, rows: rows(), measurements, failures });

async function cleanUp(): Promise<void> {
  const { target, scenario } = current ?? {};
  await target?.stop();
  if (target)
    await scenario?.release?.().catch((error) => console.error(`Something was left behind: ${error.message}`));
  for (const column of columns.values()) {
    await column.drop().catch((error) => console.error(`A database was left behind: ${error.message}`));
  }
  columns.clear();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A terminal's Ctrl-C comes twice: from the terminal, and through the process that started this one.
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    process.stderr.write(`\n${signal}: databases are dropped …\n`);
    failures.push(`what came after it was interrupted (${signal})`);
    record();
    void cleanUp().finally(() => process.exit(130));
  });
}

/** One round of one scenario on one server, on a process of its own. */
async function measure(scenario: Scenario, column: Column, { round, limitMs }: Step): Promise<void> {
  const startedAt = Date.now();
  const target = await column.start(`${scenario.name}-${round}`, scenario.env);
  current = { target, scenario };
  const watched = watchCores();
  try {
    const figures = await within(
      limitMs,
      Promise.race([scenario.measure(target, values.quick), target.died]),
      () => 'the measurement did not end',
    );
    const all = measured.get(scenario.name) ?? {};
    measured.set(scenario.name, { ...all, [column.name]: [...(all[column.name] ?? []), figures] });
  } finally {
    const shares = watched();
    if (!isInterrupted) {
      await target.stop();
      current = null;
      await scenario.release?.();
    }
    const seconds = (Date.now() - startedAt) / 1000;
    measurements.push({ scenario: scenario.name, column: column.name, round, seconds, ...shares });
  }
}

async function step(one: Step): Promise<void> {
  const scenario = chosen.find(({ name }) => name === one.row)!;
  for (const name of scenario.columns.filter((name) => !values.only || name === values.only)) {
    const place = `${scenario.name}, ${TITLES[name]}`;
    if ((failed.get(place) ?? 0) >= FAILURES_AT_MOST) continue;
    process.stderr.write(`${scenario.name}, round ${one.round} of ${one.rounds}: ${TITLES[name]} … `);
    try {
      await measure(scenario, columns.get(name)!, one);
      process.stderr.write(`${measurements.at(-1)!.seconds.toFixed(1)} s\n`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!isInterrupted) failures.push(`${place}, round ${one.round}: ${reason}`);
      failed.set(place, (failed.get(place) ?? 0) + 1);
      process.stderr.write(`failed: ${reason.split('\n')[0]}\n`);
    }
    // The process is about to end, once everything is tidy.
    if (isInterrupted) await new Promise(() => {});
    record();
  }
}

const versionOf = (name: string) =>
  JSON.parse(readFileSync(path.join('node_modules', name, 'package.json'), 'utf8')).version as string;

function versions(): Record<string, string> {
  const found = Object.fromEntries(['express', 'pg', 'socket.io', 'ws'].map((name) => [name, versionOf(name)]));
  try {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return { ...found, commit };
  } catch {
    return found; // no repository, so no commit
  }
}

try {
  const { steps, seconds } = plan(
    chosen.map(({ name }) => name),
    rounds,
    EFFORTS,
  );
  const startedAt = Date.now();
  conditions = {
    date: new Date(startedAt).toISOString(),
    rounds,
    quick: values.quick,
    node: process.version,
    versions: versions(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    placement: pinLoad(),
    database: await describeDatabase(values.database),
    commits: await timeCommits(values.database, values.quick ? 100 : 2_000),
    loadBefore: loadavg()[0]!,
  };
  const { cpu, node, placement, database, loadBefore } = conditions;
  if (!values.quick && !values.only)
    console.error(
      `${steps.length} steps, about ${Math.ceil(seconds / 60)} minutes on two cores with nothing else to do: until ${new Date(startedAt + seconds * 1000).toTimeString().slice(0, 5)}`,
    );
  if (loadBefore > 1)
    console.error(`The machine is busy (load ${loadBefore.toFixed(1)}): only the ratios say something.`);
  for (const name of await dropOldDatabases(values.database))
    console.error(`Dropped what an interrupted run left behind: ${name}`);
  // Compiled like Waybeat, so that neither runs through a loader that the other is spared.
  execFileSync('node_modules/.bin/tsc', ['-p', 'scripts/bench/plain/tsconfig.json'], { stdio: 'inherit' });
  for (const name of new Set(chosen.flatMap((scenario) => scenario.columns))) {
    if (values.only && name !== values.only) continue;
    const { database, waybeat, profile } = values;
    columns.set(name, await openColumn(name, { adminUrl: database, waybeat, logDir, profileDir: profile }));
  }
  for (const one of steps) await step(one);
  record();
  console.log(`\n${cpu}; Node ${node}; ${database}; ${placement}; median [min–max] of ${rounds} rounds`);
  console.log(disturbances(conditions, measurements));
  if (values.quick) console.log('A quick run: it shows that everything works, and its figures mean nothing.');
  if (loadBefore > 1)
    console.log(`The machine was busy (load ${loadBefore.toFixed(1)}): only the ratios say something.`);
  console.log(`\n${table(rows(), rounds)}\n`);
  console.log(`${coresTable(measurements)}\n`);
  for (const file of writeCurves(values.curves, rows())) console.log(`Drawn: ${file}`);
  console.log(`It took ${((Date.now() - startedAt) / 60_000).toFixed(1)} minutes.`);
} catch (error) {
  // Nothing could be measured at all: no build, no database.
  process.exitCode = 1;
  failures.push(error instanceof Error ? error.message : String(error));
} finally {
  if (!isInterrupted) await cleanUp();
}
for (const failure of failures) console.error(`Could not measure ${failure}`);
if (failures.length > 0) console.error(`The servers' output is in ${logDir}`);
else rmSync(logDir, { recursive: true });
process.exit();
