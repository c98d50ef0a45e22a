import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), 'waybeat-runner-'));
after(() => rmSync(root, { recursive: true, force: true }));

let runs = 0;
/** Runs the wrapper in a folder that holds these files and nothing else. */
const runTests = (files: Record<string, string>, args: string[] = [], env: Record<string, string> = {}) => {
  runs += 1;
  const folder = path.join(root, String(runs));
  mkdirSync(folder);
  symlinkSync(path.join(project, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  // The runner marks its children with NODE_TEST_CONTEXT: a runner inside one would report to the outer one instead.
  const { NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, CI: _ci, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(project, 'scripts/test.ts'), ...args],
    { cwd: folder, env: { ...inherited, ...env }, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
};

const passing = "import { it } from 'node:test';\nit('passes', () => {});\n";
const services = fileURLToPath(new URL('../../server/testing/services.ts', import.meta.url));
const needing = `import { it } from 'node:test';\nimport { needs } from ${JSON.stringify(services)};\nit('talks', needs('redis'), () => {});\n`;
/** A port where nothing listens. */
const nowhere = { WAYBEAT_TEST_REDIS: 'redis://127.0.0.1:1' };

describe('npm test', () => {
  it('runs the tests of server, client and scripts, and none of packages', () => {
    const { status, output } = runTests({
      'server/deep/a.test.ts': passing,
      'client/src/b.test.tsx': passing,
      'scripts/c.test.ts': passing,
      'scripts/node_modules/d.test.ts': 'throw new Error("not ours");',
    });
    assert.equal(status, 0, output);
    assert.match(output, /tests 3\n/);
    assert.match(output, /pass 3\n/);
  });

  it('runs only files whose path holds the word', () => {
    const { status, output } = runTests({ 'server/a.test.ts': passing, 'server/b.test.ts': 'throw 1;' }, ['a.test']);
    assert.equal(status, 0, output);
    assert.match(output, /tests 1\n/);
  });

  it('fails when a test fails', () => {
    const { status } = runTests({ 'server/a.test.ts': passing.replace('{}', '{ throw new Error("no"); }') });
    assert.equal(status, 1);
  });

  it('fails when there is no test file, when none matches, and when none holds a test that runs', () => {
    assert.equal(runTests({ 'server/a.ts': '' }).status, 1);
    assert.equal(runTests({ 'server/a.test.ts': passing }, ['nothing-like-it']).status, 1);
    const skipped = runTests({ 'server/a.test.ts': passing.replace("'passes'", "'later', { skip: 'not now' }") });
    assert.equal(skipped.status, 1);
    assert.match(skipped.output, /not one test was executed/);
  });

  it('fails on a file without a test, beside others that pass', () => {
    const { status, output } = runTests({ 'server/a.test.ts': passing, 'server/b.test.ts': 'export {};' });
    assert.equal(status, 1);
    assert.match(output, /server\/b\.test\.ts holds no test/);
  });

  it('names a missing service and what was skipped for it, and fails on it in CI only', () => {
    const files = { 'server/a.test.ts': passing, 'server/b.test.ts': needing };
    const lenient = runTests(files, [], nowhere);
    assert.equal(lenient.status, 0, lenient.output);
    assert.match(lenient.output, /Missing: redis, nothing answers at redis:\/\/127\.0\.0\.1:1/);
    assert.match(lenient.output, /Skipped: 1\n {2}talks: needs redis/);

    const strict = runTests(files, [], { ...nowhere, CI: 'true' });
    assert.equal(strict.status, 1);
    assert.match(strict.output, /FAILED: redis is missing/);
    assert.match(strict.output, /FAILED: tests were skipped for want of a service/);
  });
});
