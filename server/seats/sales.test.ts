import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { User } from '../contract/auth.ts';
import type { CreateTicket, Route, SeatUpdate } from '../contract/seats.ts';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, record, settled } from '../testing/sockets.ts';

/** Sales of one moment at one departure, with what is out of the ordinary among them. */

let server: TestServer;
let sql: typeof import('../platform/database.ts');
let sales: typeof import('./sales.ts');
let store: typeof import('./routeStore.ts');
before(async () => {
  server = await startTestServer({ env: { WS_RATE_LIMIT: '100000' } });
  sql = await import('../platform/database.ts');
  sales = await import('./sales.ts');
  store = await import('./routeStore.ts');
});
after(() => server.stop());

const agent = person({ role: 'agent', companyId: 'blue' });
const cora = person({ role: 'customer', username: 'cora' });
const cleo = person({ role: 'customer', username: 'cleo' });
const userOf = ({ id, username, role, companyId }: typeof agent): User => ({
  ...{ id, username: username ?? id, role, companyId: companyId ?? null, shopIds: [] },
});

const departure = async (seatCount = 4): Promise<Route> => {
  const { body } = await api(server.url)(agent, 'POST', '/api/routes', {
    origin: 'Lyon',
    destination: 'Turin',
    departsAt: new Date(Date.now() + 86_400_000).toISOString(),
    seatCount,
    price: { amount: 1250, currency: 'EUR' },
  });
  return body;
};

/** What a buyer hears: the seats, or the code of the refusal. */
const buy = (who: typeof agent, { id }: Route, seatNumbers: string[], more: Partial<CreateTicket> = {}) =>
  sales.reserve(userOf(who), { routeId: id, seatNumbers, passengerName: 'Ada Lovelace', ...more }).then(
    (tickets) => tickets.map(({ seatNumber }) => seatNumber).join(),
    ({ code, message }) => `${code} ${message}`,
  );

/** The updates and the notices of free seats that somebody of the company hears. */
const watch = async ({ id }: Route) => {
  const socket = await connect(server.url, tokenFor(agent), { namespace: '/seats' });
  const heard = record(socket);
  await ask(socket, 'subscribe_route', { routeId: id });
  return async () => {
    await settled(socket);
    const of = (type: string) => heard.filter(({ name }) => name === type).map(({ event }) => event);
    const updates = of('seat_update') as unknown as SeatUpdate[];
    return {
      steps: updates.map(({ version, eventType, seatNumber }) => `${version} ${eventType} ${seatNumber}`),
      free: of('route:updated')
        .filter(({ routeId }) => routeId === id)
        .map(({ available }) => available),
    };
  };
};

/** Keeps the departure's lock, as another node does that sells there, until told to go on. */
const occupied = async ({ id }: Route, work: () => Promise<unknown> = async () => {}) => {
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let arrived = () => {};
  const inside = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const done = sql.transaction(async () => {
    await store.lockRoute(id);
    await work();
    arrived();
    await left;
  });
  await inside;
  return async () => {
    leave();
    await done;
  };
};

describe('a sale', () => {
  it('that waited for another sees what that one sold', async () => {
    const route = await departure(4);
    const heard = await watch(route);
    const leave = await occupied(route, () => buy(cleo, route, ['1']));
    const asked = [buy(cora, route, ['1', '2']), buy(cora, route, ['3'])];
    await new Promise((resolve) => setTimeout(resolve, 50));
    await leave();
    assert.deepEqual(await Promise.all(asked), ['CONFLICT Seat 1 is already taken', '3']);
    const { steps, free } = await heard();
    assert.deepEqual(steps, ['1 SEAT_RESERVED 1', '2 SEAT_RESERVED 3']);
    assert.deepEqual(free, [3, 2]);
  });

  it('of what is gone waits for nobody', async () => {
    // One session has nobody to wait for.
    if (sql.isEmbedded()) return;
    const route = await departure(3);
    assert.equal(await buy(cleo, route, ['1', '2']), '1,2');
    const leave = await occupied(route);
    try {
      const asked = [buy(cora, route, ['1']), buy(cora, route, ['2'])];
      assert.deepEqual(await Promise.all(asked), [
        'CONFLICT Seat 1 is already taken',
        'CONFLICT Seat 2 is already taken',
      ]);
    } finally {
      await leave();
    }
  });

  it('says which of its seats are gone', async () => {
    const route = await departure(4);
    assert.equal(await buy(cleo, route, ['2', '3']), '2,3');
    assert.equal(await buy(cora, route, ['1', '2', '3']), 'CONFLICT Seats 2, 3 are already taken');
    assert.equal(await buy(cora, route, ['1', '4']), '1,4');
  });

  it('leaves the seats of one who is refused to the next in line', async () => {
    const route = await departure(3);
    assert.equal(await buy(cleo, route, ['1']), '1');
    const asked = [buy(cora, route, ['1', '2']), buy(cleo, route, ['2', '3']), buy(cora, route, ['3'])];
    assert.deepEqual(await Promise.all(asked), [
      'CONFLICT Seat 1 is already taken',
      '2,3',
      'CONFLICT Seat 3 is already taken',
    ]);
  });

  it('ends a hold whose time is up before it sells that seat', async () => {
    const route = await departure(2);
    assert.equal(await buy(cleo, route, ['1']), '1');
    const heard = await watch(route);
    await sql.query(`update tickets set expires_at = clock_timestamp() - interval '1 s' where route_id = $1`, [
      route.id,
    ]);
    assert.equal(await buy(cora, route, ['1']), '1');
    assert.deepEqual((await heard()).steps, ['2 SEAT_CANCELLED 1', '3 SEAT_AVAILABLE 1', '4 SEAT_RESERVED 1']);
  });

  it('is up to the staff alone once the bus has left', async () => {
    const route = await departure(2);
    await sql.query(`update routes set departs_at = clock_timestamp() - interval '1 min' where id = $1`, [route.id]);
    assert.deepEqual(await Promise.all([buy(cora, route, ['1']), buy(agent, route, ['2'])]), [
      'CONFLICT This bus has left',
      '2',
    ]);
  });

  it('for somebody else is up to the staff, whoever sells in the same moment', async () => {
    const route = await departure(3);
    const asked = [
      buy(cora, route, ['1'], { userId: cleo.id }),
      buy(agent, route, ['2'], { userId: cora.id }),
      buy(cleo, route, ['3']),
    ];
    assert.deepEqual(await Promise.all(asked), [
      'FORBIDDEN Only staff of the bus company may reserve for somebody else',
      '2',
      '3',
    ]);
  });

  it('takes a seat once, however many want it and several others at a time', async () => {
    const route = await departure(12);
    const heard = await watch(route);
    const asked = Array.from({ length: 48 }, (_, n) =>
      buy(n % 2 ? cora : cleo, route, [...new Set([String(1 + (n % 12)), String(1 + ((n * 5) % 12))])]),
    );
    const sold = (await Promise.all(asked)).filter((outcome) => !outcome.startsWith('CONFLICT'));
    const seats = sold.flatMap((outcome) => outcome.split(','));
    assert.equal(new Set(seats).size, seats.length);
    const { steps, free } = await heard();
    assert.deepEqual(
      steps.map((step) => Number(step.split(' ')[0])),
      seats.map((_, n) => n + 1),
    );
    assert.deepEqual(steps.map((step) => step.split(' ')[2]).sort(), [...seats].sort());
    assert.equal(free.at(-1), 12 - seats.length);
  });
});
