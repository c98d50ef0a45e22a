import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'socket.io-client';
import type { User } from '../contract/auth.ts';
import type { Route, SeatMap, SeatUpdate, Ticket } from '../contract/seats.ts';
import { type Answer, api } from '../testing/http.ts';
import { type Person, person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { ask, connect, nextEvent, record, settled } from '../testing/sockets.ts';

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer({ env: { WS_RATE_LIMIT: '100000', NAMESPACES_PUBLIC: '/seats' } });
  call = api(server.url);
});
after(() => server.stop());

const agent = person({ role: 'agent', companyId: 'blue' });
const operator = person({ role: 'operator', companyId: 'blue' });
const stranger = person({ role: 'agent', companyId: 'green' });
const cora = person({ role: 'customer', username: 'cora' });
const cleo = person({ role: 'customer', username: 'cleo' });

const PRICE = { amount: 1250, currency: 'EUR' };
const departure = async (seatCount = 4): Promise<Route> => {
  const { status, body } = await call(agent, 'POST', '/api/routes', {
    origin: 'Lyon',
    destination: 'Turin',
    departsAt: new Date(Date.now() + 86_400_000).toISOString(),
    seatCount,
    price: PRICE,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const reserve = (who: Person, routeId: string, seatNumber: string, passengerName = 'Ada Lovelace') =>
  call<Ticket>(who, 'POST', '/api/tickets', { routeId, seatNumber, passengerName });
const held = async (who: Person, routeId: string, seatNumber: string): Promise<Ticket> => {
  const { status, body } = await reserve(who, routeId, seatNumber);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const act = (who: Person, ticket: Ticket, what: string, body: object = {}) =>
  call(who, 'POST', `/api/tickets/${ticket.id}/${what}`, body);
const mapOf = async (routeId: string): Promise<SeatMap> =>
  (await call(cora, 'GET', `/api/routes/${routeId}/seats`)).body;
const statusOf = async (routeId: string, seatNumber: string) =>
  (await mapOf(routeId)).seats.find((seat) => seat.seatNumber === seatNumber)?.status;
const historyOf = async (who: Person, ticket: Ticket): Promise<string[]> =>
  (await call(who, 'GET', `/api/tickets/${ticket.id}/history`)).body.items.map(({ kind }: { kind: string }) => kind);
const expectCode = ({ status, body }: Answer, expected: number, code: string) => {
  assert.equal(status, expected, JSON.stringify(body));
  assert.equal(body.code, code);
};

/** Makes the hold's time be up, as the database sees it, and waits until somebody saw that. */
const expire = async (ticket: Ticket) => {
  const { query } = await import('../platform/database.ts');
  const { sweepHolds } = await import('./holds.ts');
  await query(`update tickets set expires_at = clock_timestamp() - interval '1 s' where id = $1`, [ticket.id]);
  await sweepHolds();
  // The server looks by itself, too: what it has in hand is skipped by ours, and waited for here.
  await query('select from routes for share');
};

const watch = async (who: Person | null, routeId: string) => {
  const socket = await connect(server.url, who ? tokenFor(who) : undefined, { namespace: '/seats' });
  const heard = record(socket);
  const ack = await ask(socket, 'subscribe_route', { routeId });
  assert.equal(ack.success, true, JSON.stringify(ack));
  return {
    socket,
    ack,
    heard,
    updates: async () => {
      await settled(socket);
      return heard.filter(({ name }) => name === 'seat_update').map(({ event }) => event as unknown as SeatUpdate);
    },
  };
};
const told = (updates: SeatUpdate[]) => updates.map(({ eventType, seatNumber }) => `${eventType} ${seatNumber}`);
/** Until this many seat updates were heard. */
const hearing = (socket: Socket, eventType: string, seatNumber: string) =>
  nextEvent(socket, 'seat_update', {
    matches: (event: SeatUpdate) => event.eventType === eventType && event.seatNumber === seatNumber,
  });

describe('a departure', () => {
  it('is created by the staff of a company and seen by everybody', async () => {
    const route = await departure(3);
    assert.deepEqual(route.seatNumbers, ['1', '2', '3']);
    assert.deepEqual([route.available, route.total, route.status, route.version], [3, 3, 'scheduled', 0]);
    const list = await call(cleo, 'GET', '/api/routes?origin=lyo&destination=TURIN&limit=200');
    assert.ok(list.body.items.some(({ id }: Route) => id === route.id));
    assert.deepEqual(await mapOf(route.id), {
      routeId: route.id,
      version: 0,
      seats: ['1', '2', '3'].map((seatNumber) => ({ seatNumber, status: 'available' })),
      available: 3,
      total: 3,
    });
    expectCode(
      await call(cora, 'POST', '/api/routes', { ...route, seatCount: 3, seatNumbers: undefined }),
      403,
      'FORBIDDEN',
    );
    expectCode(await call(agent, 'POST', '/api/routes', { origin: 'A' }), 400, 'BAD_REQUEST');
    expectCode(await call(cora, 'GET', '/api/routes/nowhere/seats'), 404, 'NOT_FOUND');
  });

  it('is told to the people of its company and to nobody else', async () => {
    const colleague = await connect(server.url, tokenFor(operator), { namespace: '/seats' });
    const bystander = await connect(server.url, tokenFor(stranger), { namespace: '/seats' });
    const heard = record(bystander);
    const created = nextEvent<{ routeId: string }>(colleague, 'route:created');
    const route = await departure();
    assert.equal((await created).routeId, route.id);
    const updated = nextEvent<{ available: number }>(colleague, 'route:updated');
    await held(cora, route.id, '1');
    assert.equal((await updated).available, 3);
    await settled(bystander);
    assert.deepEqual(
      heard.filter(({ name }) => name !== 'pong'),
      [],
    );
  });

  it('is cancelled with all its tickets, and each passenger hears of it once', async () => {
    const route = await departure(3);
    const one = await held(cora, route.id, '1');
    const two = await held(cora, route.id, '2');
    await call(agent, 'POST', '/api/payments', { ticketId: two.id, ...PRICE, method: 'cash' });
    const mine = await connect(server.url, tokenFor(cora), { namespace: '/seats' });
    const heard = record(mine);
    expectCode(await call(stranger, 'POST', `/api/routes/${route.id}/cancel`, { reason: 'snow' }), 404, 'NOT_FOUND');
    expectCode(await call(cora, 'POST', `/api/routes/${route.id}/cancel`, { reason: 'snow' }), 403, 'FORBIDDEN');
    const cancelled = await call(agent, 'POST', `/api/routes/${route.id}/cancel`, { reason: 'snow' });
    assert.deepEqual([cancelled.status, cancelled.body.status, cancelled.body.available], [200, 'cancelled', 0]);
    await settled(mine);
    const notices = heard.filter(({ name }) => name === 'ticket:updated').map(({ event }) => event);
    assert.deepEqual(
      notices.map(({ ticketId, status, reason }) => [ticketId, status, reason]).sort(),
      [
        [one.id, 'cancelled', 'snow'],
        [two.id, 'cancelled', 'snow'],
      ].sort(),
    );
    const [payment] = (await call(agent, 'GET', `/api/payments?ticketId=${two.id}`)).body.items;
    assert.deepEqual([payment.status, payment.reason], ['refunded', 'snow']);
    expectCode(await reserve(cora, route.id, '3'), 409, 'CONFLICT');
  });
});

describe('a ticket', () => {
  it('holds a seat, which everybody who looks sees without a name', async () => {
    const route = await departure();
    const watcher = await watch(cleo, route.id);
    assert.deepEqual(watcher.ack, {
      success: true,
      routeId: route.id,
      version: 0,
      snapshot: await mapOf(route.id),
    });
    const { status, body, headers } = await reserve(cora, route.id, '2', 'Grace Hopper');
    assert.equal(status, 201);
    assert.equal(headers.get('location'), `/api/tickets/${body.id}`);
    assert.deepEqual(
      [body.routeId, body.seatNumber, body.passengerName, body.userId, body.status, body.version],
      [route.id, '2', 'Grace Hopper', cora.id, 'reserved', 1],
    );
    const [update] = await watcher.updates();
    const { timestamp, ...fields } = update!;
    assert.ok(Date.parse(timestamp) <= Date.parse(body.expiresAt!));
    assert.deepEqual(fields, {
      type: 'seat_update',
      version: 1,
      eventType: 'SEAT_RESERVED',
      routeId: route.id,
      seatNumber: '2',
      ticketId: body.id,
      status: 'reserved',
      metadata: { expiresAt: body.expiresAt },
    });
    assert.ok(watcher.heard.some(({ name, event }) => name === 'subscribed' && event.routeId === route.id));
    assert.doesNotMatch(JSON.stringify(watcher.heard), /Grace|Hopper/);
    const map = await mapOf(route.id);
    assert.deepEqual([map.version, map.available, map.seats[1]], [1, 3, { seatNumber: '2', status: 'reserved' }]);
  });

  it('is refused for a seat that somebody has, that is not there, or without a name', async () => {
    const route = await departure();
    await held(cora, route.id, '1');
    const refused = await reserve(cleo, route.id, '1');
    expectCode(refused, 409, 'CONFLICT');
    assert.doesNotMatch(JSON.stringify(refused.body), /Ada|cora/);
    expectCode(await reserve(cleo, route.id, '99'), 422, 'UNPROCESSABLE');
    expectCode(await reserve(cleo, 'nowhere', '1'), 404, 'NOT_FOUND');
    expectCode(await call(cleo, 'POST', '/api/tickets', { routeId: route.id, seatNumber: '2' }), 400, 'BAD_REQUEST');
  });

  it('takes several seats all or none', async () => {
    const route = await departure();
    await held(cleo, route.id, '3');
    const seats = (...numbers: string[]) =>
      numbers.map((seatNumber) => ({ seatNumber, passengerName: `P${seatNumber}` }));
    const watcher = await watch(cleo, route.id);
    const refused = await call(cora, 'POST', '/api/tickets', { routeId: route.id, seats: seats('1', '2', '3') });
    expectCode(refused, 409, 'CONFLICT');
    assert.match(refused.body.detail, /Seat 3/);
    assert.equal((await mapOf(route.id)).available, 3);
    assert.deepEqual(await watcher.updates(), []);
    const taken = await call(cora, 'POST', '/api/tickets', { routeId: route.id, seats: seats('1', '2') });
    assert.equal(taken.status, 201);
    assert.deepEqual(
      taken.body.items.map(({ seatNumber, passengerName }: Ticket) => [seatNumber, passengerName]),
      [
        ['1', 'P1'],
        ['2', 'P2'],
      ],
    );
    assert.deepEqual(told(await watcher.updates()), ['SEAT_RESERVED 1', 'SEAT_RESERVED 2']);
  });

  it('is sold to many in one transaction, each heard in turn and nobody refused for another’s sake', async () => {
    const route = await departure(5);
    const watcher = await watch(cleo, route.id);
    const { reserve: sell } = await import('./sales.ts');
    const buyer: User = { id: cora.id, username: 'cora', role: 'customer', companyId: null, shopIds: [] };
    const buy = (...seatNumbers: string[]) =>
      sell(buyer, { routeId: route.id, seatNumbers, passengerName: 'Ada Lovelace' }).then(
        (tickets) => tickets.map(({ seatNumber }) => seatNumber).join(),
        ({ code }) => code,
      );
    // The first is served alone; the others stand in line meanwhile and are served together.
    const asked = [buy('5'), buy('1', '2'), buy('2', '3'), buy('3'), buy('77'), buy('5'), buy('3')];
    assert.deepEqual(await Promise.all(asked), ['5', '1,2', 'CONFLICT', '3', 'UNPROCESSABLE', 'CONFLICT', 'CONFLICT']);
    const updates = await watcher.updates();
    assert.deepEqual(
      told(updates),
      ['5', '1', '2', '3'].map((seatNumber) => `SEAT_RESERVED ${seatNumber}`),
    );
    assert.deepEqual(
      updates.map(({ version }) => version),
      [1, 2, 3, 4],
    );
    assert.equal((await mapOf(route.id)).available, 1);
  });

  it('is confirmed, suspended, reinstated and cancelled, with the documented events', async () => {
    const route = await departure();
    const watcher = await watch(cleo, route.id);
    const ticket = await held(cora, route.id, '1');
    expectCode(await act(cora, ticket, 'confirm'), 403, 'FORBIDDEN');
    expectCode(await act(cleo, ticket, 'cancel'), 404, 'NOT_FOUND');
    expectCode(await act(stranger, ticket, 'confirm'), 404, 'NOT_FOUND');
    const confirmed = await act(agent, ticket, 'confirm');
    assert.deepEqual([confirmed.status, confirmed.body.status, confirmed.body.expiresAt], [200, 'confirmed', null]);
    assert.equal(
      (await act(agent, ticket, 'suspend', { reason: 'Ada must show a passport' })).body.status,
      'suspended',
    );
    assert.equal(await statusOf(route.id, '1'), 'suspended');
    assert.equal((await act(agent, ticket, 'reinstate')).body.status, 'confirmed');
    assert.equal((await act(agent, ticket, 'suspend', { reason: 'passport' })).body.status, 'suspended');
    assert.equal((await act(cora, ticket, 'cancel', { reason: 'ill' })).body.status, 'cancelled');
    expectCode(await act(cora, ticket, 'cancel'), 409, 'CONFLICT');
    const updates = await watcher.updates();
    assert.deepEqual(told(updates), [
      'SEAT_RESERVED 1',
      'SEAT_CONFIRMED 1',
      'SEAT_SUSPENDED 1',
      'SEAT_CONFIRMED 1',
      'SEAT_SUSPENDED 1',
      'SEAT_CANCELLED 1',
      'SEAT_AVAILABLE 1',
    ]);
    assert.deepEqual(
      updates.map(({ version }) => version),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.deepEqual(
      updates.map(({ metadata }) => metadata.reason),
      [undefined, undefined, undefined, undefined, 'passport', 'ill', undefined],
    );
    assert.equal(updates.at(-1)?.ticketId, null);
    assert.deepEqual(await historyOf(cora, ticket), [
      'reserved',
      'confirmed',
      'suspended',
      'reinstated',
      'suspended',
      'cancelled',
    ]);
    assert.equal((await reserve(cleo, route.id, '1')).status, 201);
  });

  it('keeps what was left of an unpaid hold while it is suspended', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    const suspended = await act(agent, ticket, 'suspend');
    assert.equal(suspended.body.expiresAt, null);
    const reinstated = await act(agent, ticket, 'reinstate');
    assert.equal(reinstated.body.status, 'reserved');
    assert.ok(Date.parse(reinstated.body.expiresAt) >= Date.parse(ticket.expiresAt!) - 1000);
  });

  it('is extended once', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    const watcher = await watch(cleo, route.id);
    const extended = await act(cora, ticket, 'extend');
    assert.equal(extended.status, 200);
    assert.ok(extended.body.extended && extended.body.expiresAt > ticket.expiresAt!);
    expectCode(await act(cora, ticket, 'extend'), 409, 'CONFLICT');
    assert.deepEqual(
      (await watcher.updates()).map(({ eventType, metadata }) => [eventType, metadata.expiresAt]),
      [['SEAT_RESERVED', extended.body.expiresAt]],
    );
  });

  it('is moved to another seat', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    await held(cleo, route.id, '2');
    const watcher = await watch(cleo, route.id);
    expectCode(await act(agent, ticket, 'reassign', { seatNumber: '2' }), 409, 'CONFLICT');
    assert.equal((await act(agent, ticket, 'reassign', { seatNumber: '4' })).body.seatNumber, '4');
    assert.deepEqual(told(await watcher.updates()), ['SEAT_CANCELLED 1', 'SEAT_AVAILABLE 1', 'SEAT_RESERVED 4']);
  });

  it('ends by itself when its time is up, once, and its seat is free', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    const watcher = await watch(cleo, route.id);
    const freed = hearing(watcher.socket, 'SEAT_AVAILABLE', '1');
    await expire(ticket);
    await freed;
    assert.deepEqual(told(await watcher.updates()), ['SEAT_CANCELLED 1', 'SEAT_AVAILABLE 1']);
    assert.equal((await call(cora, 'GET', `/api/tickets/${ticket.id}`)).body.status, 'cancelled');
    assert.deepEqual(await historyOf(cora, ticket), ['reserved', 'expired']);
    expectCode(await act(agent, ticket, 'confirm'), 409, 'CONFLICT');
    expectCode(
      await call(agent, 'POST', '/api/payments', { ticketId: ticket.id, ...PRICE, method: 'cash' }),
      409,
      'CONFLICT',
    );
  });

  it('changes only in the version that the caller knows', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    const path = `/api/tickets/${ticket.id}/confirm`;
    expectCode(await call(agent, 'POST', path, {}, { 'if-match': '"7"' }), 412, 'STALE');
    assert.equal((await call(agent, 'POST', path, {}, { 'if-match': '"1"' })).headers.get('etag'), '"2"');
  });

  it('is reserved once however often the same request comes', async () => {
    const route = await departure();
    const body = { routeId: route.id, seatNumber: '1', passengerName: 'Ada' };
    const send = (sent: object) => call(cora, 'POST', '/api/tickets', sent, { 'idempotency-key': `k-${route.id}` });
    const [first, second] = [await send(body), await send(body)];
    assert.deepEqual([second.status, second.body.id], [201, first.body.id]);
    expectCode(await send({ ...body, seatNumber: '2' }), 422, 'IDEMPOTENCY_MISMATCH');
  });

  it('is read by its owner and the company, and listed nowhere else', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    for (const who of [cora, agent, operator]) {
      assert.equal((await call(who, 'GET', `/api/tickets/${ticket.id}`)).status, 200);
      assert.equal((await call(who, 'GET', `/api/tickets?code=${ticket.code}`)).body.items.length, 1);
    }
    for (const who of [cleo, stranger]) {
      expectCode(await call(who, 'GET', `/api/tickets/${ticket.id}`), 404, 'NOT_FOUND');
      expectCode(await call(who, 'GET', `/api/tickets/${ticket.id}/history`), 404, 'NOT_FOUND');
      assert.deepEqual((await call(who, 'GET', `/api/tickets?code=${ticket.code}`)).body.items, []);
      assert.deepEqual((await call(who, 'GET', `/api/payments?ticketId=${ticket.id}`)).body.items, []);
    }
  });
});

