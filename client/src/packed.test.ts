import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import type { Shipment } from '../../server/contract/shipments.ts';
import { api } from '../../server/testing/http.ts';
import { person, tokenFor } from '../../server/testing/people.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { type FaultyProxy, startFaultyProxy } from './utils/testing/faultyProxy.ts';
import * as foreign from './utils/testing/foreignApp.ts';

/** `waybeat/client` as others get it: packed, installed, compiled strictly, built, and opened on another origin. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const app = mkdtempSync(path.join(tmpdir(), 'waybeat-foreign-'));
const write = (name: string, content: string) => writeFileSync(path.join(app, name), content);

/** The versions this project has: they are in npm's cache already. */
const pinned = (name: string) => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
};

before(async () => {
  const packed = await run('npm', ['pack', '--json', '--pack-destination', app], { cwd: root });
  const tarball = /"filename": "(.+\.tgz)"/.exec(packed.stdout)?.[1];
  write('package.json', JSON.stringify({ name: 'foreign', private: true, type: 'module' }));
  write('main.tsx', foreign.main);
  write('index.html', foreign.page);
  write('render.js', foreign.render);
  const packages = ['react', 'react-dom', '@types/react', '@types/react-dom'].map(pinned);
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...options, `./${tarball}`, ...packages], { cwd: app });
});
after(() => rmSync(app, { recursive: true, force: true }));

for (const resolution of ['bundler', 'nodenext'] as const)
  test(`a strict application compiles against its types (${resolution})`, async () => {
    write('tsconfig.json', JSON.stringify(foreign.tsconfig(resolution)));
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    const { stdout } = await run(tsc, ['-p', app]).catch((error: { stdout: string }) => error);
    assert.equal(stdout, '');
  });

test('it renders on a server, as not connected', async () => {
  const { stdout } = await run(process.execPath, ['render.js'], { cwd: app });
  assert.match(stdout, /^<div>false<div role="status" aria-live="polite"/);
});

describe('in a browser', needs('chromium'), () => {
  let pages: Server;
  let server: TestServer;
  let proxy: FaultyProxy;
  let browser: Browser;
  let page: Page;
  let shipment: Shipment;
  const ann = person({ role: 'operator', companyId: 'A' });

  const shows = (id: string, text: string, timeout = 10_000) =>
    page.locator(`#${id}`, { hasText: text }).waitFor({ timeout });
  const change = async (status: string) => {
    const answer = await api(server.url)(ann, 'PATCH', `/api/shipments/${shipment.id}/status`, { status });
    assert.equal(answer.status, 200);
  };

  before(async () => {
    await build({ root: app, configFile: false, logLevel: 'error' });
    pages = createServer((request, response) => {
      const name = request.url === '/' ? 'index.html' : request.url!.slice(1);
      const type = name.endsWith('.js') ? 'text/javascript' : 'text/html';
      response.writeHead(200, { 'content-type': type }).end(readFileSync(path.join(app, 'dist', name)));
    }).listen(0, '127.0.0.1');
    await once(pages, 'listening');
    const origin = `http://127.0.0.1:${(pages.address() as { port: number }).port}`;
    server = await startTestServer({ env: { ALLOWED_ORIGINS: origin, WS_HEARTBEAT_INTERVAL: '1000' } });
    proxy = await startFaultyProxy(server.url);
    const created = await api(server.url)<Shipment>(ann, 'POST', '/api/shipments', { poNumber: 'PO-1' });
    shipment = created.body;
    browser = await chromium.launch({
      executablePath: serviceUrl('chromium'),
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    });
    page = await browser.newPage();
    const settings = { url: proxy.url, token: tokenFor(ann), shipmentId: shipment.id };
    await page.addInitScript(`window.settings = ${JSON.stringify(settings)}`);
    await page.goto(origin);
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    await proxy?.close();
    await server?.stop();
  });

  test('it is connected, has the snapshot and shows a change as it happens, once', async () => {
    await shows('connection', 'connected live');
    await shows('shipment', 'planned live');
    await shows('active', shipment.id);
    await change('in_transit');
    await shows('shipment', 'in_transit live');
    await shows('heard', 'in_transit');
    assert.equal(await page.locator('#heard').textContent(), 'in_transit');
    assert.equal(await page.getByRole('status').textContent(), '');
  });

  test('without live connections it says so and says that HTTP works; Dismiss works by keyboard', async () => {
    proxy.withoutLive = true;
    proxy.cut();
    await shows('shipment', 'in_transit stale');
    await page.getByText('Using polling mode').waitFor();
    await shows('connection', 'not connected');
    await change('arrived');
    await page.getByRole('button', { name: 'Dismiss' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Using polling mode').waitFor({ state: 'detached' });
  });

  test('when they are possible again, what was missed is there, in order and once', async () => {
    await change('inspecting');
    proxy.withoutLive = false;
    await shows('shipment', 'inspecting live', 15_000);
    assert.equal(await page.locator('#heard').textContent(), 'in_transit arrived inspecting');
    assert.equal(await page.getByRole('status').textContent(), '');
  });

  test('a network that falls silent is noticed, and so is the next outage after one was dismissed', async () => {
    proxy.frozen = true;
    await page.getByText('Connection lost').or(page.getByText('Offline since')).waitFor({ timeout: 10_000 });
    await shows('shipment', 'inspecting stale');
    proxy.frozen = false;
    await shows('connection', 'connected live', 15_000);
  });

  test('a device that says it is offline is believed at once, and tried again as soon as it says otherwise', async () => {
    await page.context().setOffline(true);
    await page.getByText('Offline since').waitFor({ timeout: 3_000 });
    await shows('shipment', 'inspecting stale');
    await change('received');
    await page.context().setOffline(false);
    await shows('shipment', 'received live', 5_000);
  });

  test('a shipment stays joined until the last component that joined it is gone', async () => {
    const fewer = page.getByRole('button', { name: 'Fewer' });
    await fewer.click();
    await page.locator('#heard-too').waitFor({ state: 'detached' });
    assert.equal(await page.locator('#active').textContent(), shipment.id);
    await change('stored');
    await shows('heard', 'received stored');
    await fewer.click();
    await page.locator('#active:empty').waitFor({ state: 'attached' });
  });
});
