import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LOADER, runnable } from './runnable.ts';

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
  copyFileSync(path.join(project, 'tsconfig.json'), path.join(folder, 'tsconfig.json'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  // The runner marks its children with NODE_TEST_CONTEXT: a runner inside one would report to the outer one instead.
  const { NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, CI: _ci, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...LOADER, runnable('scripts/test.ts'), ...args], {
    cwd: folder,
    env: { ...inherited, ...env },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
};

const passing = "import { it } from 'node:test';\nit('passes', () => {});\n";
const services = readFileSync(path.join(project, 'server/testing/services.ts'), 'utf8');
const needing =
  "import { it } from 'node:test';\nimport { needs } from './testing/services.ts';\nit('talks', needs('redis'), () => {});\n";
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

  it('names the lines of the sources, also of a file that does not get as far as its tests', () => {
    const { status, output } = runTests({
      'server/deep/a.test.ts': `type Left = { out: string };\n${passing.replace('{}', '{ throw new Error("no"); }')}`,
      'client/b.test.tsx': 'interface Left {\n  out: string;\n}\nthrow new Error("never");',
    });
    assert.equal(status, 1);
    assert.match(output, /test at server\/deep\/a\.test\.ts:3:1/);
    assert.match(output, /\/server\/deep\/a\.test\.ts:3:28\)/);
    assert.match(output, /✖ client\/b\.test\.tsx/);
    assert.match(output, /\/client\/b\.test\.tsx:4:7\b/);
    assert.doesNotMatch(output, /\.js:/);
  });

  it('runs files that find what stands beside them, start TypeScript, and know whether they were started', () => {
    // Spelled out here, it would be the address of this file already.
    const [itself, folder] = ['url', 'dirname'].map((name) => `import.meta.${name}`);
    const { status, output } = runTests({
      'server/beside.txt': 'found',
      'server/a.test.ts': `
        import assert from 'node:assert/strict';
        import { execFileSync } from 'node:child_process';
        import { readFileSync } from 'node:fs';
        import { it } from 'node:test';
        import { runnable } from '../scripts/testing/runnable.ts';
        it('finds', () => {
          assert.equal(readFileSync(new URL('beside.txt', ${itself}), 'utf8'), 'found');
          assert.match(${folder}, /waybeat-runner.*server$/);
        });
        it('starts', () => {
          const said = execFileSync(process.execPath, [runnable(new URL('command.ts', ${itself}))], { encoding: 'utf8' });
          assert.equal(said, 'started');
        });`,
      'server/command.ts': `
        import { pathToFileURL } from 'node:url';
        if (${itself} === pathToFileURL(process.argv[1] as string).href) process.stdout.write('started');`,
      'scripts/testing/runnable.ts': readFileSync(path.join(project, 'scripts/testing/runnable.ts'), 'utf8'),
      'scripts/testing/compile.ts': readFileSync(path.join(project, 'scripts/testing/compile.ts'), 'utf8'),
    });
    assert.equal(status, 0, output);
    assert.match(output, /pass 2\n/);
  });

  it('fails on broken syntax, naming the file', () => {
    const { status, output } = runTests({ 'server/a.test.ts': passing, 'server/b.ts': 'const = 1;' });
    assert.equal(status, 1);
    assert.match(output, /server\/b\.ts.1.7. *:? ?error/);
  });

  it('fails on a file without a test, beside others that pass', () => {
    const { status, output } = runTests({ 'server/a.test.ts': passing, 'server/b.test.ts': 'export {};' });
    assert.equal(status, 1);
    assert.match(output, /server\/b\.test\.ts holds no test/);
  });

  it('names a missing service and what was skipped for it, and fails on it in CI only', () => {
    const files = { 'server/a.test.ts': passing, 'server/b.test.ts': needing, 'server/testing/services.ts': services };
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
