import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PASSWORD } from '../../scripts/demo/companies.ts';
import { isAlive, type RunningDemo, startDemo } from '../../scripts/testing/demo.ts';
import type { Session } from '../../server/contract/auth.ts';
import { prepareEmbedded } from '../../server/testing/database.ts';
import { freePortsInARow } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, launch, openWindow, violationsOf } from './browser.ts';

/** The demo's page that breaks the demo, pressed by a person who has a window of the dashboard open beside it. */

/** Generous: a killed server starts again on a machine that other tests share. */
const RUN_MS = 120_000;

describe('the break-it button of the demo', needs('chromium'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybeat-break-'));
  let demo: RunningDemo;
  let browser: Browser;
  let address: string;
  let breakPage: string;

  before(async () => {
    const port = await freePortsInARow(2);
    await prepareEmbedded(join(folder, 'demo'));
    demo = startDemo(port, folder);
    [, breakPage] = (await demo.heard(/Any fault +(http\S+)/)) as unknown as [string, string];
    address = `http://localhost:${port}`;
    browser = await launch(serviceUrl('chromium'));
  });
  after(async () => {
    await browser?.close();
    demo.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const press = async (page: Page, label: string, seconds: number) => {
    await page.getByRole('radio', { name: label }).first().check();
    await page.getByLabel('Seconds').fill(String(seconds));
    await page.getByLabel('Seed').fill('7');
    await page.getByRole('button', { name: 'Break it' }).click();
  };
  const violations = async (page: Page) =>
    (await violationsOf(page)).map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);

  it('kills the server under everybody, shows that screens notice, and ends in a proof', async () => {
    const signedIn = await fetch(`${address}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'anton', password: PASSWORD }),
    });
    const session = (await signedIn.json()) as Session;
    const { page: mine } = await openWindow(browser, address, { session });
    await mine.goto('/');
    const connection = mine.getByTestId('connection');
    await connection.getByText('Connected').waitFor();

    const { page } = await openWindow(browser, breakPage);
    await page.goto('/');
    assert.deepEqual(await violations(page), []);
    await press(page, 'Kill the server', 2);

    const olga = page.locator('#screens li').filter({ hasText: 'olga' });
    await olga.locator('[data-status=live]').waitFor();
    await olga.locator('[data-status=stale]').waitFor({ timeout: RUN_MS });
    await connection.getByText('Connected').waitFor({ state: 'hidden', timeout: RUN_MS });
    await page.getByRole('heading', { name: 'It converged' }).waitFor({ timeout: RUN_MS });
    await connection.getByText('Connected').waitFor({ timeout: RUN_MS });

    const rows = page.locator('#proof tbody tr');
    assert.equal(await rows.count(), 11, 'five screens, each with what that person may see');
    for (const row of await rows.allInnerTexts()) {
      const [, , , stored, seen, right] = row.split('\t');
      assert.equal(seen, stored, row);
      assert.equal(right, 'yes', row);
    }
    const told = await page.locator('#proof').innerText();
    assert.match(told, /[1-9]\d* writes were acknowledged\. The database holds every one, once\./);
    assert.match(told, /kill -9 of the server, 2 seconds, seed 7/);
    assert.match(told, /curl http:\/\/localhost:\d+\/runs .*{"fault":"node-killed","seed":7,"seconds":2}/);
    assert.deepEqual(await violations(page), []);
  });

  it('lets a phone in the dark read the same proof after loading the page again', async () => {
    const { page } = await openWindow(browser, breakPage, { scheme: 'dark', width: 390, height: 844 });
    await page.goto('/');
    await page.getByRole('heading', { name: 'It converged' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, 'nothing sticks out');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
  });

  it('is healed by the end of the demo: a server that is frozen then does not stay behind', async () => {
    const [, pid] = await demo.heard(/kill -9 (\d+)/);
    const { page } = await openWindow(browser, breakPage);
    await page.goto('/');
    await press(page, 'Freeze the server', 60);
    await page.getByText('Broken: the server frozen').first().waitFor({ timeout: RUN_MS });
    const ended = once(demo.child, 'exit');
    demo.child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    assert.equal(isAlive(Number(pid)), false);
    await page.getByText('The demo does not answer').waitFor();
  });
});
