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

  it('sets a status where one is given, along the way of shipments only', async () => {
    const first = await send('poNumber,status\nW-1,In_Transit\nW-2,\nW-3,rejected\n');
    assert.deepEqual([first.body.created, first.body.rejected.map(({ line }: { line: number }) => line)], [2, [4]]);
    assert.equal((await find('W-1')).status, 'in_transit');
    assert.equal((await find('W-2')).status, 'planned');
    const watcher = await connect(server.url, tokenFor(ines));
    const heard = nextEvent<{ status: string; changedBy: string; version: number }>(watcher, 'shipment:updated');
    const second = await send('poNumber,status\nW-1,planned\nW-2,arrived\n');
    assert.deepEqual([second.body.updated, second.body.rejected.length], [1, 1]);
    assert.match(second.body.rejected[0].message, /W-1 is in_transit; leave the cell empty or use arrived/);
    const { status, changedBy, version } = await heard;
    assert.deepEqual([status, changedBy, version], ['arrived', ana.username, 1]);
    const { id, statusChangedAt, createdAt } = await find('W-2');
    assert.ok(statusChangedAt > createdAt);
    const { body: timeline } = await call(ana, 'GET', `/api/shipments/${id}/timeline`);
    assert.deepEqual(
      timeline.items.map(({ kind, from, to }: Record<string, string>) => [kind, from, to]),
      [
        ['imported', 'planned', 'arrived'],
        ['imported', null, 'planned'],
      ],
    );
  });

  it('gives a shipment a supplier, who may read it then, and takes none away', async () => {
    const [sven, sonja] = [person({ role: 'supplier', id: 'sven' }), person({ role: 'supplier', id: 'sonja' })];
    await send('poNumber\nU-1\n');
    const { id } = await find('U-1');
    assert.equal((await call(sven, 'GET', `/api/shipments/${id}`)).status, 404);
    assert.equal((await send('poNumber,supplierId\nU-1,sven\n')).body.updated, 1);
    assert.equal((await call(sven, 'GET', `/api/shipments/${id}`)).status, 200);
    assert.match((await send('poNumber,supplierId\nU-1,sonja\n')).body.rejected[0].message, /belongs to supplier sven/);
    assert.equal((await call(sonja, 'GET', `/api/shipments/${id}`)).status, 404);
  });

  it('answers a repeated Idempotency-Key with the first report, and another file with 422', async () => {
    const sendWith = (csv: string, key: string) =>
      call(ana, 'POST', '/api/shipments/import', csv, { 'content-type': 'text/csv', 'Idempotency-Key': key });
    const first = await sendWith('poNumber\nK-1\nK-2\n', 'import-1');
    const again = await sendWith('poNumber\nK-1\nK-2\n', 'import-1');
    assert.deepEqual([first.body, first.body.created], [again.body, 2]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    const other = await sendWith('poNumber\nK-3\n', 'import-1');
    assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_MISMATCH']);
    assert.equal(await find('K-3'), undefined);
  });

  it('of super_admin needs to name the company', async () => {
    const root = person({ role: 'super_admin' });
    assert.equal((await send('poNumber\nR-1\n', '', root)).status, 400);
    assert.equal((await send('poNumber\nR-1\n', '?companyId=rival', root)).body.created, 1);
    assert.equal(await find('R-1'), undefined);
    assert.equal((await call(eve, 'GET', '/api/shipments?q=R-1')).body.items.length, 1);
  });

  it('larger than its limit is answered 413, whichever way it comes, and the connection serves on', async () => {
    const big = Buffer.concat([Buffer.from('poNumber,origin\nL-1,Oslo\n'), Buffer.alloc(21 * 1024 * 1024, 'x')]);
    const plain = await send(big);
    assert.deepEqual([plain.status, plain.body.code], [413, 'TOO_LARGE']);
    const form = new FormData();
    form.set('file', new Blob([big]), 'orders.csv');
    assert.equal((await call(ana, 'POST', '/api/shipments/import', form)).status, 413);
    assert.equal((await send('poNumber\nL-2\n')).body.created, 1);
  });

  it('of a form that is cut off or holds no file is the sender’s fault', async () => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="o.csv"\r\n\r\npoNumber\nC-1\nC-2';
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    assert.equal((await call(ana, 'POST', '/api/shipments/import', head, type)).status, 400);
    assert.equal(await find('C-2'), undefined, 'a line that was perhaps cut in two is not imported');
    const empty = new FormData();
    empty.set('documentType', 'other');
    assert.equal((await call(ana, 'POST', '/api/shipments/import', empty)).status, 400);
  });

  it('lists the first thousand of too many bad lines, and says how many more there are', async () => {
    const { body } = await send(`poNumber,eta\n${Array.from({ length: 1_500 }, (_, n) => `X-${n},never`).join('\n')}`);
    assert.equal(body.rejected.length, 1_001);
    assert.deepEqual([body.rejected[0].line, body.rejected[999].line], [2, 1_001]);
    assert.deepEqual(body.rejected[1_000], {
      line: 1_002,
      message: '500 more lines were rejected; they are not listed',
    });
  });

  it('that meets another of the same orders loses no line and makes no double', async () => {
    const file = (origin: string) =>
      `poNumber,origin\n${Array.from({ length: 600 }, (_, n) => `T-${n},${origin}`).join('\n')}`;
    const backwards = `poNumber,origin\n${Array.from({ length: 600 }, (_, n) => `T-${599 - n},Turku`).join('\n')}`;
    const reports = await Promise.all([send(file('Oslo')), send(backwards), send(file('Riga'))]);
    assert.deepEqual(
      reports.map(({ status, body }) => [status, body.created + body.updated, body.rejected.length]),
      Array(3).fill([200, 600, 0]),
    );
    assert.equal(
      reports.reduce((sum, { body }) => sum + body.created, 0),
      600,
    );
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
