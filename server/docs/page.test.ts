import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import helmet from 'helmet';
import type { Browser } from 'playwright-core';
import { domains, serverEvents } from './domains.ts';
import { eventName } from './types.ts';

process.env.LOG_LEVEL = 'silent';
const { docsRouter } = await import('./controller.ts');

const server = express().use(helmet()).use(docsRouter).listen(0);
const url = () => `http://localhost:${(server.address() as AddressInfo).port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

describe('/docs', () => {
  it('lists every event, escaped, without a script of its own in the page', async () => {
    const html = await (await fetch(`${url()}/docs`)).text();
    for (const name of [
      ...serverEvents.map(({ schema }) => eventName(schema)),
      ...domains.flatMap(({ clientEvents }) => clientEvents.map((event) => event.name)),
    ])
      assert.ok(html.includes(`id="event-${name}"`), name);
    for (const [, attributes, content] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
      assert.match(attributes!, /src="\/docs\//);
      assert.equal(content, '');
    }
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//);
  });

  it('serves both documents as JSON', async () => {
    for (const path of ['/openapi.json', '/asyncapi.json']) {
      const response = await fetch(url() + path);
      assert.match(response.headers.get('content-type')!, /^application\/json/);
      assert.equal(((await response.json()) as { info: { title: string } }).info.title, 'Waybeat');
    }
  });

  it('serves its files and nothing beside them', async () => {
    for (const path of ['page/docs.js', 'page/docs.css', 'swagger/swagger-ui.css', 'swagger/swagger-ui-bundle.js'])
      assert.equal((await fetch(`${url()}/docs/${path}`, { method: 'HEAD' })).status, 200, path);
    for (const path of [
      'page/',
      'page/../controller.ts',
      'page/%2e%2e/controller.ts',
      'swagger/%2e%2e/zod/package.json',
    ])
      assert.equal((await fetch(`${url()}/docs/${path}`)).status, 404, path);
  });
});

const CHROMIUM = '/usr/bin/chromium';
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

describe('/docs in a browser', { skip: existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed` }, () => {
  let browser: Browser;
  before(async () => {
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(' ') });
  });
  after(() => browser?.close());

  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const)
    it(`shows both under helmet's policy, calls no other host and has no serious fault (${scheme}, ${width})`, async () => {
      const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 844 } });
      const faults: string[] = [];
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('request', (request) => {
        if (!/^data:/.test(request.url()) && !request.url().startsWith(url())) faults.push(request.url());
      });
      await page.goto(`${url()}/docs`);
      await page.waitForSelector('#swagger .opblock');
      assert.deepEqual(faults, []);
      assert.ok(await page.locator('#swagger .opblock').count());
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);

      await page.fill('#search', 'viewersCount');
      assert.deepEqual(await page.locator('tr[data-text]:visible th > code').allTextContents(), [
        'user:viewing',
        'user:disconnected',
      ]);
      await page.selectOption('#delivery', 'durable');
      assert.match((await page.textContent('#count'))!, /^0 of \d+ events$/);

      await page.fill('#search', '');
      await page.selectOption('#delivery', '');
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      // Through the debugger, since the page's policy rightly refuses a foreign script.
      const debug = await page.context().newCDPSession(page);
      const { result } = await debug.send('Runtime.evaluate', {
        expression: `${axe}; axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ' ' + nodes[0].target))`,
        awaitPromise: true,
        returnByValue: true,
      });
      assert.deepEqual(result.value, []);
      await page.close();
    });
});
