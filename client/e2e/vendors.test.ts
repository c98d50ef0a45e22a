import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { buildDashboard } from '../../scripts/demo/dashboard.ts';
import type { Vendor } from '../../server/contract/vendors.ts';
import { createTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { api } from '../../server/testing/http.ts';
import { type Person, person } from '../../server/testing/people.ts';
import { freePort, type Spawned, spawnServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, eventually, faultsOf, launch, openWindow, sessionOf, visit } from './browser.ts';

/** Vendors as customers, vendors and operators see them: the built pages in a real browser on a real server. */

const root = fileURLToPath(new URL('../..', import.meta.url));

const cleo = person({ role: 'customer', username: 'cleo' });
const vera = person({ role: 'vendor', username: 'vera', companyId: 'acme' });
const omar = person({ role: 'operator', username: 'omar', companyId: 'acme' });

const PLACE = { lat: 52.52, long: 13.4 };

describe('vendors in Chromium', needs('chromium'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let port: number;
  let browser: Browser;
  let call: ReturnType<typeof api>;
  let coffee: Vendor;
  let flowers: Vendor;

  const start = async () => {
    server = await spawnServer({ database, port });
    call = api(server.url);
  };
  const create = async (body: object): Promise<Vendor> => {
    const answer = await call(omar, 'POST', '/api/vendors', { ownerId: vera.id, ...body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  const change = async (vendor: Vendor, body: object, who = omar) => {
    const answer = await call(who, 'PATCH', `/api/vendors/${vendor.id}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const place = async ({ id }: Vendor, location: object) => {
    const answer = await call(omar, 'PUT', `/api/vendors/${id}/location`, location);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const window = (who: Person, options = {}) =>
    openWindow(browser, server.url, { session: sessionOf(who), ...options });

  before(async () => {
    await buildDashboard(root, process.env);
    database = await createTestDatabase();
    port = await freePort();
    await start();
    browser = await launch(serviceUrl('chromium'));
    coffee = await create({ name: 'Amber Coffee', category: 'Coffee', description: 'Until noon', isOpen: true });
    flowers = await create({ name: 'Birch Flowers', category: 'Flowers', isOpen: false });
    await place(coffee, PLACE);
    await place(flowers, { lat: PLACE.lat + 0.004, long: PLACE.long + 0.004 });
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    await database?.drop();
  });

  const rowOf = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(name) });
  const inView = (page: Page) => page.getByTestId('in-view');
  /** The middle of the map on the page. */
  const middle = async (page: Page) => {
    const { x, y, width, height } = (await page.locator('.leaflet-container').boundingBox())!;
    return { x: x + width / 2, y: y + height / 2 };
  };
  const drag = async (page: Page, dx: number) => {
    const { x, y } = await middle(page);
    const from = x - Math.sign(dx) * 200;
    await page.mouse.move(from, y + 150);
    await page.mouse.down();
    await page.mouse.move(from + dx / 2, y + 150, { steps: 5 });
    await page.mouse.move(from + dx, y + 150, { steps: 5 });
    await page.mouse.up();
  };
  it('the map shows who is near, and what they change as they change it', async () => {
    const { context, page } = await window(cleo);
    await page.goto('/vendors');
    await rowOf(page, 'Amber Coffee').waitFor();
    await inView(page).getByText('2 vendors in view').waitFor();

    await page.getByRole('button', { name: 'Open now', exact: true }).click();
    await inView(page).getByText('1 vendor in view').waitFor();
    await page.getByRole('button', { name: 'Open now', exact: true }).click();
    await page.getByRole('group', { name: 'Filter' }).getByText('Flowers').click();
    await rowOf(page, 'Amber Coffee').waitFor({ state: 'detached' });
    await page.getByRole('group', { name: 'Filter' }).getByText('Flowers').click();

    await rowOf(page, 'Amber Coffee').click();
    const detail = page.getByTestId('vendor-detail');
    await detail.getByText('live', { exact: true }).waitFor();
    await change(coffee, { isOpen: false, description: 'Sold out' });
    await detail.getByText('Closed').waitFor();
    await detail.getByText('Sold out').waitFor();
    await detail.getByText('while you watch').waitFor();
    await detail.getByRole('button', { name: 'Close Amber Coffee' }).click();
    await rowOf(page, 'Amber Coffee.*Closed').waitFor();
    await change(coffee, { isOpen: true });
    await rowOf(page, 'Amber Coffee.*Open').waitFor();
    await context.close();
  });

  it('a tap on a marker opens it, also where it has moved to', async () => {
    const { context, page } = await window(cleo);
    await page.goto(`/vendors?vendor=${coffee.id}`);
    const detail = page.getByTestId('vendor-detail');
    await detail.getByRole('heading', { name: 'Amber Coffee' }).waitFor();
    await detail.getByRole('button', { name: 'Close Amber Coffee' }).click();
    const { x, y } = await middle(page);
    const tapped = async () => {
      await page.mouse.click(x, y);
      return detail.isVisible();
    };
    await eventually(tapped, Boolean, 'the marker in the middle of the map was not hit');
    await detail.getByRole('button', { name: 'Close Amber Coffee' }).click();
    await place(coffee, { lat: PLACE.lat, long: PLACE.long + 0.002 });
    // Two thousandths of a degree at zoom 15.
    const moved = async () => {
      await page.mouse.click(x + (0.002 / 360) * 256 * 2 ** 15, y);
      return detail.isVisible();
    };
    await eventually(moved, Boolean, 'the marker was not where it had moved to');
    await place(coffee, PLACE);
    await context.close();
  });

  it('panning and zooming while they move: who is out of sight leaves the list, who comes into it appears', async () => {
    const { context, page } = await window(cleo);
    await page.goto(`/vendors?vendor=${coffee.id}`);
    await page.getByRole('button', { name: 'Close Amber Coffee' }).click();
    await inView(page).getByText('2 vendors in view').waitFor();
    // A marker is pixels of one canvas: an element or a layer for each would cost every frame.
    const elements = () => page.locator('.leaflet-container *').count();
    const withTwo = await elements();
    await drag(page, -900);
    await drag(page, -900);
    await inView(page).getByText('0 vendors in view').waitFor();
    assert.equal(await elements(), withTwo);
    assert.ok((await page.locator('.leaflet-container canvas').count()) <= 3, 'land, and two for what moves');
    await page.getByText('No vendor here just now').waitFor();
    // It drives into the area that is shown now: a map that was dragged glides on, farther on a busy machine.
    const driveIntoView = async () => {
      const kept = await page.evaluate(() => localStorage.getItem('waybeat.vendors.view'));
      const { lat, long } = JSON.parse(kept!);
      await place(flowers, { lat, long });
      return rowOf(page, 'Birch Flowers').isVisible();
    };
    await eventually(driveIntoView, Boolean, 'who drives into the view is listed');
    await place(flowers, { lat: PLACE.lat + 0.004, long: PLACE.long + 0.004 });
    await rowOf(page, 'Birch Flowers').waitFor({ state: 'detached' });
    for (let times = 0; times < 3; times += 1) await page.getByRole('button', { name: 'Zoom out' }).click();
    await inView(page).getByText('2 vendors in view').waitFor();
    await context.close();
  });

  it('offline says so and the ages go on growing; back again it is live by itself', async () => {
    const { context, page } = await window(cleo);
    await page.goto('/vendors');
    /** In seconds, as the list words it. */
    const age = async () => {
      const text = await rowOf(page, 'Amber Coffee').innerText();
      if (/now\s*$/.test(text)) return 0;
      const [, count, unit] = /(\d+) (s|min) ago/.exec(text) ?? [];
      return Number(count) * (unit === 'min' ? 60 : 1);
    };
    // Maps hear of who stands still every three seconds, and a busy machine shows it later: so each look reports anew.
    const reportedAge = async () => {
      await place(coffee, PLACE);
      return age();
    };
    await eventually(reportedAge, (seconds) => seconds <= 3, 'the position is fresh', 60_000);
    await server.kill();
    await page.getByTestId('map-offline').waitFor();
    const lost = await age();
    const grown = await eventually(age, (seconds) => seconds >= lost + 4, 'the age grows while nobody is heard');
    await start();
    // It may have waited for seconds between two attempts when the server came back.
    await page.getByTestId('map-offline').waitFor({ state: 'detached', timeout: 60_000 });
    await eventually(reportedAge, (seconds) => seconds < grown, 'it is fresh again', 60_000);
    await context.close();
  });

  it('a vendor opens, shares where the phone is, and hears of a change made elsewhere before overwriting it', async () => {
    await change(coffee, { isOpen: false });
    const phone = await window(vera, { width: 390, height: 844 });
    await phone.context.grantPermissions(['geolocation']);
    await phone.context.setGeolocation({ latitude: 52.53, longitude: 13.41, accuracy: 9 });
    const customer = await window(cleo);
    await customer.page.goto(`/vendors?vendor=${coffee.id}`);
    const detail = customer.page.getByTestId('vendor-detail');
    await detail.getByText('Closed').waitFor();

    const { page } = phone;
    await page.goto('/stall');
    await page.getByLabel('Which of yours').selectOption({ label: 'Amber Coffee' });
    await page.getByRole('switch', { name: /Closed/ }).click();
    await detail.getByText('Open', { exact: true }).waitFor();
    await page.getByRole('switch', { name: 'Share my position' }).click();
    await page
      .getByTestId('sharing-state')
      .getByText(/Arrived/)
      .waitFor();
    const located = async () => (await call(cleo, 'GET', `/api/vendors/${coffee.id}`)).body.location?.lat;
    await eventually(located, (lat) => lat === 52.53, 'the server has the phone’s position');
    await phone.context.setGeolocation({ latitude: 52.531, longitude: 13.41, accuracy: 9 });
    await eventually(located, (lat) => lat === 52.531, 'and follows it');
    await page.getByRole('switch', { name: 'Share my position' }).click();

    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Description').fill('Mine');
    await change(coffee, { description: 'Theirs' });
    await page.getByTestId('meanwhile').getByText('Theirs', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await detail.getByText('Mine').waitFor();
    await place(coffee, PLACE);
    await phone.context.close();
    await customer.context.close();
  });

  it('the operator sees who is open without following each, and plays back a day', async () => {
    const { context, page } = await window(omar);
    await page.goto('/vendors/overview');
    const row = page.locator(`[data-vendor="${flowers.id}"]`);
    await row.getByText('Closed').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await change(flowers, { isOpen: true }, vera);
    await row.getByText('Open', { exact: true }).waitFor();
    await create({ name: 'Cedar Fruit', category: 'Fruit', isOpen: true });
    await page.getByRole('list', { name: 'Vendors' }).getByText('Cedar Fruit').waitFor();
    await page.getByText('Open, not seen').last().click();
    await page.getByRole('list', { name: 'Vendors' }).getByText('never seen').waitFor();
    await page.getByText('All', { exact: true }).click();

    await page.getByRole('link', { name: 'The day of Amber Coffee' }).click();
    const slider = page.getByRole('slider', { name: 'Time of day' });
    await slider.waitFor();
    const first = await page.getByTestId('replay-time').innerText();
    await slider.focus();
    await page.keyboard.press('End');
    const last = await page.getByTestId('replay-time').innerText();
    assert.ok(last > first, `${last} is not after ${first}`);
    await page.keyboard.press('Home');
    await page.getByRole('button', { name: 'Play' }).click();
    await eventually(
      () => page.getByTestId('replay-time').innerText(),
      (now) => now === last,
      'it plays to the end',
    );
    await page.getByRole('button', { name: 'Play' }).waitFor();
    await context.close();
  });

  it('somebody else’s day is their own affair', async () => {
    const { context, page } = await window(cleo);
    await page.goto(`/vendors/${coffee.id}/day`);
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'Back to the map' }).waitFor();
    assert.equal(await page.getByRole('slider').count(), 0);
    await context.close();
  });

  it('nothing stands in the way of a keyboard or a screen reader, on a phone in the dark or a desk in the light', async () => {
    const faults: string[] = [];
    for (const [scheme, width, height] of [
      ['light', 1440, 900],
      ['dark', 390, 844],
    ] as const) {
      const customer = await window(cleo, { scheme, width, height });
      await customer.page.goto(`/vendors?vendor=${coffee.id}`);
      await customer.page.getByTestId('vendor-detail').getByText('live', { exact: true }).waitFor();
      faults.push(...(await faultsOf(customer.page)));
      await customer.page.goto('/vendors');
      if (width < 500) await customer.page.getByRole('button', { name: /^List/ }).click();
      await rowOf(customer.page, 'Amber Coffee').waitFor();
      faults.push(...(await faultsOf(customer.page)));
      await customer.context.close();
      if (width > 500) continue;
      const vendor = await window(vera, { scheme, width, height });
      await vendor.page.goto('/stall');
      await vendor.page.getByRole('switch').first().waitFor();
      faults.push(...(await faultsOf(vendor.page)));
      await vendor.context.close();
      const operator = await window(omar, { scheme, width, height });
      await operator.page.goto('/vendors/overview');
      await operator.page.getByRole('list', { name: 'Vendors' }).waitFor();
      faults.push(...(await faultsOf(operator.page)));
      await visit(operator.page, `/vendors/${coffee.id}/day`);
      await operator.page.getByRole('slider').waitFor();
      faults.push(...(await faultsOf(operator.page)));
      await operator.context.close();
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(complaints, []);
  });
});