describe('following a departure', () => {
  it('starts again where it stopped, without a hole', async () => {
    const route = await departure();
    const first = await watch(cleo, route.id);
    const one = await held(cora, route.id, '1');
    await first.updates();
    first.socket.disconnect();
    await act(cora, one, 'cancel');
    const again = await connect(server.url, tokenFor(cleo), { namespace: '/seats' });
    const ack = await ask<{ success: boolean; version: number; missed: SeatUpdate[] }>(again, 'subscribe_route', {
      routeId: route.id,
      since: 1,
    });
    assert.equal(ack.version, 3);
    assert.deepEqual(told(ack.missed), ['SEAT_CANCELLED 1', 'SEAT_AVAILABLE 1']);
    const { body } = await call(cleo, 'GET', `/api/routes/${route.id}/events?since=0`);
    assert.deepEqual(told(body.items), ['SEAT_RESERVED 1', 'SEAT_CANCELLED 1', 'SEAT_AVAILABLE 1']);
  });

  it('answers availability and the database’s time, and stops', async () => {
    const route = await departure();
    const { socket, heard, updates } = await watch(cleo, route.id);
    const said = nextEvent(socket, 'seat_availability');
    assert.deepEqual(await ask(socket, 'get_seat_availability', { routeId: route.id }), {
      success: true,
      ...(await mapOf(route.id)),
    });
    assert.equal((await said).routeId, route.id);
    const { timestamp } = await ask<{ timestamp: string }>(socket, 'server_time', {});
    assert.ok(Number.isFinite(Date.parse(timestamp)));
    const unsubscribed = nextEvent(socket, 'unsubscribed');
    assert.deepEqual(await ask(socket, 'unsubscribe_route', { routeId: route.id }), {
      success: true,
      routeId: route.id,
    });
    await unsubscribed;
    await held(cora, route.id, '1');
    assert.deepEqual(await updates(), []);
    const missing = await ask<{ success: false; error: { code: string } }>(socket, 'subscribe_route', {
      routeId: 'nowhere',
    });
    assert.equal(missing.error.code, 'NOT_FOUND');
    assert.ok(heard.some(({ name, event }) => name === 'error' && event.event === 'subscribe_route'));
  });

  it('shows a guest the seats, and neither tickets nor reasons', async () => {
    const route = await departure();
    const guest = await watch(null, route.id);
    const ticket = await held(cora, route.id, '1');
    await act(agent, ticket, 'cancel', { reason: 'never paid' });
    const updates = await guest.updates();
    assert.deepEqual(told(updates), ['SEAT_RESERVED 1', 'SEAT_CANCELLED 1', 'SEAT_AVAILABLE 1']);
    assert.deepEqual(
      updates.map(({ ticketId, metadata }) => [ticketId, Object.keys(metadata)]),
      [
        [null, ['expiresAt']],
        [null, []],
        [null, []],
      ],
    );
    const { body } = await call(null, 'GET', `/api/routes/${route.id}/events`);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(`${ticket.id}|never paid`));
    assert.equal((await call(null, 'GET', `/api/routes/${route.id}/seats`)).status, 200);
    expectCode(await call(null, 'GET', `/api/routes/${route.id}/waiting`), 401, 'UNAUTHENTICATED');
    expectCode(await call(null, 'POST', '/api/tickets', {}), 401, 'UNAUTHENTICATED');
  });
});

