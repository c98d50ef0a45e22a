import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { buildDashboard } from '../../scripts/demo/dashboard.ts';
import type { Order } from '../../server/contract/commerce.ts';
import { createTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { api } from '../../server/testing/http.ts';
import { type Person, person } from '../../server/testing/people.ts';
import { type Spawned, spawnServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, eventually, faultsOf, launch, openWindow, sessionOf, visit } from './browser.ts';

/** The screens of commerce in a real browser, on a real server. */

const root = fileURLToPath(new URL('../..', import.meta.url));

const ben = person({ role: 'admin', username: 'ben', companyId: 'acme' });
const mia = person({ role: 'merchant', username: 'mia', companyId: 'acme', shopIds: ['shop-north'] });
const sol = person({ role: 'merchant', username: 'sol', companyId: 'acme', shopIds: ['shop-south'] });
const cara = person({ role: 'customer', username: 'cara' });
const sue = person({ role: 'super_admin', username: 'sue' });

const ITEMS = [{ productId: 'p-1', name: 'Oak table', quantity: 2, price: { amount: 24_900, currency: 'EUR' } }];

describe('the screens of commerce in Chromium', needs('chromium'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let browser: Browser;
  let call: ReturnType<typeof api>;

  before(async () => {
    await buildDashboard(root, process.env);
    database = await createTestDatabase();
    server = await spawnServer({ database, env: { WEBHOOK_ALLOW_PRIVATE: '1' } });
    call = api(server.url);
    browser = await launch(serviceUrl('chromium'));
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    await database?.drop();
  });

  const window = (who: Person, options = {}) =>
    openWindow(browser, server.url, { session: sessionOf(who), ...options });
  const isLive = (page: Page) => page.getByTestId('connection').getByText('Connected').waitFor();
  const order = async (shopId = 'shop-north'): Promise<Order> => {
    const { status, body } = await call(ben, 'POST', '/api/orders', { customerId: cara.id, shopId, items: ITEMS });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const setStatus = async (id: string, status: string) => {
    const answer = await call(ben, 'PATCH', `/api/orders/${id}/status`, { status });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const setStock = async (quantity: number, shopId = 'shop-north') => {
    const body = { shopId, productName: 'Oak table', quantity, threshold: 5 };
    const answer = await call(ben, 'PUT', '/api/inventory/p-1', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const card = (page: Page, lane: string, { id }: Pick<Order, 'id'>) =>
    page.getByTestId(`lane-${lane}`).locator(`[data-id="${id}"]`);
  const unread = (page: Page) => page.getByRole('button', { name: /^Notifications/ }).innerText();

  it('shows an order placed in one window on the shop’s board, and its status on the customer’s page', async () => {
    const shop = await window(mia);
    const bystander = await window(sol);
    for (const { page } of [shop, bystander]) {
      await page.goto('/commerce/orders');
      await page.getByText('No orders yet').waitFor();
      await isLive(page);
    }

    const customer = await window(cara);
    await customer.page.goto('/commerce/orders');
    await customer.page.getByRole('button', { name: 'New order' }).click();
    await customer.page.getByLabel('Shop').fill('shop-north');
    await customer.page.getByLabel('Company id').fill('acme');
    await customer.page.getByLabel('Product id').fill('p-1');
    await customer.page.getByLabel('Name').fill('Oak table');
    await customer.page.getByLabel('Price each').fill('249');
    await customer.page.getByRole('button', { name: 'Place order' }).click();
    const title = customer.page.getByRole('heading', { level: 1, name: /^ORD-/ });
    await title.waitFor();
    const number = await title.innerText();

    const placed = shop.page.getByTestId('lane-pending').getByRole('article', { name: number });
    await placed.waitFor();
    assert.match(await placed.innerText(), /Oak table ×1/);
    await placed.getByRole('button', { name: `Confirm: ${number}` }).click();
    await shop.page.getByTestId('lane-confirmed').getByRole('article', { name: number }).waitFor();
    const step = customer.page.getByRole('list', { name: 'Progress of the order' }).locator('[aria-current=step]');
    await eventually(
      () => step.innerText(),
      (text) => text === 'Confirmed',
      'the step on the customer’s page',
    );
    assert.equal(await bystander.page.getByText(number).count(), 0, 'another shop’s board');
    for (const { context } of [shop, bystander, customer]) await context.close();
  });

  it('never overwrites a newer status unseen: the second of two who decide is asked', async () => {
    const made = await order();
    const { page, context } = await window(ben);
    await page.goto(`/commerce/orders/${made.id}`);
    await page.getByRole('heading', { level: 1, name: made.orderNumber }).waitFor();
    await isLive(page);
    // The other's change is on its way to this window when the button is pressed.
    await page.route(
      '**/api/orders/*/status',
      async (route) => {
        await setStatus(made.id, 'processing');
        await route.continue();
      },
      { times: 1 },
    );
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: `${made.orderNumber} changed meanwhile` });
    await dialog.getByText('no longer possible').waitFor();
    await dialog.getByRole('button', { name: 'Leave it so' }).click();
    const { body } = await call(ben, 'GET', `/api/orders/${made.id}`);
    assert.equal(body.status, 'processing');
    await context.close();
  });

  it('moves a level and warns at the crossing, on the screens of that shop only', async () => {
    await setStock(8);
    await setStock(8, 'shop-south');
    const north = await window(mia);
    const south = await window(sol);
    const level = (page: Page) => page.locator('[data-product="p-1"]').getByTestId('quantity').innerText();
    for (const { page } of [north, south]) {
      await page.goto('/commerce/stock');
      await isLive(page);
      await eventually(
        () => level(page),
        (text) => text === '8',
        'the level at first',
      );
    }
    await setStock(4);
    await eventually(
      () => level(north.page),
      (text) => text === '4',
      'the level in the shop',
    );
    await north.page.getByTestId('stock-alerts').getByText('running low').waitFor();
    await north.page.getByRole('button', { name: 'One Oak table less' }).click();
    await eventually(
      () => level(north.page),
      (text) => text === '3',
      'the level after one was taken',
    );
    assert.equal(await level(south.page), '8', 'the other shop');
    assert.equal(await south.page.getByTestId('stock-alerts').count(), 0);
    for (const { context } of [north, south]) await context.close();
  });

  it('counts the unread alike in two windows, whichever of them reads', async () => {
    const one = await window(mia);
    const two = await window(mia);
    for (const { page } of [one, two]) {
      await page.goto('/commerce/orders');
      await isLive(page);
    }
    for (const subject of ['Stocktaking on Friday', 'New carrier']) {
      const { status } = await call(ben, 'POST', '/api/notifications', {
        userId: mia.id,
        subject,
        content: 'Read on.',
      });
      assert.equal(status, 201);
    }
    const both = async (wanted: RegExp, what: string) => {
      for (const { page } of [one, two])
        await eventually(
          () => unread(page),
          (text) => wanted.test(text),
          what,
        );
    };
    await both(/2 unread/, 'two unread');
    await one.page.getByRole('button', { name: /^Notifications/ }).click();
    await one.page.getByRole('button', { name: 'Mark “New carrier” read' }).click();
    await both(/1 unread/, 'one unread');
    await two.page.goto('/notifications');
    await two.page.getByRole('button', { name: 'Mark all read' }).click();
    await both(/^Notifications$/, 'none unread');
    for (const { context } of [one, two]) await context.close();
  });

  it('tells who returns after a while what happened meanwhile, in one line a thing', async () => {
    const made = await order('shop-south');
    await setStock(20, 'shop-south');
    const { page, context } = await window(sol);
    await page.goto('/commerce/stock');
    await page.locator('[data-product="p-1"]').waitFor();
    await page.goto('/commerce/orders');
    await card(page, 'pending', made).waitFor();
    await isLive(page);
    await page.goto('/commerce/stock');
    await page.locator('[data-product="p-1"]').waitFor();
    await page.goto('/health');
    await setStatus(made.id, 'confirmed');
    await setStatus(made.id, 'shipped');
    await setStock(3, 'shop-south');
    // Back after an hour.
    await context.addInitScript((id) => {
      const key = `waybeat.seen.${id}`;
      const seen = JSON.parse(localStorage.getItem(key) ?? 'null');
      if (seen) localStorage.setItem(key, JSON.stringify({ ...seen, at: Date.now() - 3_600_000 }));
    }, sol.id);
    await page.goto('/commerce/orders');
    const digest = page.getByTestId('digest');
    await digest.getByText('confirmed, shipped').waitFor();
    await digest.getByText('1 stock change: 20 → 3, low').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await card(page, 'shipped', made).waitFor();
    await context.close();
  });

  it('moves stock from shop to shop when the transfer is completed, in front of both', async () => {
    await setStock(20);
    await setStock(20, 'shop-south');
    const { page, context } = await window(ben);
    await page.goto('/commerce/transfers');
    await isLive(page);
    await page.getByRole('button', { name: 'New transfer' }).click();
    await page.getByLabel('From').selectOption('shop-north');
    await page.getByRole('combobox', { name: 'To', exact: true }).fill('shop-south');
    await page.getByLabel('Quantity').fill('6');
    await page.getByRole('button', { name: 'Start transfer' }).click();
    const row = page.getByRole('list', { name: 'Transfers' }).getByRole('listitem');
    await row.getByText('6 × Oak table').waitFor();
    const south = await window(sol);
    await south.page.goto('/commerce/stock');
    await isLive(south.page);
    await row.getByRole('button', { name: 'Send it off' }).click();
    await row.getByText('On its way').waitFor();
    await row.getByRole('button', { name: 'Complete' }).click();
    await row.getByText('Completed').waitFor();
    await south.page.locator('[data-product="p-1"]').getByText('26', { exact: true }).waitFor();
    for (const each of [context, south.context]) await each.close();
  });

  it('shows a webhook’s secret once, and in its log what arrived and at which attempt', async () => {
    const heard: string[] = [];
    const receiver = createServer((request, response) => {
      heard.push(String(request.url));
      request.resume();
      response.statusCode = heard.length === 1 ? 500 : 200;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { page, context } = await window(ben);
    await page.goto('/commerce/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
    await page.getByLabel('Events').fill('order:');
    await page.getByRole('button', { name: 'Create webhook' }).click();
    assert.ok((await page.getByTestId('webhook-secret').innerText()).length >= 16);
    await page.getByRole('button', { name: 'Done' }).click();
    const made = await order();
    await setStatus(made.id, 'confirmed');
    await page.getByRole('button', { name: 'Log' }).click();
    const log = page.getByRole('list', { name: /^Deliveries to/ });
    await log.getByText('delivered at attempt 2').waitFor();
    await log.getByText(`order:${made.id}`).first().waitFor();
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No webhooks yet').waitFor();
    await context.close();
    receiver.close();
  });

  it('announces to everybody who is here, and shows all companies to those who run the place', async () => {
    const listener = await window(mia);
    await listener.page.goto('/commerce/orders');
    await isLive(listener.page);
    const operations = await window(sue);
    await operations.page.goto('/commerce/operations');
    await operations.page.getByRole('table', { name: 'Companies' }).getByText('acme').waitFor();
    await isLive(operations.page);

    const { page, context } = await window(ben);
    await page.goto('/commerce/messages');
    await page.getByLabel('Subject').fill('Closed on Friday');
    await page.getByLabel('Text').fill('Both shops close at six.');
    await page.getByRole('button', { name: 'Announce' }).click();
    await listener.page.getByTestId('announcement').getByText('Both shops close at six.').waitFor();
    await page.getByRole('list', { name: 'Announcements' }).getByText('Closed on Friday').waitFor();

    const made = await order();
    await operations.page.getByRole('list', { name: 'What happens' }).getByText(made.orderNumber).waitFor();
    for (const each of [context, listener.context, operations.context]) await each.close();
  });

  it('has nothing that a screen reader or a keyboard would stumble over, light and dark, wide and narrow', async () => {
    const names = ['orders', 'stock', 'messages', 'transfers', 'online', 'webhooks'];
    const paths = ['/notifications', ...names.map((name) => `/commerce/${name}`)];
    for (const [scheme, width, shown] of [
      ['light', 1440, paths],
      ['dark', 390, paths.slice(0, 4)],
    ] as const) {
      const { page, context } = await window(ben, { scheme, width });
      await page.goto('/');
      await isLive(page);
      for (const path of shown) {
        await visit(page, path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
        assert.deepEqual(await faultsOf(page), [], `${path} ${scheme} ${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${path} is ${overflow} px too wide at ${width}`);
      }
      await context.close();
    }
    assert.deepEqual(complaints, []);
  });
});
