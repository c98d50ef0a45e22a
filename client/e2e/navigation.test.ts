import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { buildDashboard } from '../../scripts/demo/dashboard.ts';
import { createTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { person } from '../../server/testing/people.ts';
import { type Spawned, spawnServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, eventually, faultsOf, launch, openWindow, sessionOf } from './browser.ts';

/** The way from one place to another, on a desk and on a phone. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const ben = person({ role: 'admin', username: 'ben', companyId: 'acme' });
const cleo = person({ role: 'customer', username: 'cleo' });
const vito = person({ role: 'vendor', username: 'vito', companyId: 'acme' });

const rosa = person({ role: 'rider', username: 'rosa', companyId: 'acme' });

const PLACES = ['Shipments', 'Warehouses', 'Parcels', 'Bus seats', 'Vendors', 'Commerce', 'Import', 'Who saw it'];
const PHONE = { width: 390, height: 844 };
/** The narrowest that people still have. */
const SMALL_PHONE = { width: 320, height: 568 };

describe('the menu in Chromium', needs('chromium'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let browser: Browser;

  before(async () => {
    await buildDashboard(root, process.env);
    database = await createTestDatabase();
    server = await spawnServer({ database });
    browser = await launch(serviceUrl('chromium'));
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    await database?.drop();
  });

  const window = (who = ben, options = {}) => openWindow(browser, server.url, { session: sessionOf(who), ...options });
  const menuOf = (page: Page) => page.getByRole('navigation', { name: 'Main' });
  /** What the menu offers to who looks, in its order. */
  const offered = (page: Page) => menuOf(page).locator('> :visible').allInnerTexts();
  /** Nothing beyond the edge, nothing cut, and each wide enough for a thumb. */
  const assertFits = async (page: Page, width: number) => {
    for (const tab of await menuOf(page).locator('> :visible').all()) {
      const box = (await tab.boundingBox())!;
      const label = (await tab.locator('span').boundingBox())!;
      const name = await tab.innerText();
      assert.ok(box.x >= 0 && box.x + box.width <= width + 0.5, `${name} lies within the screen`);
      assert.ok(label.x >= box.x - 0.5 && label.x + label.width <= box.x + box.width + 0.5, `${name} has its room`);
      assert.ok(box.height >= 44 && box.width >= 44, `${name} is ${box.width} by ${box.height}`);
    }
  };
  const picture = async (page: Page, name: string) => {
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
  };

  it('lists every place beside a wide screen’s content', async () => {
    const { page, context } = await window();
    await page.goto('/warehouses');
    await page.getByRole('heading', { name: 'Warehouses', level: 1 }).waitFor();
    assert.deepEqual(await offered(page), PLACES);
    await picture(page, 'menu-1440');
    await context.close();
  });

  it('has four tabs and a sheet with the rest at the foot of a phone, and nothing out of sight', async () => {
    for (const [scheme, size] of [
      ['light', PHONE],
      ['dark', PHONE],
      ['light', SMALL_PHONE],
    ] as const) {
      const { page, context } = await window(ben, { scheme, ...size });
      await page.goto('/warehouses');
      await page.getByRole('heading', { name: 'Warehouses', level: 1 }).waitFor();
      assert.deepEqual(await offered(page), [...PLACES.slice(0, 4), 'More']);
      await assertFits(page, size.width);
      const more = page.getByRole('button', { name: 'More', exact: true });
      await more.click();
      const sheet = page.getByRole('dialog', { name: 'More places' });
      assert.deepEqual(await sheet.getByRole('link').allInnerTexts(), PLACES.slice(4));
      await eventually(
        async () => (await sheet.getByRole('link').last().boundingBox())!,
        ({ y, height }) => y + height <= size.height,
        'the sheet has risen and its last place is in sight',
      );
      assert.deepEqual(await faultsOf(page), []);
      await picture(page, `menu-more-${size.width}-${scheme}`);

      await sheet.getByRole('link', { name: 'Import' }).click();
      await page.getByRole('heading', { name: 'Import purchase orders', level: 1 }).waitFor();
      await sheet.waitFor({ state: 'hidden' });
      assert.equal(await more.getAttribute('aria-current'), 'true', 'where one is now has no tab of its own');
      assert.deepEqual(await faultsOf(page), []);
      await picture(page, `menu-${size.width}-${scheme}`);
      await context.close();
    }
  });

  it('opens and closes the sheet by keyboard, keeps the focus in it, and gives it back', async () => {
    const { page, context } = await window(ben, PHONE);
    await page.goto('/warehouses');
    const more = page.getByRole('button', { name: 'More', exact: true });
    await more.focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'More places' });
    await sheet.waitFor();
    assert.equal(await more.getAttribute('aria-expanded'), 'true');
    for (let press = 0; press < 8; press++) {
      await page.keyboard.press('Tab');
      assert.equal(
        await page.evaluate(
          () => document.activeElement === document.body || !!document.activeElement?.closest('dialog'),
        ),
        true,
        'nothing behind the sheet takes the focus',
      );
    }
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    // A dialog says that it was closed a moment after it was.
    await eventually(
      () => more.getAttribute('aria-expanded'),
      (expanded) => expanded === 'false',
      'the button says that the sheet is closed',
    );
    assert.equal(await more.evaluate((button) => button === document.activeElement), true);

    // A tap beside the sheet closes it as well, and so does the browser's way back.
    await more.click();
    await page.mouse.click(190, 100);
    await sheet.waitFor({ state: 'hidden' });
    await menuOf(page).getByText('Parcels').click();
    await more.click();
    await page.goBack();
    await sheet.waitFor({ state: 'hidden' });
    await eventually(
      async () => new URL(page.url()).pathname,
      (path) => path === '/warehouses',
      'back where one came from',
    );
    await context.close();
  });

  it('shows who has few places just these', async () => {
    for (const [who, places] of [
      [cleo, ['Parcels', 'Bus seats', 'Vendors', 'Commerce']],
      [vito, ['My stall', 'Vendors']],
    ] as const) {
      const { page, context } = await window(who, SMALL_PHONE);
      await page.goto('/');
      await menuOf(page).locator('[aria-current=page]').waitFor();
      assert.deepEqual(await offered(page), places);
      await assertFits(page, SMALL_PHONE.width);
      await context.close();
    }
  });

  it('keeps standing when a part of the page cannot be fetched, and fetches it when asked again', async () => {
    const { page, context } = await window();
    const missing = /assets\/(UserMenuList|BellList|Vendors)-/;
    await page.route(missing, (route) => route.abort());
    await page.goto('/warehouses');
    const heading = page.getByRole('heading', { name: 'Warehouses', level: 1 });
    await heading.waitFor();
    for (const name of ['Menu of ben', 'Notifications']) {
      await page.getByRole('button', { name }).click();
      await page.getByText('No answer from the server.').waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByText('No answer from the server.').waitFor({ state: 'detached' });
    }
    await menuOf(page).getByRole('link', { name: 'Vendors' }).click();
    await page.getByText('This screen could not be shown').waitFor();
    await menuOf(page).getByRole('link', { name: 'Warehouses' }).click();
    await heading.waitFor();

    await page.unroute(missing);
    await page.getByRole('button', { name: 'Menu of ben' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    await context.close();
  });

  it('stays, and says what to do, when a screen is to be loaded again without a network', async () => {
    const { page, context } = await window();
    await page.goto('/warehouses');
    await page.getByRole('heading', { name: 'Warehouses', level: 1 }).waitFor();
    await context.setOffline(true);
    await menuOf(page).getByRole('link', { name: 'Vendors' }).click();
    await page.getByText('This screen could not be shown').waitFor();
    const again = page.getByRole('button', { name: 'Load again' });
    await again.click();
    await page.getByText('Check your connection, then load it again.').waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await picture(page, 'load-again-offline');
    await context.setOffline(false);
    await again.click();
    await page.getByRole('heading', { name: 'Vendors', level: 1 }).waitFor();
    await context.close();
  });

  it('leaves the search of parcels its room on a phone without a network, and tells the time as elsewhere', async () => {
    const { page, context } = await window(cleo, PHONE);
    await page.goto('/tracking');
    await page.getByTestId('connection').getByText('Connected').waitFor();
    await context.setOffline(true);
    const badge = page.getByRole('main').getByText(/^stale since /);
    await badge.waitFor();
    const search = (await page.getByLabel('Search parcels').boundingBox())!;
    assert.ok(search.width > 120, `the search is ${search.width} wide`);
    // As the badge tells it; not 09:45 PM in the one and 21:45 in the other.
    await page.getByText(/^Offline since \d\d:\d\d\. Reconnecting/).waitFor();
    await picture(page, 'parcels-offline');
    await context.close();
  });

  it('leads who comes by hand to a place that is not theirs to those that are, without asking the server', async () => {
    for (const [who, path, place, role, open] of [
      [rosa, '/shipments', 'Shipments', 'rider', ['My round', 'Vendors']],
      [rosa, '/shipments/any', 'Shipments', 'rider', ['My round', 'Vendors']],
      [vito, '/commerce/orders', 'Commerce', 'vendor', ['My stall', 'Vendors']],
    ] as const) {
      const { page, context } = await window(who, PHONE);
      const refused: string[] = [];
      page.on('response', (response) => {
        if (response.status() === 403) refused.push(response.url());
      });
      await page.goto(path);
      await page.getByText(`“${place}” is not open to the role ${role}`).waitFor();
      const main = page.getByRole('main');
      assert.deepEqual(await main.getByRole('link').allInnerTexts(), open);
      assert.deepEqual(await faultsOf(page), []);
      await picture(page, `not-open-${role}`);
      await main.getByRole('link', { name: open[0] }).click();
      await menuOf(page).locator('[aria-current=page]').getByText(open[0]).waitFor();
      assert.deepEqual(refused, []);
      await context.close();
    }
    // What one was sent the address of is another matter.
    const { page, context } = await window(rosa);
    await page.goto('/seats');
    await page.getByRole('heading', { name: 'Find a bus', level: 1 }).waitFor();
    await context.close();
  });

  it('no page complained', () => {
    assert.deepEqual(complaints, []);
  });
});