describe('paying at the desk', () => {
  it('is recorded by agents, with the right amount, once', async () => {
    const route = await departure();
    const ticket = await held(cora, route.id, '1');
    const pay = (who: Person, body: object) =>
      call(who, 'POST', '/api/payments', { ticketId: ticket.id, ...PRICE, method: 'cash', ...body });
    expectCode(await pay(cora, {}), 403, 'FORBIDDEN');
    expectCode(await pay(stranger, {}), 404, 'NOT_FOUND');
    expectCode(await pay(agent, { amount: 1 }), 422, 'UNPROCESSABLE');
    expectCode(await pay(agent, { currency: 'USD' }), 422, 'UNPROCESSABLE');
    expectCode(await pay(agent, { amount: 12.5 }), 400, 'BAD_REQUEST');
    const watcher = await watch(cleo, route.id);
    const paid = await pay(agent, {});
    assert.equal(paid.status, 201);
    assert.deepEqual(
      [paid.body.ticketId, paid.body.status, paid.body.amount, paid.body.currency, paid.body.method],
      [ticket.id, 'succeeded', 1250, 'EUR', 'cash'],
    );
    assert.deepEqual(told(await watcher.updates()), ['SEAT_CONFIRMED 1']);
    expectCode(await pay(agent, {}), 409, 'CONFLICT');
    assert.deepEqual((await call(cora, 'GET', '/api/payments/options')).body, { provider: 'desk', mayPay: false });
  });
});

