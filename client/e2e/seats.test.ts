import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import { buildDashboard } from '../../scripts/demo/dashboard.ts';
import { createTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { api } from '../../server/testing/http.ts';
import { type Person, person } from '../../server/testing/people.ts';
import { type Spawned, spawnServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, eventually, faultsOf, launch, openWindow, sessionOf, visit } from './browser.ts';

/** Buying a seat in a real browser, on a real server. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const WEBHOOK_SECRET = 'the gateway and we alone know this one';

const ana = person({ role: 'customer', username: 'ana' });
const ben = person({ role: 'customer', username: 'ben' });
const agnes = person({ role: 'agent', username: 'agnes', companyId: 'acme' });

type Departure = { id: string };

describe('bus seats in Chromium', needs('chromium'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let patient: Spawned;
  let browser: Browser;
  let call: ReturnType<typeof api>;

  const window = (who: Person, options = {}, url = patient.url) =>
    openWindow(browser, url, { session: sessionOf(who), ...options });
  const create = async (seatNumbers: string[] = coach(6)): Promise<Departure> => {
    const { status, body } = await call(agnes, 'POST', '/api/routes', {
      origin: 'Hamburg',
      destination: 'Berlin',
      departsAt: new Date(Date.now() + 86_400_000).toISOString(),
      seatNumbers,
      price: { amount: 1950, currency: 'EUR' },
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const seatsOf = async ({ id }: Departure) =>
    (await call(agnes, 'GET', `/api/routes/${id}/seats`)).body.seats as { seatNumber: string; status: string }[];
  const statusOf = async (departure: Departure, seatNumber: string) =>
    (await seatsOf(departure)).find((seat) => seat.seatNumber === seatNumber)?.status;

  before(async () => {
    await buildDashboard(root, process.env);
    database = await createTestDatabase();
    const env = { PAYMENT_PROVIDER: 'test' };
    patient = await spawnServer({ database, env });
    // Two processes on one database; the embedded one belongs to a single process.
    server = database.env.DATABASE_URL
      ? await spawnServer({
          database,
          env: {
            PAYMENT_PROVIDER: 'webhook',
            PAYMENT_WEBHOOK_SECRET: WEBHOOK_SECRET,
          },
        })
      : patient;
    call = api(patient.url);
    browser = await launch(serviceUrl('chromium'));
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    await patient?.kill();
    await database?.drop();
  });

  const open = async (page: Page, { id }: Departure) => {
    await page.goto(`/seats/departures/${id}`);
    await page.getByTestId('seat-map').waitFor();
    await page
      .getByRole('region', { name: /^Seats/ })
      .getByText('live')
      .waitFor();
  };
  const seat = (page: Page, seatNumber: string) => page.locator(`[data-seat="${seatNumber}"]`);
  const hold = async (page: Page, seatNumber: string, name: string) => {
    await seat(page, seatNumber).click();
    await page.getByLabel(`Passenger in seat ${seatNumber}`).fill(name);
    await page.getByRole('button', { name: `Hold seat ${seatNumber}` }).click();
  };

  /** Sets how many seconds a suspended hold has left. */
  const leaveOfHold = async (ticketId: string, seconds: number) => {
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    await client
      .query('update tickets set hold_left = $2 where id = $1', [ticketId, seconds])
      .finally(() => client.end());
  };

  /** The gateway calls the way it does, signed. */
  const gatewaySays = async (type: string, ticketId: string) => {
    const data = { ticketId, amount: 1950, currency: 'EUR', reference: `${type}-${ticketId}` };
    const body = JSON.stringify({ id: `${type}-${ticketId}`, type, data });
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-signature': signature };
    return (await fetch(`${server.url}/api/payments/webhook`, { method: 'POST', body, headers })).status;
  };

  it('two windows go for one seat: one gets it, the other is told at once and keeps the rest of its choice', async () => {
    const departure = await create();
    const mine = await window(ana);
    const theirs = await window(ben);
    await Promise.all([open(mine.page, departure), open(theirs.page, departure)]);
    await seat(theirs.page, '2A').click();
    await seat(theirs.page, '2B').click();
    await hold(mine.page, '2A', 'Ana Lima');

    await theirs.page.getByTestId('lost-seat').getByText('Seat 2A was just taken').waitFor();
    assert.equal(await seat(theirs.page, '2A').getAttribute('data-look'), 'reserved');
    assert.equal(await seat(theirs.page, '2B').getAttribute('data-look'), 'chosen');
    await mine.page.getByText('Held for you: seat 2A').waitFor();
    assert.equal(await seat(mine.page, '2A').getAttribute('data-look'), 'held');
    const shown = await theirs.page.content();
    assert.ok(!shown.includes('Ana Lima'), 'a passenger is nobody else’s business');

    await mine.page.getByRole('button', { name: /^Pay/ }).click();
    await mine.page.getByTestId('booked').getByText('Seat 2A').waitFor();
    await theirs.page.locator('[data-seat="2A"][data-look="confirmed"]').waitFor();
    assert.equal(await statusOf(departure, '2A'), 'confirmed');
    await mine.context.close();
    await theirs.context.close();
  });

  it('both press at the same moment: one hold, one refusal, and both maps tell the same', async () => {
    const departure = await create();
    const windows = await Promise.all([window(ana), window(ben)]);
    await Promise.all(
      windows.map(async ({ page }, index) => {
        await open(page, departure);
        await seat(page, '3C').click();
        await page.getByLabel('Passenger in seat 3C').fill(`Passenger ${index}`);
      }),
    );
    await Promise.all(
      windows.map(({ page }) =>
        // The other's hold may take the button away first; then that window has been told already.
        page.evaluate(() => {
          const buttons = [...document.querySelectorAll('button')];
          buttons.find(({ textContent }) => textContent?.includes('Hold seat 3C'))?.click();
        }),
      ),
    );
    const outcome = async (page: Page) =>
      (await page.getByText('Held for you: seat 3C').isVisible())
        ? 'held'
        : (await page.getByTestId('lost-seat').isVisible())
          ? 'lost'
          : 'waiting';
    const outcomes = await eventually(
      () => Promise.all(windows.map(({ page }) => outcome(page))),
      (seen) => !seen.includes('waiting'),
      'both windows know',
    );
    assert.deepEqual(outcomes.sort(), ['held', 'lost']);
    await Promise.all(windows.map(({ context }) => context.close()));
  });

  it('is bought with the keyboard alone: arrows walk the map, one stop for the Tab key', async () => {
    const departure = await create();
    const { page, context } = await window(ana, { width: 390, height: 844 });
    await open(page, departure);
    assert.equal(await page.locator('[data-seat][tabindex="0"]').count(), 1);
    await seat(page, '1A').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'End']) await page.keyboard.press(key);
    await page.keyboard.press('Space');
    assert.equal(await seat(page, '2D').getAttribute('aria-selected'), 'true');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Ana Lima');
    await page.keyboard.press('Enter');
    await page.getByText('Held for you: seat 2D').waitFor();
    await context.close();
  });

  it('a hold ends on screen within a second, whatever the device’s clock says; money that comes late is not lost', async (test) => {
    if (server === patient) return test.skip('a gateway takes a process of its own');
    const departure = await create();
    const { page, context } = await window(ana, {}, server.url);
    // Ahead by 20 minutes: by this clock the hold is over before it began.
    await page.addInitScript(() => {
      const real = Date.now;
      Date.now = () => real() + 1_200_000;
      Object.assign(globalThis, { realNow: real });
    });
    await open(page, departure);
    await hold(page, '4B', 'Ana Lima');
    await page.getByText('Held for you: seat 4B').waitFor();
    await page
      .getByTestId('countdown')
      .getByText(/^(09|10):/)
      .waitFor();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByTestId('payment-pending').waitFor();
    const { body } = await call(ana, 'GET', `/api/tickets?routeId=${departure.id}`);
    const ticket = body.items[0];

    // While it is suspended a hold stands still: its last seconds begin when this test is ready to watch them.
    assert.equal((await call(agnes, 'POST', `/api/tickets/${ticket.id}/suspend`, {})).status, 200);
    await page.locator('[data-seat="4B"][data-look="suspended"]').waitFor();
    await leaveOfHold(ticket.id, 5);
    const shown = page.evaluate(momentOf, 'Your hold (on seat 4B )?has ended');
    const reinstated = await call(agnes, 'POST', `/api/tickets/${ticket.id}/reinstate`, {});
    const endsAt = Date.parse(reinstated.body.expiresAt);
    // What a timer for that very moment makes of it in the same page: how late the machine itself is.
    const due = page.evaluate(timerAt, endsAt);
    const [shownAt, dueAt] = await Promise.all([shown, due]);
    assert.ok(shownAt > endsAt - 1_000, `shown ${endsAt - shownAt} ms before the server’s moment`);
    assert.ok(shownAt < dueAt + 1_000, `shown ${shownAt - dueAt} ms after the server’s moment`);
    await page.locator('[data-seat="4B"][data-look="available"]').waitFor();
    await page.getByTestId('hold-ended').waitFor();

    const taken = { routeId: departure.id, seatNumber: '4B', passengerName: 'Ben Ode' };
    assert.equal((await call(ben, 'POST', '/api/tickets', taken)).status, 201);
    assert.equal(await gatewaySays('payment.succeeded', ticket.id), 200);
    await page
      .getByTestId('offer')
      .getByRole('button', { name: /^Take seat/ })
      .click();
    await page.getByTestId('booked').waitFor();
    await context.close();
  });

  it('two seats are held as one, get more time once, and outlive a gateway that says no', async (test) => {
    if (server === patient) return test.skip('a gateway takes a process of its own');
    const departure = await create();
    const { page, context } = await window(ana, {}, server.url);
    await open(page, departure);
    for (const seatNumber of ['2A', '2B']) await seat(page, seatNumber).click();
    await page.getByLabel('Passenger in seat 2A').fill('Ana Lima');
    await page.getByLabel('Passenger in seat 2B').fill('Ida Lima');
    await page.getByRole('button', { name: 'Hold 2 seats' }).click();
    await page.getByText('Held for you: seats 2A and 2B').waitFor();
    await page.getByRole('button', { name: 'More time' }).click();
    await page.getByRole('button', { name: 'Extended' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Extended' }).isDisabled());
    const { body } = await call(ana, 'GET', `/api/tickets?routeId=${departure.id}`);
    const ids: string[] = body.items.map(({ id }: { id: string }) => id);
    assert.equal(ids.length, 2);
    assert.equal((await call(ana, 'POST', `/api/tickets/${ids[0]}/extend`, {})).status, 409);

    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByTestId('payment-pending').waitFor();
    for (const id of ids) assert.equal(await gatewaySays('payment.failed', id), 200);
    await page.getByTestId('payment-refused').waitFor();
    assert.equal(await statusOf(departure, '2B'), 'reserved');
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByTestId('payment-pending').waitFor();
    for (const id of ids) assert.equal(await gatewaySays('payment.succeeded', id), 200);
    for (const seatNumber of ['2A', '2B'])
      await page.locator(`[data-seat="${seatNumber}"][data-look="mine"]`).waitFor();
    await context.close();
  });

  it('the network goes in the middle of paying: nobody is asked to pay twice, and it is paid once', async () => {
    const departure = await create();
    const { page, context } = await window(ana);
    await open(page, departure);
    await hold(page, '1D', 'Ana Lima');
    await page.getByText('Held for you: seat 1D').waitFor();
    const keys: (string | undefined)[] = [];
    await page.route('**/api/payments', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      // The server takes the money; neither its answer nor its event arrives.
      await context.setOffline(true);
      const request = route.request();
      await fetch(request.url(), { method: 'POST', headers: request.headers(), body: request.postData() });
      await route.abort('internetdisconnected');
    });
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByTestId('payment-unsure').waitFor();
    assert.ok(await page.getByRole('button', { name: /^Pay/ }).isDisabled());
    await context.setOffline(false);
    await page.getByTestId('booked').getByText('Seat 1D').waitFor();
    assert.equal(await statusOf(departure, '1D'), 'confirmed');
    assert.equal(new Set(keys).size, 1);
    await context.close();
  });

  it('a full bus has a waiting list, and the seat that comes free is held for who waits', async () => {
    const departure = await create(['1']);
    const sold = { routeId: departure.id, seatNumber: '1', passengerName: 'Ben Ode' };
    const { body: ticket } = await call(ben, 'POST', '/api/tickets', sold);
    const { page, context } = await window(ana);
    await open(page, departure);
    await page.getByLabel('Passenger', { exact: true }).fill('Ana Lima');
    await page.getByRole('button', { name: 'Join the waiting list' }).click();
    await page.getByTestId('waiting').getByText('You are next').waitFor();
    await call(ben, 'POST', `/api/tickets/${ticket.id}/cancel`, {});
    await page.getByText('Free for you: seat 1').waitFor();
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByTestId('booked').getByText('Seat 1').waitFor();
    await context.close();
  });

  it('an agency’s timetable becomes departures, and the search finds them', async () => {
    const { page, context } = await window(agnes);
    await page.goto('/seats/timetable');
    await page.getByLabel('From day').fill('2027-01-08');
    await page.getByLabel('To day').fill('2027-01-09');
    await page.getByTestId('connection').getByText('Connected').waitFor();
    await page.locator('input[type=file]').setInputFiles(`${root}/scripts/samples/alpine-lines-gtfs.zip`);
    await page.getByTestId('timetable-summary').getByText('15 departures created').waitFor();
    assert.match(await page.getByTestId('left-out').innerText(), /fewer than two stops/);
    await page.getByRole('link', { name: 'See the departures' }).click();
    await page.getByRole('combobox', { name: 'From' }).fill('lyon');
    await page
      .getByTestId('departures')
      .getByRole('link', { name: /Lyon Perrache/ })
      .first()
      .waitFor();
    await eventually(
      () => page.getByTestId('departures').getByText('Hamburg').count(),
      (count) => count === 0,
      'only what was searched',
    );
    await context.close();
  });

  it('a paid ticket shows a code that a reader reads', async () => {
    const departure = await create();
    const { body: ticket } = await call(ana, 'POST', '/api/tickets', {
      routeId: departure.id,
      seatNumber: '5A',
      passengerName: 'Ana Lima',
    });
    const { page, context } = await window(ana, { width: 390, height: 844, scheme: 'dark' });
    await page.goto(`/seats/tickets/${ticket.id}`);
    await page.getByText('The code shows here once it is paid.').waitFor();
    const { status } = await call(ana, 'POST', '/api/payments', {
      ticketId: ticket.id,
      amount: 1950,
      currency: 'EUR',
      method: 'card',
    });
    assert.equal(status, 201);
    await page.getByTestId('qr').waitFor();
    const pixels = await page.getByTestId('qr').evaluate(async (svg) => {
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
      image.width = 240;
      image.height = 240;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: 240, height: 240 });
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0, 240, 240);
      return [...context.getImageData(0, 0, 240, 240).data];
    });
    assert.equal(decodeQR({ width: 240, height: 240, data: Uint8Array.from(pixels) }), ticket.code);
    await context.close();

    const door = await window(agnes);
    await door.page.goto('/seats/tickets');
    await door.page.getByLabel('Code of a ticket').fill(ticket.code);
    await door.page.keyboard.press('Enter');
    await door.page.getByRole('article', { name: 'Ticket for seat 5A' }).getByText('Ana Lima').waitFor();
    await door.context.close();
  });

  it('an agent moves, suspends and cancels, and the passenger’s screen follows', async () => {
    const departure = await create();
    const buyer = await window(ana);
    await open(buyer.page, departure);
    await hold(buyer.page, '2C', 'Ana Lima');
    await buyer.page.getByRole('button', { name: /^Pay/ }).click();
    await buyer.page.locator('[data-seat="2C"][data-look="mine"]').waitFor();

    const { page, context } = await window(agnes);
    await open(page, departure);
    await seat(page, '2C').click();
    await page.getByRole('dialog').getByText('Ana Lima').waitFor();
    await page.getByRole('button', { name: 'Suspend', exact: true }).click();
    await page.getByLabel('Reason').fill('Payment questioned');
    await page.getByRole('button', { name: 'Suspend', exact: true }).click();
    await buyer.page.locator('[data-seat="2C"][data-look="suspended"]').waitFor();

    await page
      .getByTestId('passengers')
      .getByRole('button', { name: /Ana Lima/ })
      .click();
    await page.getByRole('button', { name: 'Reinstate' }).waitFor();
    // A colleague decides while the dialog is open: nothing is overwritten unseen.
    const { body: listed } = await call(agnes, 'GET', `/api/tickets?routeId=${departure.id}`);
    assert.equal((await call(agnes, 'POST', `/api/tickets/${listed.items[0].id}/reinstate`, {})).status, 200);
    await page.getByTestId('seat-meanwhile').waitFor();
    await page.getByRole('button', { name: 'Leave it so' }).click();
    await buyer.page.locator('[data-seat="2C"][data-look="mine"]').waitFor();

    await page
      .getByTestId('passengers')
      .getByRole('button', { name: /Ana Lima/ })
      .click();
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByLabel('New seat').selectOption('3D');
    await page.getByRole('button', { name: 'Move the passenger' }).click();
    await buyer.page.locator('[data-seat="3D"][data-look="mine"]').waitFor();
    await buyer.page.locator('[data-seat="2C"][data-look="available"]').waitFor();

    await page.getByRole('button', { name: 'Cancel departure' }).click();
    await page.getByLabel('Reason for the passengers').fill('Snow');
    await page.getByRole('button', { name: 'Cancel the departure' }).click();
    await buyer.page.getByText('This departure is cancelled').waitFor();
    await context.close();
    await buyer.context.close();
  });

  it('has no serious accessibility fault, light and dark, on a phone and on a desk', async () => {
    const departure = await create();
    await call(ben, 'POST', '/api/tickets', { routeId: departure.id, seatNumber: '1B', passengerName: 'Ben Ode' });
    for (const [who, scheme, width] of [
      [ana, 'light', 1440],
      [ana, 'dark', 390],
      [agnes, 'dark', 1440],
      [agnes, 'light', 390],
    ] as const) {
      const { page, context } = await window(who, { scheme, width });
      await open(page, departure);
      await seat(page, '1C').click();
      await assertAccessible(page, `seat map ${scheme} ${width}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
      const other =
        who === ana ? (width === 390 ? '/seats' : '/seats/tickets') : width === 390 ? '/seats/timetable' : '/seats';
      await visit(page, other);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
      await assertAccessible(page, `${other} ${scheme} ${width}`);
      await context.close();
    }
    assert.deepEqual(complaints, []);
  });
});

const coach = (rows: number) =>
  Array.from({ length: rows }, (_, row) => ['A', 'B', 'C', 'D'].map((letter) => `${row + 1}${letter}`)).flat();

declare const realNow: () => number;

/** In the page: when this text is shown, by the machine's own clock. */
const momentOf = (text: string) =>
  new Promise<number>((resolve) => {
    const observer = new MutationObserver(() => {
      if (!new RegExp(text).test(document.body.textContent ?? '')) return;
      observer.disconnect();
      resolve(realNow());
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });

/** In the page: when a timer for this moment really runs. */
const timerAt = (moment: number) =>
  new Promise<number>((resolve) => setTimeout(() => resolve(realNow()), moment - realNow()));

const assertAccessible = async (page: Page, where: string) => assert.deepEqual(await faultsOf(page), [], where);
