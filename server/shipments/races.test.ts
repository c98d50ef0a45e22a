import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const bob = person({ role: 'operator', companyId: 'acme' });
const eve = person({ role: 'operator', companyId: 'rival' });

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer();
  call = api(server.url);
});
after(() => server.stop());

type Line = { kind: string; from: string | null; to: string | null };
const create = async (poNumber: string) =>
  `/api/shipments/${(await call(ana, 'POST', '/api/shipments', { poNumber })).body.id}`;
/** Oldest first, of one kind. */
const timeline = async (path: string, kind: string): Promise<Line[]> =>
  (await call(ana, 'GET', `${path}/timeline?limit=200`)).body.items
    .filter((line: Line) => line.kind === kind)
    .reverse();
const events = async (path: string) => (await call(ana, 'GET', `${path}/events?limit=200`)).body.items;
const times = <Result>(count: number, work: (n: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

describe('many who change one shipment at once, having read no version', () => {
  it('take a step once; the others hear that it is taken', async () => {
    for (const round of [1, 2, 3]) {
      const path = await create(`STEP-${round}`);
      const answers = await times(30, (n) =>
        call(n % 2 ? ana : bob, 'PATCH', `${path}/status`, { status: 'in_transit' }),
      );
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [200, ...Array(29).fill(409)]);
      assert.deepEqual(
        (await timeline(path, 'status')).map(({ from, to }) => [from, to]),
        [['planned', 'in_transit']],
      );
      assert.equal((await events(path)).length, 1);
    }
  });

  it('never bring it back, whoever comes first', async () => {
    const way = ['planned', 'in_transit', 'arrived', 'inspecting', 'received', 'stored'];
    const path = await create('WAY-1');
    const answers = await times(40, (n) => call(ana, 'PATCH', `${path}/status`, { status: way[1 + (n % 5)] }));
    const taken = answers.filter(({ status }) => status === 200);
    const lines = await timeline(path, 'status');
    assert.equal(lines.length, taken.length);
    let at = 'planned';
    for (const { from, to } of lines) {
      assert.equal(from, at);
      assert.ok(way.indexOf(to!) > way.indexOf(from!), `${from} to ${to}`);
      at = to!;
    }
    assert.equal(at, 'stored');
    assert.deepEqual(
      (await events(path)).map(({ version, status }: { version: number; status: string }) => [version, status]),
      lines.map(({ to }, index) => [index + 1, to]),
    );
  });

  it('inspect it one after the other, each upon what the one before left', async () => {
    const path = await create('INSPECT-1');
    const results = ['pending', 'in_progress', 'passed', 'failed'];
    const answers = await times(40, (n) => call(ana, 'PATCH', `${path}/inspection`, { status: results[n % 4] }));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.deepEqual(
      answers.map(({ headers }) => Number(headers.get('etag')?.slice(1, -1))).sort((a, b) => a - b),
      [...Array.from({ length: 40 }, (_, n) => n + 1)],
    );
    const lines = await timeline(path, 'inspection');
    assert.deepEqual(
      lines.map(({ from }) => from),
      [null, ...lines.slice(0, -1).map(({ to }) => to)],
    );
    assert.deepEqual(
      (await events(path)).map(({ inspection }: { inspection: { status: string } }) => inspection.status),
      lines.map(({ to }) => to),
    );
    assert.equal((await call(ana, 'GET', path)).body.inspectionStatus, lines.at(-1)?.to);
  });

  it('are written together with changes of others, and one who may not or asks the impossible is refused alone', async () => {
    const paths = await Promise.all([1, 2, 3, 4].map((n) => create(`GROUP-${n}`)));
    const [one, two, three, four] = paths as [string, string, string, string];
    const step = (by: typeof ana, path: string, status: string, note?: string) =>
      call(by, 'PATCH', `${path}/status`, { status, note });
    const [first, stranger, back, nul, half, second, nowhere, inspected] = await Promise.all([
      step(ana, one, 'in_transit'),
      step(eve, two, 'in_transit'),
      step(ana, three, 'planned'),
      step(bob, four, 'in_transit', 'a \0'),
      step(bob, four, 'in_transit', 'half a character \ud800'),
      step(bob, one, 'arrived'),
      step(ana, '/api/shipments/nowhere', 'arrived'),
      call(bob, 'PATCH', `${two}/inspection`, { status: 'passed', notes: 'dry' }),
    ]);
    assert.deepEqual(
      [first, stranger, back, nul, half, second, nowhere, inspected].map(({ status }) => status),
      [200, 404, 409, 400, 400, 200, 404, 200],
    );
    assert.deepEqual(
      (await events(one)).map(({ version, status, changedBy }: Record<string, unknown>) => [
        version,
        status,
        changedBy,
      ]),
      [
        [1, 'in_transit', ana.username],
        [2, 'arrived', bob.username],
      ],
    );
    assert.deepEqual(
      (await events(two)).map(({ type }: { type: string }) => type),
      ['inspection:updated'],
    );
    assert.deepEqual([...(await events(three)), ...(await events(four))], []);
  });

  it('reject it once', async () => {
    const path = await create('REJECT-1');
    await call(ana, 'PATCH', `${path}/status`, { status: 'arrived' });
    const answers = await times(20, () => call(bob, 'POST', `${path}/reject`, { reason: 'Wet' }));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)]);
    assert.deepEqual(
      (await events(path)).map(({ type }: { type: string }) => type),
      ['shipment:updated', 'shipment:updated', 'shipment:rejected'],
    );
  });
});
