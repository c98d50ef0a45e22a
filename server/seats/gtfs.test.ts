import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { GtfsReport, Route } from '../contract/seats.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent, record, settled } from '../testing/sockets.ts';
import { momentOf } from './gtfsTime.ts';

const sample = readFileSync(new URL('../../scripts/samples/alpine-lines-gtfs.zip', import.meta.url));
let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer();
  call = api(server.url);
});
after(() => server.stop());

const agent = person({ role: 'agent', companyId: 'alpine' });
const stranger = person({ role: 'agent', companyId: 'green' });
const send = (query: string, body: Uint8Array = sample, who = agent, type = 'application/zip') =>
  call<GtfsReport>(who, 'POST', `/api/routes/import?${query}`, body, { 'content-type': type });
const routesOn = async (date: string): Promise<Route[]> =>
  (await call(agent, 'GET', `/api/routes?date=${date}&companyId=alpine&limit=200`)).body.items;

describe('a GTFS feed', () => {
  it('becomes departures of the days on which its trips run, and says what was left out', async () => {
    // A Friday and a Saturday.
    const { status, body } = await send('from=2027-01-08&to=2027-01-09&seatCount=30&amount=2500&currency=CHF');
    assert.equal(status, 200, JSON.stringify(body));
    // Four by their own times on Friday, three on Saturday, and one every three hours on both.
    assert.deepEqual([body.created, body.updated, body.unchanged], [4 + 3 + 8, 0, 0]);
    assert.deepEqual(body.skipped, [
      { file: 'trips.txt', line: 8, message: 'service_id SUMMER is in no calendar' },
      { file: 'trips.txt', line: 7, message: 'trip T6 has fewer than two stops' },
    ]);
    const friday = await routesOn('2027-01-08');
    const first = friday.find(({ departsAt }) => departsAt === '2027-01-08T06:30:00.000Z');
    assert.deepEqual(
      [first?.origin, first?.destination, first?.total, first?.price],
      ['Lyon Perrache', 'Torino Porta Susa', 30, { amount: 2500, currency: 'CHF' }],
    );
    // 25:10 of Friday is ten past one on Saturday, in Lyon.
    assert.ok((await routesOn('2027-01-09')).some(({ departsAt }) => departsAt === '2027-01-09T00:10:00.000Z'));
  });

  it('changes nothing when it is imported again, and tells who imports how far it has come', async () => {
    const [mine, other] = await Promise.all(
      [agent, stranger].map((who) => connect(server.url, tokenFor(who), { namespace: '/seats' })),
    );
    const heard = record(other!);
    const done = nextEvent<{ importId: string; done: boolean; processed: number }>(mine!, 'routes:import_progress', {
      matches: (event) => event.done,
    });
    const { body } = await send('from=2027-01-08&to=2027-01-09&importId=i1');
    assert.deepEqual([body.created, body.updated, body.unchanged], [0, 0, 15]);
    const { importId, processed } = await done;
    assert.deepEqual([importId, processed], ['i1', 15]);
    await settled(other!);
    assert.deepEqual(
      heard.filter(({ name }) => name !== 'pong'),
      [],
    );
  });

  it('is refused where it is none, too, and from those who run no buses', async () => {
    assert.equal((await send('date=2027-01-08', Buffer.from('no zip'))).status, 400);
    assert.equal((await send('date=2027-01-08', sample.subarray(0, 900))).status, 400);
    assert.equal((await send('from=2027-01-01&to=2027-06-01')).status, 400);
    assert.equal((await send('date=2027-01-08', sample, agent, 'text/plain')).status, 415);
    assert.equal((await send('date=2027-01-08', sample, person({ role: 'customer' }))).status, 403);
  });
});

describe('GTFS time', () => {
  it('runs from noon minus twelve hours, also on days that clocks change', () => {
    const at = (day: string, hours: number) => momentOf(day, hours * 3600, 'Europe/Paris').toISOString();
    assert.equal(at('2027-07-01', 8), '2027-07-01T06:00:00.000Z');
    assert.equal(at('2027-03-28', 8), '2027-03-28T06:00:00.000Z');
    assert.equal(at('2027-10-31', 8), '2027-10-31T07:00:00.000Z');
  });
});
