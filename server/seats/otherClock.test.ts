import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { LOADER, runnable } from '../../scripts/testing/runnable.ts';
import type { SeatUpdate, Ticket } from '../contract/seats.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { type Spawned, spawnServer } from '../testing/server.ts';
import { needs } from '../testing/services.ts';
import { ask, closeSockets, connect, nextEvent, record, settled } from '../testing/sockets.ts';

/** A server on a machine whose clock is ten minutes ahead, and all that it writes into its log. */

/** By this server's own clock a hold is over before it began. */
const HOLD_SECONDS = 300;
const SECRET = 'what the gateway signs with';
const NAME = 'Zebulon Quartermain';
const PRICE = { amount: 1250, currency: 'EUR' };

const agent = person({ role: 'agent', companyId: 'blue' });
const cora = person({ role: 'customer', username: 'cora' });

describe('a server whose clock is wrong', needs('postgres'), () => {
  let database: TestDatabase;
  let server: Spawned;
  let call: ReturnType<typeof api>;
  let log = '';

  before(async () => {
    database = await createTestDatabase();
    server = await spawnServer({
      database,
      env: {
        NODE_OPTIONS: [...LOADER, '--import', runnable('scripts/chaos/clock/ahead.ts')].join(' '),
        LOG_LEVEL: 'trace',
        SEAT_HOLD_SECONDS: String(HOLD_SECONDS),
        PAYMENT_WEBHOOK_SECRET: SECRET,
      },
      hear: (text) => {
        log += text;
      },
    });
    call = api(server.url);
  });
  after(async () => {
    closeSockets();
    await server?.kill();
    await database?.drop();
  });

  const departure = async (): Promise<string> => {
    const { status, body } = await call(agent, 'POST', '/api/routes', {
      origin: 'Lyon',
      destination: 'Turin',
      departsAt: new Date(Date.now() + 86_400_000).toISOString(),
      seatCount: 4,
      price: PRICE,
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body.id;
  };
  /** Lets a hold end so many seconds from now. Answers when that is. */
  const endIn = async (ticketId: string, seconds: number): Promise<Date> => {
    const client = new pg.Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    const { rows } = await client
      .query(
        'update tickets set expires_at = clock_timestamp() + make_interval(secs => $2) where id = $1 returning expires_at',
        [ticketId, seconds],
      )
      .finally(() => client.end());
    return rows[0].expires_at;
  };
  const reserve = async (routeId: string, seatNumber: string): Promise<Ticket> => {
    const { status, body } = await call(cora, 'POST', '/api/tickets', { routeId, seatNumber, passengerName: NAME });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };

  it('ends a hold by the database’s time, and tells that time to those who count down', async () => {
    const routeId = await departure();
    const socket = await connect(server.url, tokenFor(cora), { namespace: '/seats' });
    await ask(socket, 'subscribe_route', { routeId });
    const asked = Date.now();
    const { id, expiresAt } = await reserve(routeId, '1');
    const holdBegan = Date.parse(expiresAt!) - HOLD_SECONDS * 1000;
    assert.ok(holdBegan >= asked - 1 && holdBegan <= Date.now() + 1, `a hold until ${expiresAt}, asked at ${asked}`);
    const { timestamp } = await ask<{ timestamp: string }>(socket, 'server_time', {});
    const told = Date.parse(timestamp);
    assert.ok(told >= asked - 1 && told <= Date.now() + 1, `the server calls it ${timestamp}`);

    const freed = nextEvent<SeatUpdate>(socket, 'seat_update', {
      matches: ({ eventType }) => eventType === 'SEAT_AVAILABLE',
      milliseconds: 30_000,
    });
    const endsAt = await endIn(id, 1);
    assert.ok(Date.parse((await freed).timestamp) >= endsAt.getTime(), 'it ended too early');
  });

  it('writes no passenger’s name into its log or an event, whatever happens and however much it logs', async () => {
    const routeId = await departure();
    const socket = await connect(server.url, tokenFor(agent), { namespace: '/seats' });
    const heard = record(socket);
    await ask(socket, 'subscribe_route', { routeId });
    const desk = (ticket: Ticket, what: string, body: object = {}) =>
      call(agent, 'POST', `/api/tickets/${ticket.id}/${what}`, body);

    const paid = await reserve(routeId, '1');
    assert.equal(
      (await call(agent, 'POST', '/api/payments', { ticketId: paid.id, ...PRICE, method: 'cash' })).status,
      201,
    );
    const reason = `${NAME} asked for it`;
    assert.equal((await desk(paid, 'suspend', { reason })).status, 200);
    assert.equal((await desk(paid, 'reinstate', { reason })).status, 200);
    assert.equal((await desk(paid, 'reassign', { seatNumber: '2', reason })).status, 200);
    assert.equal((await desk(paid, 'cancel', { reason })).status, 200);

    // Refusals of every kind, each with the name in what was sent.
    const order = { routeId, seatNumber: '3', passengerName: NAME };
    await reserve(routeId, '3');
    const refusals = [
      [order, 409],
      [{ ...order, seatNumber: '77' }, 422],
      [{ ...order, routeId: 'nowhere' }, 404],
      [{ ...order, userId: 'somebody', seatNumber: '4' }, 403],
      [{ ...order, seatNumber: [NAME] }, 400],
      [`{"passengerName":"${NAME}"`, 400],
    ] as const;
    for (const [body, expected] of refusals) {
      const headers = { 'content-type': 'application/json' };
      assert.equal((await call(cora, 'POST', '/api/tickets', body, headers)).status, expected, JSON.stringify(body));
    }
    const event = { id: 'gw-1', type: 'payment.succeeded', data: { ticketId: paid.id, ...PRICE, reference: 'r-1' } };
    const gatewaySays = async (body: object, key: string) => {
      const text = JSON.stringify(body);
      const signature = createHmac('sha256', key).update(text).digest('hex');
      const headers = { 'content-type': 'application/json', 'x-signature': signature };
      return (await call(null, 'POST', '/api/payments/webhook', text, headers)).status;
    };
    assert.equal(await gatewaySays(event, SECRET), 200);
    assert.equal(await gatewaySays({ ...event, type: 'payment.failed' }, SECRET), 200);
    assert.equal(await gatewaySays(event, 'another secret'), 401);
    assert.equal((await call(agent, 'POST', `/api/routes/${routeId}/cancel`, { reason })).status, 200);

    await settled(socket);
    assert.ok(heard.some(({ name }) => name === 'seat_update'));
    assert.ok(!JSON.stringify(heard).includes('Quartermain'), 'an event holds the name');
    await server.kill('SIGTERM');
    assert.match(log, /\/api\/tickets/, 'the log says what was asked');
    const lines = log.split('\n').filter((line) => line.includes('Quartermain'));
    assert.deepEqual(lines, []);
  });
});
