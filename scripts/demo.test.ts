import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { list } from '../server/contract/common.ts';
import { Shipment } from '../server/contract/shipments.ts';
import { type Api, makeApi } from './demo/api.ts';
import { PASSWORD } from './demo/companies.ts';

/** The whole demo as a person starts it, on a folder and a port of its own. */

const folder = mkdtempSync(join(tmpdir(), 'waybeat-demo-'));
const demos: ChildProcess[] = [];
after(() => {
  for (const demo of demos) demo.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const freePort = async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
};

const startDemo = (port: number) => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', '--pace', '100'], {
    env: { ...process.env, PORT: String(port), DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  demos.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const heard = async (what: RegExp) => {
    for (const deadline = Date.now() + 90_000; Date.now() < deadline; await pause(100)) {
      const match = what.exec(said);
      if (match) return match;
      if (child.exitCode !== null) break;
    }
    throw new Error(`The demo never said ${what}:\n${said}`);
  };
  return { child, heard };
};

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const shipmentsOf = async (api: Api) => (await api.call(list(Shipment), '/api/shipments?limit=200')).items;

test('the demo fills itself, moves, survives a killed server, and ends with all its processes', async () => {
  const port = await freePort();
  const demo = startDemo(port);
  const [, pid] = await demo.heard(/kill -9 (\d+)/);
  const address = `http://localhost:${port}`;
  const page = await fetch(address, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 200);

  const olga = makeApi(address, 'olga', PASSWORD);
  const blake = makeApi(address, 'blake', PASSWORD);
  const mine = await shipmentsOf(olga);
  const theirs = await shipmentsOf(blake);
  assert.ok(mine.length > 50 && theirs.length > 50, `${mine.length} and ${theirs.length}`);
  assert.ok(mine.every(({ companyId }) => companyId === 'nordlicht'));
  assert.ok(new Set(mine.map(({ status }) => status)).size >= 5, 'many statuses');
  const linh = await shipmentsOf(makeApi(address, 'linh', PASSWORD));
  assert.ok(linh.length > 5 && linh.every(({ supplierId }) => supplierId === 'supplier-hai-long'));

  const moved = async () => {
    const before = JSON.stringify(await shipmentsOf(olga));
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await pause(200))
      if (JSON.stringify(await shipmentsOf(olga)) !== before) return true;
    return false;
  };
  assert.ok(await moved(), 'shipments move by themselves');

  process.kill(Number(pid), 'SIGKILL');
  const [, again] = await demo.heard(/its pid is (\d+)/);
  assert.ok(await moved(), 'the token still holds and shipments move on');

  const second = startDemo(await freePort());
  await second.heard(/running already/);

  const ended = new Promise((resolve) => demo.child.once('exit', resolve));
  demo.child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.equal(isAlive(Number(again)), false, 'no server stays behind');
});

test('a demo that is killed itself takes its server along, and the next start goes on', async () => {
  const port = await freePort();
  const demo = startDemo(port);
  const [, pid] = await demo.heard(/kill -9 (\d+)/);
  await demo.heard(/with (1[5-9]\d|2\d\d) shipments under way/);
  demo.child.kill('SIGKILL');
  for (const deadline = Date.now() + 30_000; isAlive(Number(pid)) && Date.now() < deadline; ) await pause(100);
  assert.equal(isAlive(Number(pid)), false);
});