describe('the waiting list', () => {
  it('offers a freed seat to the next, for a limited time, and then to the one after', async () => {
    const route = await departure(1);
    const ticket = await held(agent, route.id, '1');
    const join = (who: Person) =>
      call(who, 'POST', `/api/routes/${route.id}/waiting`, { passengerName: `Of ${who.username}` });
    const first = await join(cora);
    assert.deepEqual([first.status, first.body.status, first.body.position], [201, 'waiting', 1]);
    assert.equal((await join(cleo)).body.position, 2);
    expectCode(await join(cleo), 409, 'CONFLICT');
    assert.equal((await call(cleo, 'GET', `/api/routes/${route.id}/waiting`)).body.items.length, 1);
    assert.equal((await call(agent, 'GET', `/api/routes/${route.id}/waiting`)).body.items.length, 2);
    const watcher = await watch(agent, route.id);
    const mine = await connect(server.url, tokenFor(cora), { namespace: '/seats' });
    const notice = nextEvent(mine, 'waiting:updated');
    await act(agent, ticket, 'cancel');
    assert.deepEqual(told(await watcher.updates()), ['SEAT_CANCELLED 1', 'SEAT_AVAILABLE 1', 'SEAT_RESERVED 1']);
    assert.equal((await notice).status, 'offered');
    const [entry] = (await call(cora, 'GET', `/api/routes/${route.id}/waiting`)).body.items;
    assert.deepEqual([entry.status, entry.seatNumber, entry.position], ['offered', '1', 0]);
    const offered = (await call(cora, 'GET', `/api/tickets/${entry.ticketId}`)).body as Ticket;
    assert.equal(offered.offer?.kind, 'waiting_list');
    expectCode(await act(cora, offered, 'extend'), 409, 'CONFLICT');
    await expire(offered);
    const [next] = (await call(cleo, 'GET', `/api/routes/${route.id}/waiting`)).body.items;
    assert.equal(next.status, 'offered');
    const last = (await call(cleo, 'GET', `/api/tickets/${next.ticketId}`)).body as Ticket;
    assert.equal((await act(agent, last, 'confirm')).body.status, 'confirmed');
    const lines = (await call(agent, 'GET', `/api/routes/${route.id}/waiting`)).body.items;
    assert.deepEqual(
      lines.map(({ status }: { status: string }) => status),
      ['gone', 'taken'],
    );
  });

  it('is left by whoever does not want to wait', async () => {
    const route = await departure(1);
    await held(agent, route.id, '1');
    const { body } = await call(cora, 'POST', `/api/routes/${route.id}/waiting`, { passengerName: 'Cora' });
    const path = `/api/routes/${route.id}/waiting/${body.id}/leave`;
    expectCode(await call(cleo, 'POST', path), 404, 'NOT_FOUND');
    assert.equal((await call(cora, 'POST', path)).body.status, 'gone');
  });
});
