import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '../server/testing/database.ts';
import { TEST_SECRET } from '../server/testing/people.ts';
import { freePort } from '../server/testing/server.ts';
import { bundleServer } from './bundle.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), 'waybeat-build-'));
const build = path.join(root, 'dist');
const options = /node (.*) dist\/server\/index\.js/.exec(readFileSync(path.join(project, 'Procfile'), 'utf8'))?.[1];

describe('the server as it is deployed', () => {
  let database: TestDatabase;
  let port: number;
  let server: ChildProcess;
  let said = '';

  const start = () => {
    const child = spawn(process.execPath, [...(options?.split(' ') ?? []), path.join(build, 'server/index.js')], {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        ALLOW_EMBEDDED: '1',
        JWT_SECRET: TEST_SECRET,
        ...database.env,
        PORT: String(port),
        GRPC_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    return child;
  };
  const get = (where: string) => fetch(`http://127.0.0.1:${port}${where}`, { headers: { accept: 'text/html, */*' } });

  before(async () => {
    await bundleServer(project, build);
    // What stands around it on a dyno.
    symlinkSync(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
    symlinkSync(path.join(project, 'package.json'), path.join(root, 'package.json'));
    mkdirSync(path.join(build, 'client/assets'), { recursive: true });
    writeFileSync(path.join(build, 'client/index.html'), '<title>the dashboard</title>');
    database = await createTestDatabase();
    port = await freePort();
    server = start();
    while (!(await get('/health').catch(() => null))?.ok) {
      if (server.exitCode !== null) throw new Error(`it ended while it started:\n${said}`);
      await pause(50);
    }
  });
  after(async () => {
    server?.kill('SIGKILL');
    if (server && server.exitCode === null && server.signalCode === null) await once(server, 'close');
    await database?.drop();
    rmSync(root, { recursive: true, force: true });
  });

  it('finds its migrations, the files of gRPC, and what version it is', async () => {
    const { version } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));
    const health = await (await get('/health')).json();
    assert.deepEqual([health.version, health.checks.grpc], [version, 'up']);
    assert.match(said, /0001_foundation\.sql/);
  });

  it('shows the documentation and the dashboard, which stand beside it', async () => {
    assert.match(await (await get('/somewhere')).text(), /the dashboard/);
    const page = await (await get('/docs')).text();
    const files = [...page.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, file]) => file!);
    assert.ok(files.length > 0, page);
    for (const file of files) assert.equal((await get(file)).status, 200, file);
    assert.equal((await get('/docs/openapi.json')).status, 200);
  });

  it('names the lines of the sources in what it logs', async () => {
    const [code] = await once(start(), 'close');
    assert.equal(code, 1);
    assert.match(said, /EADDRINUSE[^\n]*server\/index\.ts:\d+/);
  });
});
