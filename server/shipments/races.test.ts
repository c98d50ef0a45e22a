import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const bob = person({ role: 'operator', companyId: 'acme' });

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
