import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { buildDashboard } from '../../scripts/demo/dashboard.ts';
import { LOADER, runnable } from '../../scripts/testing/runnable.ts';
import type { Shipment } from '../../server/contract/shipments.ts';
import { createTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { api } from '../../server/testing/http.ts';
import { type Person, person } from '../../server/testing/people.ts';
import { freePort, type Spawned, spawnServer } from '../../server/testing/server.ts';
import { needs, serviceUrl } from '../../server/testing/services.ts';
import { complaints, eventually, faultsOf, launch, openWindow, sessionOf, visit } from './browser.ts';

/** The built dashboard in a real browser, on a real server that can be killed. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const sample = `${root}/scripts/samples/purchase-orders.csv`;

const ana = person({ role: 'operator', username: 'ana', companyId: 'acme' });
const ben = person({ role: 'admin', username: 'ben', companyId: 'acme' });

const idOf = (shipment: Shipment) => shipment.id;

describe('the dashboard in Chromium', needs('chromium'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let port: number;
  let browser: Browser;
  let call: ReturnType<typeof api>;

  const start = async () => {
    server = await spawnServer({ database, port });
    call = api(server.url);
  };
  const create = async (poNumber: string): Promise<Shipment> => {
    const { status, body } = await call(ben, 'POST', '/api/shipments', { poNumber, supplierName: 'Nordic Timber' });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const setStatus = async (id: string, status: string, who = ben) => {
    const answer = await call(who, 'PATCH', `/api/shipments/${id}/status`, { status });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const inspect = async (id: string, notes: string) => {
    const answer = await call(ben, 'PATCH', `/api/shipments/${id}/inspection`, { status: 'in_progress', notes });
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
  });
  after(async () => {
    await browser?.close();
    await server?.kill();
    await database?.drop();
  });

  const rowOf = (page: Page, { id }: Shipment) => page.locator(`[role=row][data-id="${id}"]`);
  const isLive = (page: Page) => page.getByTestId('connection').getByText('Connected').waitFor();
  /** The notes "change 20", "change 19" … of the timeline, from above. */
  const notes = async (page: Page) =>
    (await page.getByTestId('timeline').innerText()).split('\n').filter((line) => line.startsWith('change '));

  it('signs in, says what is wrong when it is, and keeps the address one came for', async (test) => {
    // The embedded database belongs to the server's process alone.
    if (!database.env.DATABASE_URL) return test.skip('users are added from another process');
    const added = spawnSync(
      process.execPath,
      [...LOADER, runnable('scripts/create-user.ts'), 'add', '--username', 'carla', '--role', 'operator'].concat([
        '--company',
        'acme',
        '--password',
        '-',
      ]),
      { env: { ...process.env, ...database.env }, input: 'correct horse battery\n', encoding: 'utf8' },
    );
    assert.equal(added.status, 0, added.stderr);
    const { page, context } = await openWindow(browser, server.url);
    await page.goto('/warehouses');
    await page.getByLabel('Username').fill('carla');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Username or password is wrong').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Warehouses', level: 1 }).waitFor();
    await isLive(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Warehouses', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Menu of carla' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    await context.close();
  });

  it('opens where somebody’s work is, and offers no place that has nothing for them', async () => {
    const works: [Person, string][] = [
      [ana, 'Shipments'],
      [person({ role: 'merchant', username: 'mona', companyId: 'acme', shopIds: ['harbour'] }), 'Parcels'],
      [person({ role: 'vendor', username: 'vito', companyId: 'acme' }), 'My stall'],
      [person({ role: 'agent', username: 'abel', companyId: 'acme' }), 'Bus seats'],
    ];
    for (const [who, place] of works) {
      const { page, context } = await window(who);
      await page.goto('/');
      const menu = page.getByRole('navigation', { name: 'Main' });
      await menu.locator('[aria-current=page]').getByText(place, { exact: true }).waitFor();
      assert.equal(await menu.getByText('Shipments').count(), who === ana ? 1 : 0);
      await context.close();
    }
  });

  it('shows a change made in one window in the other without a reload, and says what changed', async () => {
    const shipment = await create('PO-LIVE-1');
    const mine = await window(ana);
    const theirs = await window(ben);
    await theirs.page.goto('/shipments');
    await isLive(theirs.page);
    await theirs.page.evaluate(() => Object.assign(globalThis, { neverReloaded: true }));
    await mine.page.goto(`/shipments/${shipment.id}`);
    await isLive(mine.page);

    await mine.page.getByRole('button', { name: 'Set to In transit' }).click();
    await mine.page.getByLabel('Note for the timeline').fill('Left Gothenburg');
    await mine.page.getByRole('dialog').getByRole('button', { name: 'Set to In transit' }).click();

    const row = rowOf(theirs.page, shipment);
    await row.getByText('Planned → In transit').waitFor();
    assert.match(await row.innerText(), /by ana/);
    assert.equal(await theirs.page.evaluate(() => 'neverReloaded' in globalThis), true);
    await mine.page.getByTestId('timeline').getByText('Left Gothenburg').waitFor();

    const created = await create('PO-LIVE-2');
    await rowOf(theirs.page, created).waitFor();

    await theirs.page.goto(`/shipments/${shipment.id}`);
    await mine.page.getByRole('img', { name: /^ben, viewing since/ }).waitFor();
    await theirs.context.close();
    await mine.page.getByRole('img', { name: /^ben, viewing since/ }).waitFor({ state: 'detached' });
    await mine.context.close();
  });

  for (const [what, part] of [
    ['shipment', ''],
    ['timeline', '/timeline'],
  ] as const)
    it(`shows what happens while the first answer of its ${what} is on the way`, async () => {
      const shipment = await create(`PO-OVERTAKEN-${what}`);
      const path = `/api/shipments/${shipment.id}`;
      const { page, context } = await window(ana);
      const heard = new Promise<void>((resolve) => {
        page.on('websocket', (socket) =>
          socket.on('framereceived', ({ payload }) => {
            if (String(payload).includes('shipment:updated')) resolve();
          }),
        );
      });
      // Read at once, and told late.
      const read = new Promise<void>((resolve) => {
        void page.route(
          (url) => url.pathname === path + part,
          async (route) => {
            const response = await route.fetch();
            resolve();
            await heard;
            // The page takes events in by the batch.
            await page.waitForTimeout(500);
            await route.fulfill({ response });
          },
          { times: 1 },
        );
      });
      await page.goto(`/shipments/${shipment.id}`);
      await read;
      await eventually(
        async () => (await call(ben, 'GET', `${path}/viewers`)).body.items as { username: string }[],
        (viewers) => viewers.some(({ username }) => username === 'ana'),
        'ana among the viewers',
      );
      await setStatus(shipment.id, 'in_transit');
      await page.getByTestId('timeline').getByText('moved it Planned → In transit').waitFor();
      await page.getByRole('button', { name: 'Set to In transit' }).waitFor({ state: 'detached' });
      await context.close();
    });

  it('asks for the list while the code of its screen is still on the way, and once', async () => {
    const shipment = await create('PO-EARLY');
    for (const [path, query] of [
      ['/', 'limit=200'],
      ['/shipments?q=PO-EARLY', 'q=PO-EARLY&limit=200'],
    ] as const) {
      const { page, context } = await window(ana);
      const asked: string[] = [];
      page.on('request', (request) => {
        const { pathname, search } = new URL(request.url());
        if (pathname === '/api/shipments' && !search.includes('updatedSince')) asked.push(search);
      });
      const early = page.waitForRequest(/\/api\/shipments\?/);
      await page.route(/assets\/ShipmentList-.*js$/, async (route) => {
        await early;
        await route.continue();
      });
      await page.goto(path);
      await rowOf(page, shipment).waitFor();
      await isLive(page);
      assert.deepEqual(asked, [`?${query}`]);
      await context.close();
    }
  });

  /** Both kinds of screen, watched while `interrupt` cuts them off, and 20 changes made to each meanwhile. */
  const survives = async (name: string, interrupt: (pages: Page[]) => Promise<void>, resume: () => Promise<void>) => {
    const one = await create(`PO-${name}`);
    const many = await Promise.all(Array.from({ length: 20 }, (_, index) => create(`PO-${name}-${index}`)));
    const { context, page: detail } = await window(ana);
    const list = await context.newPage();
    await detail.goto(`/shipments/${one.id}`);
    await list.goto('/shipments');
    await Promise.all([isLive(detail), isLive(list), rowOf(list, many[0]!).waitFor()]);

    const cutAt = Date.now();
    await interrupt([detail, list]);
    await Promise.all(
      [detail, list].map(async (page) => {
        await page
          .getByText(/stale since \d\d:\d\d/)
          .first()
          .waitFor({ timeout: 15_000 });
        await page
          .getByText(/^(You are offline|Offline|Using polling mode|Reconnecting)/)
          .first()
          .waitFor();
      }),
    );
    assert.ok(Date.now() - cutAt < 15_000, 'staleness shows within 15 s');

    await resume();
    await Promise.all([
      Promise.all([isLive(detail), isLive(list)]),
      eventually(
        () => notes(detail),
        (told) => told.length === 20,
        'all changes in the timeline',
        20_000,
      ),
      eventually(
        async () => Promise.all(many.map((shipment) => rowOf(list, shipment).allInnerTexts())),
        (rows) => rows.every((found) => found.length === 1 && found[0]?.includes('In transit')),
        'every row once, in its new state',
        20_000,
      ),
    ]);
    assert.deepEqual(
      await notes(detail),
      Array.from({ length: 20 }, (_, index) => `change ${20 - index}`),
    );
    await context.close();
    return { one, many };
  };
  const changeAll = async (one: string, many: string[]) => {
    for (let index = 0; index < 20; index++) {
      await inspect(one, `change ${index + 1}`);
      await setStatus(many[index]!, 'in_transit');
    }
  };
  const found = async (name: string) => {
    const { body } = await call(ben, 'GET', `/api/shipments?q=PO-${name}&limit=200`);
    const all = body.items as Shipment[];
    const many = Array.from(
      { length: 20 },
      (_, index) => all.find(({ poNumber }) => poNumber === `PO-${name}-${index}`)!,
    );
    return { one: all.find(({ poNumber }) => poNumber === `PO-${name}`)!.id, many: many.map(idOf) };
  };

  it('says that it is stale while the network is off, and has all 20 changes, in order, once it is on', async () => {
    let pages: Page[] = [];
    await survives(
      'NET',
      async (open) => {
        pages = open;
        await pages[0]!.context().setOffline(true);
      },
      async () => {
        const { one, many } = await found('NET');
        await changeAll(one, many);
        await pages[0]!.context().setOffline(false);
      },
    );
  });

  it('survives a kill -9 of the server', async () => {
    await survives(
      'KILL',
      () => server.kill(),
      async () => {
        await start();
        const { one, many } = await found('KILL');
        await changeAll(one, many);
      },
    );
  });

  it('tells two people who edit the same shipment, and overwrites nothing silently', async () => {
    const shipment = await create('PO-CONFLICT');
    await setStatus(shipment.id, 'in_transit');
    const { context, page } = await window(ana);
    await page.goto(`/shipments/${shipment.id}`);
    await isLive(page);

    // Told live, while the form is open.
    await page.getByRole('button', { name: 'Inspect', exact: true }).click();
    await page.getByLabel('Notes').fill('Mine: two cartons wet');
    await inspect(shipment.id, 'Theirs: all dry');
    const told = page.getByTestId('meanwhile');
    await told.getByText('ben set the inspection to in progress').waitFor();
    await told.getByRole('button', { name: 'Take theirs' }).click();
    await page.getByText('Theirs: all dry').first().waitFor();

    // Refused by the server, when the news comes later than the click.
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.request().method() === 'PATCH') statuses.push(response.status());
    });
    await page.route('**/inspection', async (route) => {
      if (route.request().method() === 'PATCH' && statuses.length === 0) await inspect(shipment.id, 'Theirs again');
      await route.continue();
    });
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('Notes').fill('Mine: three cartons wet');
    await page.getByRole('button', { name: 'Save inspection' }).click();
    await told.getByText('Not saved: this changed while you were deciding').waitFor();
    assert.deepEqual(statuses, [412]);
    const { body: kept } = await call(ben, 'GET', `/api/shipments/${shipment.id}/inspection`);
    assert.equal(kept.notes, 'Theirs again');
    await told.getByRole('button', { name: 'Save mine on top' }).click();
    await page.getByText('Inspection saved.').waitFor();
    assert.deepEqual(statuses, [412, 200]);
    const { body: saved } = await call(ben, 'GET', `/api/shipments/${shipment.id}/inspection`);
    assert.equal(saved.notes, 'Mine: three cartons wet');
    await context.close();
  });

  it('takes a document by its file input, previews it and verifies it', async () => {
    const shipment = await create('PO-PAPER');
    const { context, page } = await window(ben);
    await page.goto(`/shipments/${shipment.id}`);
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    await page.locator('input[type=file]').setInputFiles([{ name: 'seal.png', mimeType: 'image/png', buffer: png }]);
    await page.getByRole('button', { name: 'seal.png', exact: true }).click();
    await eventually(
      () =>
        page
          .getByRole('dialog')
          .getByRole('img', { name: 'seal.png' })
          .evaluate((image) => (image as HTMLImageElement).naturalWidth),
      (width) => width === 1,
      'the picture is drawn',
    );
    await page.keyboard.press('Escape');
    // While the dialog fades it still lies over the page and would take the click.
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    // Not check(): the switch moves when the server has said so, not with the click.
    await page.getByRole('switch', { name: 'seal.png is verified' }).click({ force: true });
    await page.getByText('verified by ben').waitFor();
    await page
      .locator('input[type=file]')
      .setInputFiles([{ name: 'POD.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<html>not a PDF</html>') }]);
    await page.getByText('Choose a file of another kind.').waitFor();
    await context.close();
  });

  it('imports a file and shows which lines it refused', async () => {
    const { context, page } = await window(ana);
    await page.goto('/import');
    await page.locator('input[type=file]').setInputFiles(sample);
    await page.getByTestId('import-summary').getByText('created').first().waitFor();
    const lines = page.getByTestId('rejected-lines').locator('tbody tr');
    assert.ok((await lines.count()) >= 1);
    assert.match(await lines.first().innerText(), /^\d+\s+\S+/);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as CSV' }).click();
    assert.equal((await download).suggestedFilename(), 'purchase-orders-rejected.csv');
    await context.close();
  });

  it('holds a few dozen rows in the document however long the list is, and fetches 180 kB of script at most', async () => {
    const header = 'poNumber,supplierName,origin,destination,status';
    const rows = Array.from({ length: 600 }, (_, index) => `LONG-${index},Nordic Timber,Gothenburg,Hamburg,planned`);
    const imported = await call(ben, 'POST', '/api/shipments/import', [header, ...rows].join('\n'), {
      'content-type': 'text/csv',
    });
    assert.equal(imported.status, 200, JSON.stringify(imported.body));

    const { context, page } = await window(ana);
    const scripts: Promise<number>[] = [];
    page.on('response', (response) => {
      // As it came from the server, packed.
      if (response.url().endsWith('.js'))
        scripts.push(
          response
            .request()
            .sizes()
            .then(({ responseBodySize }) => responseBodySize),
        );
    });
    await page.goto('/shipments?q=LONG-');
    const items = page.locator('[role=row][data-id]');
    await items.first().waitFor();
    await page.waitForLoadState('networkidle');
    const bytes = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
    assert.ok(bytes < 180_000, `${bytes} bytes of script came`);

    await eventually(
      async () => {
        await page
          .locator('[role=presentation]')
          .last()
          .evaluate((box) => box.scrollTo(0, box.scrollHeight));
        return page.getByText('600 shipments').count();
      },
      (shown) => shown === 1,
      'the end of the list',
    );
    assert.ok((await items.count()) < 80, `${await items.count()} rows in the document`);
    await context.close();
  });

  it('tells an admin why somebody did not see a change, and that they have it once they came back', async () => {
    const shipment = await create('PO-TRACE');
    const mine = await window(ben);
    await mine.page.goto(`/shipments/${shipment.id}`);
    await mine.page.getByRole('link', { name: 'Why didn’t they see it?' }).click();
    const nina = person({ role: 'operator', username: 'nina', companyId: 'acme' });
    const rosa = person({ role: 'rider', username: 'rosa', companyId: 'acme' });
    // Who never came is not known.
    for (const who of [nina, rosa]) assert.equal((await call(who, 'GET', '/api/auth/me')).status, 200);
    await inspect(shipment.id, 'Seal intact');
    /** Asks until the newest change bears this outcome: what happens in the other window takes a moment. */
    const traced = (who: string, outcome: RegExp) =>
      eventually(
        async () => {
          await mine.page.getByPlaceholder('username or id').fill(who);
          await mine.page.getByRole('button', { name: 'Follow' }).click();
          await mine.page.getByRole('heading', { name: `On its way to ${who}` }).waitFor();
          return mine.page.getByRole('list', { name: 'Its last changes' }).locator('li').first().innerText();
        },
        (text) => outcome.test(text),
        `${who}: ${outcome}`,
      );
    await traced('rosa', /They may not read this stream\./);
    await traced('nina', /They had no connection/);
    const theirs = await window(nina);
    await theirs.page.goto(`/shipments/${shipment.id}`);
    // That they joined is told until their client says what it has, with its next heartbeat.
    await traced('nina', /They joined at|Their client said that it has version 1/);
    await inspect(shipment.id, 'Seal broken');
    await theirs.page.getByTestId('timeline').getByText('Seal broken').waitFor();
    await traced('nina', /Their client said that it has version 2/);
    assert.equal(await mine.page.getByRole('link', { name: 'Who saw it' }).count(), 1);
    assert.equal(
      await theirs.page.getByRole('link', { name: 'Who saw it' }).count(),
      0,
      'an operator is not offered it',
    );
    await mine.context.close();
    await theirs.context.close();
  });

  it('has no serious accessibility fault on any screen, light or dark, wide or narrow', async () => {
    const shipment = await create('PO-AXE');
    await setStatus(shipment.id, 'in_transit');
    await inspect(shipment.id, 'Seal intact');
    await call(ben, 'POST', '/api/warehouses', { name: 'Hamburg', total: 1200 });
    const faults: string[] = [];
    const check = async (page: Page, screen: string) => {
      faults.push(...(await faultsOf(page)).map((fault) => `${screen}: ${fault}`));
    };
    for (const [scheme, width] of [
      ['light', 1440],
      ['dark', 390],
    ] as const) {
      const outside = await openWindow(browser, server.url, { scheme, width });
      await outside.page.goto('/');
      await outside.page.getByRole('button', { name: 'Sign in' }).waitFor();
      await check(outside.page, `${scheme} sign-in`);
      await outside.context.close();

      const { context, page } = await window(ben, { scheme, width });
      await page.goto('/shipments');
      await page.locator('[role=row][data-id]').first().waitFor();
      await isLive(page);
      await check(page, `${scheme} list`);
      await page.getByRole('button', { name: 'New shipment' }).click();
      await page.getByRole('dialog').waitFor();
      await check(page, `${scheme} new shipment`);
      await page.goto('/shipments?q=nothing-like-this');
      await page.getByText('No shipment matches').waitFor();
      await check(page, `${scheme} empty list`);
      await visit(page, `/shipments/${shipment.id}`);
      await page.getByTestId('timeline').getByText('Seal intact').waitFor();
      await check(page, `${scheme} shipment`);
      await page.getByRole('button', { name: 'Set to Stored' }).click();
      await page.getByRole('dialog').waitFor();
      await setStatus(shipment.id, scheme === 'light' ? 'arrived' : 'inspecting', ana);
      await page.getByTestId('meanwhile').waitFor();
      await check(page, `${scheme} status dialog`);
      await visit(page, '/warehouses');
      await page.getByRole('meter').first().waitFor();
      await check(page, `${scheme} warehouses`);
      await visit(page, `/trace?stream=shipment:${shipment.id}&user=ana`);
      await page.getByRole('list', { name: 'Its last changes' }).waitFor();
      await check(page, `${scheme} trace`);
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/trace-${width}.png` });
      await visit(page, '/import');
      await page.getByText('What the file looks like').waitFor();
      await check(page, `${scheme} import`);
      await context.close();
    }
    assert.deepEqual(faults, []);
  });

  it('ran under the default content policy without a complaint', () => {
    assert.deepEqual(complaints, []);
  });
});
