import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { dropLeftBehind, TEST_PREFIX } from '../server/testing/leftBehind.ts';
import { VARIABLE } from '../server/testing/services.ts';
import { buildDashboard } from './demo/dashboard.ts';
import { collectTests } from './testing/collect.ts';
import { compiledPath, compileInto, namingSources } from './testing/compile.ts';
import { findServices } from './testing/probe.ts';
import { readTap } from './testing/tap.ts';

/**
 * `npm test [-- word … --flag …]`: runs the test files whose path holds one of the words (all without a word) with
 * Node's runner, to which flags such as --test-name-pattern go. They are compiled before, with everything they use: a
 * run sees the sources as they were when it began. Fails when nothing ran. With CI=true, a service that is missing is a
 * failure as well, so that a green run means that everything ran.
 */

/**
 * On Node 20 this bounds a file, not a test. Tests that wait for something bound themselves. The longest takes 60 s alone, and
 * took more than 240 on a machine whose other guests had most of its time.
 */
const FILE_LIMIT_MS = 420_000;

/** Two more than there are cores: half of the time a file waits for a server, a browser or a heartbeat. */
const SIDE_BY_SIDE = availableParallelism() + 2;

const strict = process.env.CI === 'true';
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));

const root = process.cwd();
const files = collectTests(root, words);
if (files.length === 0) {
  console.error(words.length > 0 ? `No test file matches ${words.join(', ')}` : 'No test file found');
  process.exit(1);
}

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'waybeat-tests-')));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const compiled = path.join(folder, 'compiled');
const services = await findServices(process.env);
const postgres = services.find(({ name }) => name === 'postgres');
if (postgres?.present) await dropLeftBehind(postgres.address, [TEST_PREFIX]);
await compileInto(compiled, root).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
// Once, before suites that show it run side by side and put it there under each other.
if (files.some((file) => file.includes('client/e2e')) && services.some((one) => one.name === 'chromium' && one.present))
  await buildDashboard(root, process.env);
// Not for the tests themselves: one that runs this file again would write over it.
const { WAYBEAT_TEST_TAP: tapFile = path.join(folder, 'results.tap'), ...environment } = process.env;

const runner = spawn(
  process.execPath,
  [
    ...['--test', `--test-concurrency=${SIDE_BY_SIDE}`, `--test-timeout=${FILE_LIMIT_MS}`],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=tap', `--test-reporter-destination=${tapFile}`],
    ...flags,
    ...files.map((file) => compiledPath(compiled, file)),
  ],
  {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: {
      ...environment,
      ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
      ...Object.fromEntries(services.map(({ name, address, present }) => [VARIABLE[name], present ? address : ''])),
      WAYBEAT_TEST_COMPILED: compiled,
      WAYBEAT_TEST_EMBEDDED: path.join(folder, 'embedded'),
      NODE_OPTIONS: `${environment.NODE_OPTIONS ?? ''} --enable-source-maps`.trim(),
    },
  },
);
const named = (text: string) => namingSources(text, compiled, root, files);
createInterface({ input: runner.stdout }).on('line', (line) => console.log(named(line)));
// Ctrl-C reaches the runner by itself; this process stays to say what came of it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => runner.kill('SIGTERM'));
const [code] = (await once(runner, 'close')) as [number | null];

const results = readTap(named(readFileSync(tapFile, 'utf8')), (name) => files.includes(name));

const faults: string[] = [];
if (code !== 0) faults.push(`the runner ended with ${code ?? 'a signal'}`);
if (results.executed === 0) faults.push('not one test was executed');
for (const file of results.empty) faults.push(`${file} holds no test`);

console.log(`\n${files.length} files.`);
for (const { name, address, present } of services)
  if (!present) {
    console.log(`Missing: ${name}, nothing answers at ${address}`);
    if (strict) faults.push(`${name} is missing, and CI is set`);
  }
if (results.skips.length > 0) {
  console.log(`Skipped: ${results.skips.length}`);
  for (const { name, reason } of results.skips) console.log(`  ${name}: ${reason || 'no reason given'}`);
}
if (strict && results.skips.some(({ reason }) => reason.startsWith('needs ')))
  faults.push('tests were skipped for want of a service, and CI is set');
for (const fault of faults) console.error(`FAILED: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
