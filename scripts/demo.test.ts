import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { list } from '../server/contract/common.ts';
import { Shipment } from '../server/contract/shipments.ts';
import { freePortsInARow } from '../server/testing/server.ts';
import { type Api, makeApi } from './demo/api.ts';
import { PASSWORD } from './demo/companies.ts';
import { isAlive, startDemo } from './testing/demo.ts';

/** The whole demo as a person starts it, on a folder and a port of its own. */

const folder = mkdtempSync(join(tmpdir(), 'waybeat-demo-'));
const demos: ChildProcess[] = [];
after(() => {
  for (const demo of demos) demo.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (port: number) => {
  const demo = startDemo(port, folder);
  demos.push(demo.child);
  return demo;
};
const shipmentsOf = async (api: Api) => (await api.call(list(Shipment), '/api/shipments?limit=200')).items;

test('the demo fills itself, moves, survives a killed server, and ends with all its processes', async () => {
  const port = await freePortsInARow(2);
  const demo = start(port);
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

  const second = start(await freePortsInARow(2));
  await second.heard(/running already/);

  const ended = new Promise((resolve) => demo.child.once('exit', resolve));
  demo.child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.equal(isAlive(Number(again)), false, 'no server stays behind');
});

test('a demo that is killed itself takes its server along, and the next start goes on', async () => {
  const port = await freePortsInARow(2);
  const demo = start(port);
  const [, pid] = await demo.heard(/kill -9 (\d+)/);
  await demo.heard(/with (1[5-9]\d|2\d\d) shipments under way/);
  demo.child.kill('SIGKILL');
  for (const deadline = Date.now() + 30_000; isAlive(Number(pid)) && Date.now() < deadline; ) await pause(100);
  assert.equal(isAlive(Number(pid)), false);
});
