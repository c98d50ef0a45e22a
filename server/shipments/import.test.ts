import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent, record, settled } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const eve = person({ role: 'admin', companyId: 'rival' });
const ines = person({ role: 'inspector', companyId: 'acme' });

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer();
  call = api(server.url);
});
after(() => server.stop());

const send = (csv: string | Buffer, query = '', who = ana) =>
  call(who, 'POST', `/api/shipments/import${query}`, csv, { 'content-type': 'text/csv' });
const find = async (poNumber: string) =>
  (await call(ana, 'GET', `/api/shipments?q=${encodeURIComponent(poNumber)}`)).body.items.find(
    (shipment: { poNumber: string }) => shipment.poNumber === poNumber,
  );

describe('an import', () => {
  it('adds, brings up to date, and rejects each bad line by its number alone', async () => {
    const { body: warehouse } = await call(ana, 'POST', '/api/warehouses', { name: 'North', total: 10 });
    const csv = [
      '\ufeffPO Number;Supplier Name;Origin;Destination;Warehouse;ETA;Colour',
      'A-1;Müller & Söhne;Shanghai;Hamburg;north;2026-12-24;red',
      'A-2;;Ningbo;Rotterdam;;;',
      ';Nobody;X;Y;;;',
      'A-3;Late;X;Y;;tomorrow;',
      'A-4;Lost;X;Y;Atlantis;;',
      'A-1;Again;X;Y;;;',
      '"A-5";"quoted; name";"line',
      'break";Y;;;',
    ].join('\r\n');
    const { status, body } = await send(csv);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.created, body.updated], [3, 0]);
    assert.deepEqual(
      body.rejected.map(({ line }: { line: number }) => line),
      [4, 5, 6, 7],
    );
    assert.match(body.rejected[0].message, /poNumber/);
    assert.match(body.rejected[1].message, /eta/);
    assert.match(body.rejected[2].message, /Atlantis/);
    assert.match(body.rejected[3].message, /line 2/);
    const first = await find('A-1');
    assert.deepEqual(
      [first.supplierName, first.eta, first.warehouseId],
      ['Müller & Söhne', '2026-12-24T00:00:00.000Z', warehouse.id],
    );
    const watcher = await connect(server.url, tokenFor(ines));
    const heard = record(watcher);
    const again = await send('poNumber,destination\nA-1,Hamburg\nA-2,Antwerp\n');
    assert.deepEqual(again.body, { created: 0, updated: 2, rejected: [] });
    await settled(watcher);
    assert.deepEqual(
      heard
        .filter(({ name }) => name !== 'pong')
        .map(({ name, event }) => [name, event.version, (event.shipment as { destination: string }).destination]),
      [['shipment:updated', 1, 'Antwerp']],
    );
    assert.equal((await find('A-2')).version, 1);
    assert.equal((await find('A-1')).version, 0);
  });

  it('takes the file as multipart too, and refuses what is none', async () => {
    const form = new FormData();
    form.set('file', new Blob(['poNumber\nM-1\n']), 'orders.csv');
    assert.equal((await call(ana, 'POST', '/api/shipments/import', form)).body.created, 1);
    assert.match((await send('name,colour\nx,red\n')).body.detail, /poNumber/);
    assert.equal((await send('')).status, 400);
    assert.equal((await call(ana, 'POST', '/api/shipments/import', { poNumber: 'x' })).status, 415);
    assert.equal((await send('poNumber\nx\n', '', ines)).status, 403);
  });

  it('stays within one company', async () => {
    await send('poNumber,origin\nS-1,Oslo\n');
    const stranger = await connect(server.url, tokenFor(eve));
    const heard = record(stranger);
    assert.equal((await send('poNumber,origin\nS-1,Bergen\n', '', eve)).body.created, 1);
    assert.equal((await send('poNumber,origin\nS-1,Narvik\n')).body.updated, 1);
    await settled(stranger);
    assert.deepEqual(
      heard.filter(({ name }) => name === 'shipment:updated'),
      [],
    );
    assert.equal((await find('S-1')).origin, 'Narvik');
  });

  it('of 10,000 lines goes through in bounded memory, telling how far it is, while others are served', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) =>
      n % 1000 === 999 ? `B-${n},not a date` : `B-${n},2026-12-${String((n % 28) + 1).padStart(2, '0')}`,
    );
    const screen = await connect(server.url, tokenFor(ana));
    const heard = record(screen);
    const ended = nextEvent<{ processed: number; done: boolean }>(screen, 'import:progress', {
      matches: (event) => event.done === true,
      milliseconds: 60_000,
    });
    let peak = 0;
    const started = process.memoryUsage().rss;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    let served = 0;
    let importing = true;
    const others = (async () => {
      while (importing) {
        assert.equal((await call(eve, 'GET', '/api/shipments?limit=1')).status, 200);
        served += 1;
      }
    })();
    const { body } = await send(['poNumber,eta', ...lines].join('\n'), '?importId=big');
    importing = false;
    await others;
    clearInterval(watch);
    assert.deepEqual([body.created, body.updated, body.rejected.length], [9990, 0, 10]);
    assert.deepEqual(
      body.rejected.slice(0, 2).map(({ line }: { line: number }) => line),
      [1001, 2001],
    );
    assert.equal((await ended).processed, 10_000);
    const progress = heard
      .filter(({ name }) => name === 'import:progress')
      .map(({ event }) => event.processed as number);
    assert.ok(progress.length > 2, `progress was told ${progress.length} times`);
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
    assert.ok(served > 0);
    assert.ok(peak - started < 300 * 1024 * 1024, `grew by ${Math.round((peak - started) / 1024 / 1024)} MiB`);
    const [{ count }] = (await (
      await import('../platform/database.ts')
    ).query<{ count: number }>(
      "select count(*)::int as count from shipments where company_id = 'acme' and po_number like 'B-%'",
    )) as [{ count: number }];
    assert.equal(count, 9990);
  });
});
