import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { api } from '../../testing/http.ts';
import { person } from '../../testing/people.ts';
import { freePort, type Spawned, spawnServer } from '../../testing/server.ts';

/**
 * A stand-in for Pusher that takes only what is signed as Pusher documents it, and the real server as a process of its
 * own, which is killed in between.
 */

const [APP, KEY, SECRET] = ['4711', 'a-key', 'a-secret'];
const PLACE = { address: 'Lindenstraße 9', lat: 52.52, long: 13.405 };
const operator = person({ role: 'operator', companyId: 'c1' });

type Taken = { channel: string; name: string; data: Record<string, unknown> };
const taken: Taken[] = [];
let refusals = 0;
let changed = () => {};
/** Pusher takes what comes and does not answer yet; calling what it holds does. */
let holds: (() => void)[] | null = null;

const isSigned = (method: string, url: URL, body: string): boolean => {
  const given = url.searchParams.get('auth_signature');
  const sorted = [...url.searchParams]
    .filter(([name]) => name !== 'auth_signature')
    .map(([name, value]) => `${name.toLowerCase()}=${value}`)
    .sort()
    .join('&');
  const expected = createHmac('sha256', SECRET).update(`${method}\n${url.pathname}\n${sorted}`).digest('hex');
  return (
    given === expected &&
    url.searchParams.get('auth_key') === KEY &&
    url.searchParams.get('auth_version') === '1.0' &&
    url.searchParams.get('body_md5') === createHash('md5').update(body).digest('hex') &&
    Math.abs(Date.now() / 1000 - Number(url.searchParams.get('auth_timestamp'))) < 600
  );
};

const openPusher = async (port: number): Promise<Server> => {
  const pusher = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url!, 'http://pusher');
    if (url.pathname !== `/apps/${APP}/events` || !isSigned(request.method!, url, body)) {
      refusals += 1;
      response.writeHead(401).end('Invalid signature');
      return;
    }
    const { name, channels, data } = JSON.parse(body);
    for (const channel of channels) taken.push({ channel, name, data: JSON.parse(data) });
    const answer = () => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    if (holds) holds.push(answer);
    else answer();
    changed();
  }).listen(port, '127.0.0.1');
  await once(pusher, 'listening');
  return pusher;
};
const close = async (pusher: Server) => {
  pusher.close();
  pusher.closeAllConnections();
  await once(pusher, 'close');
};

/** Resolves once what Pusher took satisfies `enough`. */
const until = (enough: () => boolean) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`only ${JSON.stringify(taken)}`)), 60_000);
    changed = () => {
      if (!enough()) return;
      clearTimeout(timer);
      resolve();
    };
    changed();
  });
const versionsOf = (awb: string) =>
  taken.flatMap(({ channel, data }) => (channel === `tracking-${awb}` && data.version ? [Number(data.version)] : []));

describe('the Pusher mirror', () => {
  let database: TestDatabase;
  let pusher: Server | null;
  let port: number;
  let server: Spawned;
  const start = () =>
    spawnServer({
      database,
      env: { PUSHER_APP_ID: APP, PUSHER_KEY: KEY, PUSHER_SECRET: SECRET, PUSHER_HOST: `127.0.0.1:${port}` },
    });
  const call: ReturnType<typeof api> = (...given) => api(server.url)(...given);
  const step = (awb: string, status: string) =>
    call(operator, 'POST', `/api/tracking/${awb}/status`, { status, location: PLACE });

  before(async () => {
    database = await createTestDatabase();
    port = await freePort();
    pusher = await openPusher(port);
    server = await start();
  });
  after(async () => {
    await server.kill();
    if (pusher) await close(pusher);
    await database.drop();
  });

  it('brings every durable event, signed, in order, through an outage and a kill -9; as a guest may see it', async () => {
    const { awb } = (await call(operator, 'POST', '/api/tracking', { origin: PLACE, destination: PLACE })).body;
    await step(awb, 'PICKED_UP');
    await until(() => versionsOf(awb).includes(2));
    await until(() => taken.some(({ name }) => name === 'location-update'));
    await close(pusher!);
    pusher = null;
    await step(awb, 'IN_TRANSIT');
    await step(awb, 'AT_HUB');
    await server.kill();
    server = await start();
    await step(awb, 'OUT_FOR_DELIVERY');
    pusher = await openPusher(port);
    await until(() => versionsOf(awb).includes(5));
    // At least once: a repeat may stand there, an earlier one after a later one for the first time may not.
    const firsts = [...new Set(versionsOf(awb))].filter((version) => version <= 5);
    assert.deepEqual(firsts, [1, 2, 3, 4, 5]);
    assert.equal(refusals, 0);
    assert.ok(!JSON.stringify(taken).includes(operator.username));
    const { body } = await call(null, 'GET', '/health');
    assert.equal(body.checks.pusher, 'up');
  });

  it('is taken over from a node that froze while it delivered; awake again that one sends nothing old', async (test) => {
    // The embedded database belongs to one process.
    if (!database.env.DATABASE_URL) return test.skip('needs two nodes');
    const frozen = server;
    const { awb } = (await call(operator, 'POST', '/api/tracking', { origin: PLACE, destination: PLACE })).body;
    await until(() => versionsOf(awb).includes(1));
    server = await start();
    holds = [];
    for (const status of ['PICKED_UP', 'IN_TRANSIT', 'AT_HUB']) await step(awb, status);
    await until(() => versionsOf(awb).includes(2));
    frozen.process.kill('SIGSTOP');
    const held = holds;
    holds = null;
    try {
      await until(() => versionsOf(awb).includes(4));
    } finally {
      frozen.process.kill('SIGCONT');
    }
    for (const answer of held) answer();
    // Whatever it would still send goes out before its goodbye.
    await frozen.kill('SIGTERM');
    await step(awb, 'OUT_FOR_DELIVERY');
    await until(() => versionsOf(awb).includes(5));
    const versions = versionsOf(awb);
    assert.deepEqual(
      versions.slice(versions.indexOf(4)).filter((version) => version < 4),
      [],
      `in the order ${versions}`,
    );
  });
});
