import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { LOADER, runnable } from '../scripts/testing/runnable.ts';
import { createTestDatabase, type TestDatabase } from './testing/database.ts';
import { api } from './testing/http.ts';
import { person, TEST_SECRET, tokenFor } from './testing/people.ts';
import { freePort, type Spawned, spawnServer } from './testing/server.ts';
import { needs } from './testing/services.ts';
import { ask, closeSockets, connect, nextEvent } from './testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
after(closeSockets);

const exitOf = async (child: ChildProcess): Promise<number | string | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
};
const statusOf = (url: string) =>
  fetch(`${url}/health`, { headers: { connection: 'close' } }).then(
    ({ status }) => status,
    () => 0,
  );

describe('SIGTERM', needs('postgres'), () => {
  let database: TestDatabase;
  let server: Spawned;
  before(async () => {
    database = await createTestDatabase();
    server = await spawnServer({ database, env: { DATABASE_POOL_SIZE: '5' } });
  });
  after(async () => {
    await server.kill();
    await database.drop();
  });

  it('sends everybody away, lets the request under way commit, and ends with 0, however often it comes', async () => {
    const call = api(server.url);
    const shipment = (await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-1' })).body;
    const sockets = await Promise.all([
      connect(server.url, tokenFor(ana)),
      connect(server.url, tokenFor(ana), { transports: ['polling'], upgrade: false }),
    ]);
    await ask(sockets[0]!, 'join:shipment', { shipmentId: shipment.id });
    const drained = sockets.map((socket) => nextEvent<{ reconnectInMs: number }>(socket, 'server:draining'));
    const closed = sockets.map((socket) => nextEvent(socket, 'disconnect', { milliseconds: 20_000 }));

    // Holds the request under way until it is let go.
    const blocker = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('select 1 from shipments where id = $1 for update', [shipment.id]);
    const underWay = call(ana, 'PATCH', `/api/shipments/${shipment.id}/status`, { status: 'in_transit' });
    const waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    const observer = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await observer.connect();
    while ((await observer.query(waits)).rowCount === 0);
    // Somebody who began a request and never ends it must not hold up the end.
    const dawdler = connectTcp(server.port, '127.0.0.1');
    dawdler.on('error', () => {});
    dawdler.write('POST /api/shipments HTTP/1.1\r\nHost: x\r\n');

    server.process.kill('SIGTERM');
    for (const event of drained) {
      const { reconnectInMs } = await event;
      assert.ok(reconnectInMs >= 0 && reconnectInMs <= 5_000);
    }
    assert.equal(await statusOf(server.url), 503);
    server.process.kill('SIGTERM');
    server.process.kill('SIGTERM');
    const event = nextEvent(sockets[0]!, 'shipment:updated', { milliseconds: 10_000 });
    await blocker.query('commit');
    assert.equal((await underWay).status, 200);
    assert.equal((await event).status, 'in_transit');
    await Promise.all(closed);
    const started = Date.now();
    assert.equal(await exitOf(server.process), 0);
    assert.ok(Date.now() - started < 5_000, 'held up');
    const { rows } = await observer.query('select status from shipments where id = $1', [shipment.id]);
    assert.equal(rows[0].status, 'in_transit');
    assert.equal((await observer.query('select 1 from nodes')).rowCount, 0, 'it did not sign off');
    assert.equal((await observer.query('select 1 from viewers')).rowCount, 0);
    await blocker.end();
    await observer.end();
    dawdler.destroy();
  });
});

describe('two nodes', needs('postgres'), () => {
  it('that start at once on one empty database migrate it once; SIGINT twice ends one of them at once', async () => {
    const database = await createTestDatabase();
    const [one, two] = await Promise.all([spawnServer({ database }), spawnServer({ database })]);
    const shipment = (await api(one.url)(ana, 'POST', '/api/shipments', { poNumber: 'PO-1' })).body;
    assert.equal((await api(two.url)(ana, 'GET', `/api/shipments/${shipment.id}`)).status, 200);
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query(
      'select count(*)::int as all, count(distinct name)::int as names from migrations',
    );
    assert.ok(rows[0].all > 0);
    assert.equal(rows[0].all, rows[0].names);
    // A request that cannot finish would take 25 s of a graceful end.
    await client.query('begin');
    await client.query('select 1 from shipments where id = $1 for update', [shipment.id]);
    const cut = api(one.url)(ana, 'PATCH', `/api/shipments/${shipment.id}/status`, { status: 'arrived' }).catch(
      () => 'cut',
    );
    const socket = await connect(one.url, tokenFor(ana));
    const draining = nextEvent(socket, 'server:draining');
    one.process.kill('SIGINT');
    await draining;
    const started = Date.now();
    one.process.kill('SIGINT');
    assert.equal(await exitOf(one.process), 130);
    assert.ok(Date.now() - started < 3_000);
    assert.equal(await cut, 'cut');
    await client.end();
    await two.kill('SIGTERM');
    assert.equal(two.process.exitCode, 0);
    await database.drop();
  });
});

describe('the embedded database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybeat-lock-'));
  const lock = join(folder, 'waybeat.pid');
  after(() => rmSync(folder, { recursive: true, force: true }));
  const production = {
    NODE_ENV: 'production',
    JWT_SECRET: TEST_SECRET,
    LOG_LEVEL: 'fatal',
    REDIS_URL: '',
    DATABASE_URL: '',
  };

  /** Starts the server where it is expected to give up. Answers how it ended and what it said. */
  const fails = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, [...LOADER, runnable('server/index.ts')], {
      env: { ...process.env, ...production, DATA_DIR: folder, PORT: String(await freePort()), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    const code = await exitOf(child);
    return { code, said };
  };

  it('is refused in production, where a disk may be erased', async () => {
    const { code, said } = await fails({});
    assert.equal(code, 1);
    assert.match(said, /DATABASE_URL: .*ALLOW_EMBEDDED=1/);
    assert.doesNotMatch(said, /\bat .*\.ts/, 'a stack is no help');
  });

  it('serves production when it is allowed; belongs to one process; takes over the lock of a dead one', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    writeFileSync(lock, String(dead.pid));
    const database = { env: { DATABASE_URL: '', DATA_DIR: folder }, drop: async () => {} };
    const server = await spawnServer({ database, env: { ...production, ALLOW_EMBEDDED: '1' } });
    assert.match(readFileSync(lock, 'utf8'), new RegExp(`^${server.process.pid}\\b`));
    const call = api(server.url);
    assert.equal((await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-1' })).status, 201);
    const { code, said } = await fails({ ALLOW_EMBEDDED: '1' });
    assert.equal(code, 1);
    assert.match(said, new RegExp(`in use by process ${server.process.pid}\\. Stop that one, set another DATA_DIR`));
    assert.equal((await call(ana, 'GET', '/api/shipments')).body.items.length, 1);
    await server.kill('SIGTERM');
    assert.equal(server.process.exitCode, 0);
    assert.throws(() => readFileSync(lock), /ENOENT/);
  });

  it('keeps what was acknowledged when it is opened again', async () => {
    process.env.LOG_LEVEL = 'fatal';
    const { openEmbedded } = await import('./platform/embedded.ts');
    const { pool, close } = await openEmbedded(folder);
    const { rows } = await pool.query('select po_number from shipments');
    assert.deepEqual(rows, [{ po_number: 'PO-1' }]);
    await close();
  });
});
