import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { childEnvironment, DemoError, prepareFolder, readSettings, requireFreePort } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), 'waybeat-demo-'));
after(() => rmSync(root, { recursive: true }));
const read = (line: string, env: NodeJS.ProcessEnv = {}) => readSettings(line.split(' ').filter(Boolean), env, root);

test('the demo starts with nothing said, on port 5001 or PORT', () => {
  assert.deepEqual(read(''), {
    help: false,
    fresh: false,
    seed: 1,
    pace: 1500,
    databaseUrl: undefined,
    port: 5001,
    folder: join(root, 'data/demo'),
  });
  assert.equal(read('', { PORT: '6001' }).port, 6001);
});

test('a mistake is told in one sentence', () => {
  for (const line of ['--seed x', '--pace 1', '--colour', 'now', '--fresh --database-url postgresql://h/d'])
    assert.throws(() => read(line), DemoError, line);
  assert.throws(() => read('', { PORT: 'http' }), /"http"/);
});

test('the server sees nothing of the accounts in the shell', () => {
  mkdirSync(join(root, 'data/demo'), { recursive: true });
  const shell = { PATH: '/bin', DATABASE_URL: 'postgresql://real/orders', REDIS_URL: 'redis://real', JWKS_URL: 'x' };
  const env: Record<string, string> = childEnvironment(read(''), shell);
  assert.equal(env.DATABASE_URL, undefined);
  assert.equal(env.REDIS_URL, undefined);
  assert.equal(env.JWKS_URL, undefined);
  assert.equal(env.PATH, '/bin');
  assert.match(env.JWT_SECRET ?? '', /^[0-9a-f]{64}$/);
  assert.equal(childEnvironment(read(''), shell).JWT_SECRET, env.JWT_SECRET, 'sign-ins outlive a restart');
  const named = childEnvironment(read('--database-url postgresql://own/demo'), shell);
  assert.equal(named.DATABASE_URL, 'postgresql://own/demo');
});

test('a taken port is named, with what to do', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, resolve));
  const { port } = other.address() as AddressInfo;
  await assert.rejects(requireFreePort(port), (error: Error) => {
    return error instanceof DemoError && error.message.includes(`PORT=${port + 1} npm run demo`);
  });
  await new Promise((resolve) => other.close(resolve));
  await requireFreePort(port);
});

test('--fresh empties the folder, but never under a running demo', () => {
  const settings = read('--fresh');
  mkdirSync(settings.folder, { recursive: true });
  const old = join(settings.folder, 'old');
  writeFileSync(old, '');
  writeFileSync(join(settings.folder, 'waybeat.pid'), String(process.pid));
  assert.throws(() => prepareFolder(settings), /running already/);
  assert.equal(existsSync(old), true);
  rmSync(join(settings.folder, 'waybeat.pid'));
  prepareFolder(settings);
  assert.equal(existsSync(old), false);
});
