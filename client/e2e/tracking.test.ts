import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { buildDashboard } from '../../scripts/demo/dashboard.ts';
import type { Parcel, TrailPoint } from '../../server/contract/tracking.ts';
import { createTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { api } from '../../server/testing/http.ts';
import { type Person, person } from '../../server/testing/people.ts';
import { type Spawned, spawnServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, eventually, faultsOf, launch, openWindow, sessionOf } from './browser.ts';

/** A parcel on its way in real browsers: the rider's phone, the customer's page and the dispatcher's map. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const ana = person({ role: 'operator', username: 'ana', companyId: 'acme' });
const rita = person({ role: 'rider', username: 'rita', companyId: 'acme' });
const ravi = person({ role: 'rider', username: 'ravi', companyId: 'acme' });
const mona = person({ role: 'merchant', username: 'mona', companyId: 'acme' });

const PHONE = { width: 390, height: 844 };
/** A picture of one pixel, as a camera would give a larger one. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** Northward along one street, some 11 m a step. */
const place = (step: number) => ({ latitude: 52.5 + step * 0.0001, longitude: 13.4, accuracy: 8 });
const latOf = (step: number) => place(step).latitude;
const close = (a: number, b: number) => Math.abs(a - b) < 1e-6;

describe('courier tracking in Chromium', needs('chromium'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let browser: Browser;
  let call: ReturnType<typeof api>;

  const window = (who: Person, options = {}) =>
    openWindow(browser, server.url, { session: sessionOf(who), ...options });
  const create = async (rider?: Person): Promise<Parcel> => {
    const { status, body } = await call(ana, 'POST', '/api/tracking', {
      origin: { address: 'Depot, Hafenstraße 1', lat: 52.49, long: 13.4 },
      destination: { address: 'Lindenallee 7', lat: 52.53, long: 13.4 },
      senderId: mona.id,
      ...(rider && { riderId: rider.id }),
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const read = async (awb: string): Promise<Parcel> => (await call(ana, 'GET', `/api/tracking/${awb}`)).body;
  const trailOf = async (awb: string): Promise<TrailPoint[]> =>
    (await call(ana, 'GET', `/api/tracking/${awb}/trail`)).body.items;
  const linkOf = async (awb: string): Promise<string> =>
    (await call(ana, 'POST', `/api/tracking/${awb}/links`, {})).body.url;
  /** The rider's phone with a position, sharing it. */
  const ride = async (rider: Person, step: number) => {
    const phone = await window(rider, PHONE);
    await phone.context.grantPermissions(['geolocation']);
    await phone.context.setGeolocation(place(step));
    await phone.page.goto('/tracking');
    await phone.page.getByRole('button', { name: 'Start sharing' }).click();
    await phone.page.getByText('Your position is shared').waitFor();
    return phone;
  };
  const waiting = async (page: Page) => Number(await page.getByTestId('queue').getAttribute('data-waiting'));
  const shownAt = async (page: Page, map: string) => {
    const at = await page
      .getByTestId(map)
      .locator('[data-at]')
      .getAttribute('data-at', { timeout: 1000 })
      .catch(() => null);
    return at === null ? Number.NaN : Number(at.split(',')[0]);
  };
  const isAccessible = async (page: Page, what: string) => assert.deepEqual(await faultsOf(page), [], what);
  const picture = async (page: Page, name: string) => {
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
  };

  before(async () => {
    await buildDashboard(root, process.env);
    database = await createTestDatabase();
    server = await spawnServer({ database });
    call = api(server.url);
    browser = await launch(serviceUrl('chromium'));
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    await database?.drop();
  });

  it('the customer’s page and the dispatcher’s map move while the rider’s page reports', async () => {
    const { awb } = await create(rita);
    await create();
    const phone = await ride(rita, 0);
    await phone.page.getByRole('button', { name: `Picked up, ${awb}` }).click();
    await phone.page.getByRole('button', { name: `Out for delivery, ${awb}` }).click();
    await eventually(
      () => read(awb),
      ({ status }) => status === 'OUT_FOR_DELIVERY',
      'both taps arrived',
    );

    const desk = await window(ana);
    await desk.page.goto('/tracking');
    const map = desk.page.getByRole('application');
    await desk.page.locator('[data-markers="1"]').waitFor();
    await map.focus();
    await desk.page.keyboard.press('PageDown');
    await desk.page.getByTestId('chosen').getByText(awb).waitFor();

    const customer = await openWindow(browser, server.url, PHONE);
    await customer.page.goto(await linkOf(awb));
    await customer.page.getByText('Your rider is on the way to you.').waitFor();
    await customer.page.getByText('live', { exact: true }).waitFor();
    for (const step of [1, 2, 3]) {
      await phone.context.setGeolocation(place(step));
      await eventually(
        () => Promise.all([shownAt(customer.page, 'public-map'), shownAt(desk.page, 'fleet-map')]),
        (shown) => shown.every((lat) => close(lat, latOf(step))),
        `both screens at step ${step}`,
      );
    }
    assert.match((await customer.page.getByTestId('position-age').textContent()) ?? '', /within 8 m/);
    assert.doesNotMatch((await customer.page.content()) ?? '', /Lindenallee|rita/);
    await isAccessible(customer.page, 'the customer’s page');
    await isAccessible(desk.page, 'the dispatcher’s map');
    await isAccessible(phone.page, 'the rider’s page');
    await picture(customer.page, 'public-390');
    await picture(desk.page, 'fleet-1440');
    await picture(phone.page, 'rider-390');
    for (const { context } of [phone, desk, customer]) await context.close();
  });

  it('the customer is told that the rider is approaching, and sees what is old as old', async () => {
    const { awb } = await create(ravi);
    await call(ana, 'POST', `/api/tracking/${awb}/status`, { status: 'OUT_FOR_DELIVERY' });
    const report = (lat: number, minutesAgo: number) =>
      call(ravi, 'POST', `/api/tracking/${awb}/location`, {
        lat,
        long: 13.4,
        accuracy: 8,
        recordedAt: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
      });
    await report(52.5, 6);
    const { page, context } = await openWindow(browser, server.url, PHONE);
    await page.goto(await linkOf(awb));
    await page.getByText('live', { exact: true }).waitFor();
    const age = page.getByTestId('position-age');
    await age.getByText('Last known position, 6 min ago').waitFor();
    assert.equal(await age.getAttribute('data-stale'), 'true');
    assert.equal(await page.getByTestId('approaching').count(), 0);
    await picture(page, 'public-stale-390');

    await report(52.5275, 0);
    await page
      .getByTestId('approaching')
      .getByText(/min, \d+ m away/)
      .waitFor();
    await eventually(
      () => age.getAttribute('data-stale'),
      (stale) => stale === null,
      'the position is new',
    );
    await picture(page, 'public-approaching-390');
    await isAccessible(page, 'the customer’s page when the rider comes');

    await context.setOffline(true);
    await page.getByText(/^(stale since|as of)/).waitFor({ timeout: 40_000 });
    await picture(page, 'public-offline-390');
    await context.setOffline(false);
    await page.getByText('live', { exact: true }).waitFor({ timeout: 40_000 });
    await call(ravi, 'POST', `/api/tracking/${awb}/status`, { status: 'DELIVERED' });
    await page
      .getByTestId('public-status')
      .getByText(/delivered/i)
      .waitFor();
    await context.close();
  });

  it('what the rider did without network arrives once and in order, and the customer sees no jump back', async () => {
    const { awb } = await create(ravi);
    await call(ana, 'POST', `/api/tracking/${awb}/status`, { status: 'OUT_FOR_DELIVERY' });
    const customer = await openWindow(browser, server.url, PHONE);
    await customer.page.goto(await linkOf(awb));
    await customer.page.getByText('live', { exact: true }).waitFor();

    const { context, page } = await ride(ravi, 1000);
    await eventually(
      () => shownAt(customer.page, 'public-map'),
      (lat) => close(lat, latOf(1000)),
      'the first position',
    );
    await customer.page.evaluate(`
      window.shown = [];
      const map = document.querySelector('[role=application]');
      new MutationObserver(() => window.shown.push(Number((map.dataset.at ?? '').split(',')[0])))
        .observe(map, { attributes: true, attributeFilter: ['data-at'] });
    `);
    await eventually(
      () => waiting(page),
      (count) => count === 0,
      'nothing waits',
    );
    await context.setOffline(true);

    const walk = async (shown: Page, from: number, to: number) => {
      for (let step = from; step <= to; step++) {
        const before = await waiting(shown);
        await context.setGeolocation(place(step));
        await eventually(
          () => waiting(shown),
          (count) => count > before,
          `step ${step} is kept`,
        );
        // A phone tells its position at most some times a second.
        await new Promise((resolve) => setTimeout(resolve, 210));
      }
    };
    await walk(page, 1001, 1030);
    await page.getByRole('button', { name: `Failed attempt, ${awb}` }).click();
    await page.getByText('Failed attempt: waiting to be sent').waitFor();
    await page.getByRole('button', { name: `Out for delivery, ${awb}` }).waitFor();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: `Photo as proof, ${awb}` }).click();
    await (await chooser).setFiles({ name: 'door.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByTestId('queue').getByText(`${awb}: photo`).waitFor();
    await picture(page, 'rider-offline-390');
    await page.close();

    const reopened = await context.newPage();
    await reopened.goto('/tracking');
    await reopened.getByTestId('queue').getByText(`${awb}: photo`).waitFor();
    await reopened.getByText('Failed attempt: waiting to be sent').waitFor();
    await walk(reopened, 1031, 1060);
    await reopened.getByRole('button', { name: `Out for delivery, ${awb}` }).click();
    const kept = await waiting(reopened);
    assert.ok(kept >= 63, `60 positions, two statuses and a photo wait (${kept})`);
    await context.setOffline(false);
    await eventually(
      () => waiting(reopened),
      (count) => count === 0,
      'all is sent',
    );
    await reopened.getByText('Everything is sent').waitFor();

    const trail = await trailOf(awb);
    const steps = trail.filter(({ source }) => source === 'rider').map(({ lat }) => Math.round((lat - 52.5) / 0.0001));
    for (let step = 1001; step <= 1060; step++)
      assert.ok(steps.includes(step), `step ${step} is in the trail: ${steps.join(' ')}`);
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => a - b),
    );
    const moments = trail.map(({ recordedAt }) => recordedAt);
    assert.equal(new Set(moments).size, moments.length, 'each is there once');
    const { timeline } = await read(awb);
    assert.deepEqual(
      timeline.map(({ status }) => status),
      ['CREATED', 'OUT_FOR_DELIVERY', 'FAILED_ATTEMPT', 'OUT_FOR_DELIVERY'],
    );
    const proofs = await call(ana, 'GET', `/api/tracking/${awb}/proofs`);
    assert.equal(proofs.body.items.length, 1);

    await eventually(
      () => shownAt(customer.page, 'public-map'),
      (lat) => close(lat, latOf(1060)),
      'the customer sees the newest',
    );
    const shown = (await customer.page.evaluate('window.shown')) as number[];
    assert.deepEqual(
      shown,
      [...shown].sort((a, b) => a - b),
      'the marker never went back',
    );
    const desk = await window(ana);
    await desk.page.goto(`/tracking/${awb}`);
    await desk.page.getByRole('region', { name: 'Whereabouts' }).getByText('positions in the trail').waitFor();
    await eventually(
      () =>
        desk.page
          .getByRole('img', { name: /^Proof of delivery/ })
          .evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)),
      ([width]) => width === 1,
      'the photo is shown',
    );
    await picture(desk.page, 'trail-1440');
    await desk.page.setViewportSize(PHONE);
    await picture(desk.page, 'trail-390');
    await desk.page.goto('/tracking');
    await desk.page.getByTestId('fleet').getByText(awb).waitFor();
    await picture(desk.page, 'fleet-390');
    await desk.context.close();
    await context.close();
    await customer.context.close();
  });

  it('creates a parcel, gives it to a rider, shares it by QR, and marks what changed since one looked', async () => {
    // A parcel goes to a rider whom the server has met.
    assert.equal((await call(rita, 'GET', '/api/auth/me')).status, 200);
    const desk = await window(ana);
    const { page } = desk;
    await page.goto('/tracking/all');
    await page.getByRole('button', { name: 'New parcel' }).click();
    const dialog = page.getByRole('dialog');
    for (const [name, address, lat] of [
      ['From', 'Depot', '52.49'],
      ['To', 'Gartenweg 3', '52.51'],
    ] as const) {
      const group = dialog.getByRole('group', { name });
      await group.getByLabel('Address').fill(address);
      await group.getByLabel('Latitude').fill(lat);
      await group.getByLabel('Longitude').fill('13.4');
    }
    await dialog.getByRole('button', { name: 'Create parcel' }).click();
    const heading = page.getByRole('heading', { level: 1, name: /^FX\d{8}$/ });
    await heading.waitFor();
    const awb = await heading.innerText();
    await page.getByRole('button', { name: 'Assign rider' }).click();
    await dialog.getByLabel('Rider *').fill('rita');
    await dialog.getByRole('button', { name: 'Assign rider' }).click();
    await page.getByRole('region', { name: 'Parcel', exact: true }).getByText('rita', { exact: true }).waitFor();
    assert.equal((await read(awb)).riderId, rita.id);

    await page.getByRole('button', { name: 'Share' }).click();
    await dialog.getByRole('button', { name: 'Make a link' }).click();
    await dialog.getByRole('img', { name: 'The link as a QR code' }).waitFor();
    const url = await dialog.getByTestId('link').inputValue();
    await picture(page, 'share-1440');
    const customer = await openWindow(browser, server.url, { ...PHONE, scheme: 'dark' });
    await customer.page.goto(url);
    await customer.page.getByText('The sender is preparing your parcel.').waitFor();
    await isAccessible(customer.page, 'the customer’s page in the dark');
    await picture(customer.page, 'public-dark-390');
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The link opens nothing any more.').waitFor();
    await customer.page.goto(url);
    await customer.page.getByText('This link shows nothing').waitFor();
    assert.equal(await customer.page.getByText(/stale/).count(), 0, 'what shows nothing cannot be stale');
    await customer.context.close();

    await picture(page, 'parcel-1440');
    await isAccessible(page, 'a parcel');
    await page.getByRole('link', { name: 'All parcels' }).first().click();
    await page.getByRole('link', { name: 'All parcels' }).click();
    const line = page.getByTestId('parcels').getByRole('listitem').filter({ hasText: awb });
    await line.waitFor();
    assert.equal(await line.getByTestId('unread').count(), 0);
    await call(ana, 'POST', `/api/tracking/${awb}/status`, { status: 'IN_TRANSIT' });
    await line.getByTestId('unread').getByText('1 new').waitFor();
    await line.getByText('In transit').waitFor();
    await isAccessible(page, 'the list');
    await picture(page, 'list-1440');
    await line.getByRole('link').click();
    await page.getByTestId('parcel-timeline').getByText('In transit').waitFor();
    await page.goBack();
    await line.waitFor();
    assert.equal(await line.getByTestId('unread').count(), 0);
    await page.getByRole('link', { name: 'Watched now' }).click();
    await page.getByRole('heading', { name: 'Watched now' }).waitFor();
    await desk.context.close();
  });

  it('asks before it sets a status on top of somebody else’s', async () => {
    const { awb } = await create();
    const { page, context } = await window(ana, { scheme: 'dark' });
    await page.goto(`/tracking/${awb}`);
    await page.getByRole('button', { name: 'Set status' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('New status').selectOption('AT_HUB');
    await call(ana, 'POST', `/api/tracking/${awb}/status`, { status: 'IN_TRANSIT' });
    await dialog.getByText('The status went from Created to In transit.').waitFor();
    await isAccessible(page, 'the question');
    await picture(page, 'meanwhile-dark-1440');
    await dialog.getByRole('button', { name: 'Set status anyway' }).click();
    await eventually(
      () => read(awb),
      ({ status }) => status === 'AT_HUB',
      'what was chosen',
    );
    await context.close();
  });

  it('a merchant sees the parcels they sent, live and on a phone too', async () => {
    const { awb } = await create();
    const { page, context } = await window(mona, PHONE);
    await page.goto('/tracking');
    await page.getByRole('heading', { name: 'Parcels you sent' }).waitFor();
    const line = page.getByTestId('parcels').getByRole('listitem').filter({ hasText: awb });
    await line.getByText('Created').waitFor();
    await call(ana, 'POST', `/api/tracking/${awb}/status`, { status: 'PICKED_UP' });
    await line.getByText('Picked up').waitFor();
    await isAccessible(page, 'a merchant’s list');
    await picture(page, 'merchant-390');
    await context.close();
  });

  it('with JavaScript off the page still says the last known status', async () => {
    const { awb } = await create();
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false, viewport: PHONE });
    const page = await context.newPage();
    await page.goto(await linkOf(awb));
    const text = await page.locator('body').innerText();
    assert.match(text, new RegExp(awb));
    assert.match(text, /Announced/);
    assert.doesNotMatch(text, /needs JavaScript/);
    await picture(page, 'noscript-390');
    await context.close();
  });

  it('no page complained', () => {
    assert.deepEqual(complaints, []);
  });
});
