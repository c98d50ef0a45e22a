import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Payment, Route, Ticket } from '../contract/seats.ts';
import { api } from '../testing/http.ts';
import { person } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';

/** The payment gateway as a gateway behaves: twice, late, in the wrong order, and now and then not a gateway at all. */

const SECRET = 'a-secret-that-only-the-gateway-and-we-know';
let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer({ env: { PAYMENT_PROVIDER: 'webhook', PAYMENT_WEBHOOK_SECRET: SECRET } });
  call = api(server.url);
});
after(() => server.stop());

const agent = person({ role: 'agent', companyId: 'blue' });
const cora = person({ role: 'customer', username: 'cora' });
const cleo = person({ role: 'customer', username: 'cleo' });
const PRICE = { amount: 1250, currency: 'EUR' };

const departure = async (seatCount: number): Promise<Route> =>
  (
    await call(agent, 'POST', '/api/routes', {
      origin: 'Lyon',
      destination: 'Turin',
      departsAt: new Date(Date.now() + 86_400_000).toISOString(),
      seatCount,
      price: PRICE,
    })
  ).body;
const held = async (routeId: string, seatNumber = '1', who = cora): Promise<Ticket> => {
  const { status, body } = await call(who, 'POST', '/api/tickets', {
    routeId,
    seatNumber,
    passengerName: 'Ada Lovelace',
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
/** One look at what is due. The server looks by itself, too: what it has in hand is skipped by ours, and waited for. */
const sweep = async () => {
  const { query } = await import('../platform/database.ts');
  const { sweepHolds } = await import('./holds.ts');
  await sweepHolds();
  await query('select from routes for share');
  await query('select from gateway_events for share');
};
const expire = async ({ id }: Ticket) => {
  const { query } = await import('../platform/database.ts');
  await query(`update tickets set expires_at = clock_timestamp() - interval '1 s' where id = $1`, [id]);
  await sweep();
};

type Kind = 'succeeded' | 'failed' | 'refunded';
const event = (ticketId: string, kind: Kind = 'succeeded', data: object = {}) => ({
  id: `evt-${randomUUID()}`,
  type: `payment.${kind}`,
  data: { ticketId, ...PRICE, reference: `ch-${ticketId}`, ...data },
});
const sign = (body: string, secret = SECRET) => createHmac('sha256', secret).update(body).digest('hex');
const deliver = (body: object | string, signature?: string) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return call(null, 'POST', '/api/payments/webhook', text, {
    'content-type': 'application/json',
    ...(signature !== '' && { 'x-signature': signature ?? sign(text) }),
  });
};
const take = async (body: object, applied = true) => {
  const answer = await deliver(body);
  assert.deepEqual([answer.status, answer.body], [200, { received: true, applied }]);
};
const ticketNow = async ({ id }: Ticket): Promise<Ticket> => (await call(agent, 'GET', `/api/tickets/${id}`)).body;
const paymentsOf = async ({ id }: { id: string }): Promise<Payment[]> =>
  (await call(agent, 'GET', `/api/payments?ticketId=${id}`)).body.items;
const moneyOf = async (ticket: { id: string }) =>
  (await paymentsOf(ticket)).map(({ status, amount }) => [status, amount]);
const historyOf = async ({ id }: Ticket): Promise<string[]> =>
  (await call(agent, 'GET', `/api/tickets/${id}/history`)).body.items.map(({ kind }: { kind: string }) => kind);
const eventsOf = async (routeId: string): Promise<string[]> =>
  (await call(agent, 'GET', `/api/routes/${routeId}/events`)).body.items.map(
    ({ eventType, seatNumber }: { eventType: string; seatNumber: string }) => `${eventType} ${seatNumber}`,
  );

describe('a payment at the gateway', () => {
  it('is pending until the gateway says it succeeded, and then the seat is the passenger’s', async () => {
    const { id } = await departure(1);
    const ticket = await held(id);
    const pay = () => call(cora, 'POST', '/api/payments', { ticketId: ticket.id, ...PRICE, method: 'card' });
    const pending = await pay();
    assert.deepEqual([pending.status, pending.body.status], [201, 'pending']);
    assert.equal((await pay()).body.id, pending.body.id, 'a second click starts no second payment');
    assert.equal((await ticketNow(ticket)).status, 'reserved');
    await take(event(ticket.id));
    const now = await ticketNow(ticket);
    assert.deepEqual([now.status, now.paid, now.expiresAt], ['confirmed', true, null]);
    assert.deepEqual(
      (await paymentsOf(ticket)).map((one) => [one.id, one.status]),
      [[pending.body.id, 'succeeded']],
    );
    assert.deepEqual(await eventsOf(id), ['SEAT_RESERVED 1', 'SEAT_CONFIRMED 1']);
    assert.equal((await pay()).status, 409);
  });

  it('counts once, sent twice at once, again later, and under another event’s name', async () => {
    const { id } = await departure(1);
    const ticket = await held(id);
    const one = event(ticket.id);
    const answers = await Promise.all([deliver(one), deliver(one), deliver(one)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(answers.filter(({ body }) => body.applied).length, 1);
    await take(one, false);
    await take({ ...one, id: `evt-${randomUUID()}` });
    assert.deepEqual(await moneyOf(ticket), [['succeeded', 1250]]);
    assert.deepEqual(await eventsOf(id), ['SEAT_RESERVED 1', 'SEAT_CONFIRMED 1']);
  });

  it('is refused with a bad signature, none, or a body changed after signing', async () => {
    const ticket = await held((await departure(1)).id);
    const body = JSON.stringify(event(ticket.id));
    for (const [sent, signature] of [
      [body, ''],
      [body, 'nonsense'],
      [body, sign(body, 'another secret')],
      [body.replace('1250', '1251'), sign(body)],
      [`${body} `, sign(body)],
    ] as const) {
      const answer = await deliver(sent, signature);
      assert.deepEqual([answer.status, answer.body.code], [401, 'UNAUTHENTICATED']);
    }
    assert.equal((await deliver('{', sign('{'))).status, 400);
    assert.equal((await deliver({ id: 'x' })).status, 400);
    assert.deepEqual(await moneyOf(ticket), []);
    assert.equal((await ticketNow(ticket)).status, 'reserved');
  });

  it('counts as it was told first when it comes again with another body', async () => {
    const { id } = await departure(2);
    const [one, two] = [await held(id, '1'), await held(id, '2')];
    const first = event(one.id);
    await take(first);
    await take({ ...first, data: { ...first.data, ticketId: two.id } }, false);
    assert.equal((await ticketNow(two)).status, 'reserved');
    assert.deepEqual(await moneyOf(two), []);
  });

  it('goes back when it is another ticket’s amount, and the right one still counts', async () => {
    const ticket = await held((await departure(1)).id);
    await take(event(ticket.id, 'succeeded', { amount: 999 }));
    assert.equal((await ticketNow(ticket)).status, 'reserved');
    assert.deepEqual(await moneyOf(ticket), [['refunded', 999]]);
    await take(event(ticket.id, 'succeeded', { currency: 'USD', reference: 'usd' }));
    assert.equal((await ticketNow(ticket)).status, 'reserved');
    await take(event(ticket.id));
    assert.equal((await ticketNow(ticket)).status, 'confirmed');
    assert.deepEqual(await historyOf(ticket), ['reserved', 'refunded', 'refunded', 'paid']);
  });

  it('goes back when the ticket was paid before', async () => {
    const ticket = await held((await departure(1)).id);
    await take(event(ticket.id));
    await take(event(ticket.id, 'succeeded', { reference: 'a second card' }));
    assert.deepEqual((await moneyOf(ticket)).sort(), [
      ['refunded', 1250],
      ['succeeded', 1250],
    ]);
    assert.equal((await ticketNow(ticket)).status, 'confirmed');
  });

  it('may fail and then succeed, and a failure told late changes nothing', async () => {
    const ticket = await held((await departure(1)).id);
    await take(event(ticket.id, 'failed'));
    assert.deepEqual(await moneyOf(ticket), [['failed', 1250]]);
    await take(event(ticket.id));
    await take(event(ticket.id, 'failed'));
    assert.deepEqual(await moneyOf(ticket), [['succeeded', 1250]]);
    assert.equal((await ticketNow(ticket)).status, 'confirmed');
  });

  it('that was refunded gives the seat back, and a refund told first is not undone', async () => {
    const { id } = await departure(2);
    const [one, two] = [await held(id, '1'), await held(id, '2')];
    await take(event(one.id));
    await take(event(one.id, 'refunded'));
    assert.equal((await ticketNow(one)).status, 'cancelled');
    assert.deepEqual(await moneyOf(one), [['refunded', 1250]]);
    await take(event(two.id, 'refunded'));
    await take(event(two.id));
    assert.equal((await ticketNow(two)).status, 'reserved');
    assert.deepEqual(await moneyOf(two), [['refunded', 1250]]);
  });

  it('waits for a reservation that is told later, and goes back where none ever comes', async () => {
    const { id } = await departure(1);
    const early = randomUUID();
    await take(event(early));
    const { reserve } = await import('./sales.ts');
    const user = { id: cora.id, username: 'cora', role: 'customer' as const, companyId: null, shopIds: [] };
    const [ticket] = await reserve(user, { routeId: id, seatNumber: '1', passengerName: 'Ada' }, [early]);
    await sweep();
    assert.equal((await ticketNow(ticket!)).status, 'confirmed');
    const nobodys = randomUUID();
    await take(event(nobodys));
    const { query } = await import('../platform/database.ts');
    await query(`update gateway_events set received_at = now() - interval '2 h' where ticket_id = $1`, [nobodys]);
    await sweep();
    assert.deepEqual(await query('select status, amount, reason from payments where ticket_id = $1', [nobodys]), [
      { status: 'refunded', amount: 1250, reason: 'There is no such ticket' },
    ]);
  });
});

describe('money that comes after the hold ended', () => {
  it('gets the same seat if it is still free', async () => {
    const { id } = await departure(2);
    const ticket = await held(id);
    await expire(ticket);
    await take(event(ticket.id));
    const now = await ticketNow(ticket);
    assert.deepEqual([now.status, now.seatNumber, now.paid], ['confirmed', '1', true]);
    assert.deepEqual(await historyOf(ticket), ['reserved', 'expired', 'paid_late', 'offered', 'confirmed']);
    assert.deepEqual(await eventsOf(id), [
      'SEAT_RESERVED 1',
      'SEAT_CANCELLED 1',
      'SEAT_AVAILABLE 1',
      'SEAT_RESERVED 1',
      'SEAT_CONFIRMED 1',
    ]);
  });

  const offered = async () => {
    const { id } = await departure(2);
    const ticket = await held(id);
    await expire(ticket);
    await held(id, '1', cleo);
    await take(event(ticket.id));
    const now = await ticketNow(ticket);
    assert.deepEqual(
      [now.status, now.paid, now.offer?.kind, now.offer?.seatNumber],
      ['reserved', true, 'late_payment', '2'],
    );
    return { id, ticket };
  };
  const answer = (ticket: Ticket, accept: boolean) => call(cora, 'POST', `/api/tickets/${ticket.id}/offer`, { accept });

  it('is offered another seat, and yes makes it theirs', async () => {
    const { id, ticket } = await offered();
    assert.equal((await answer(ticket, true)).body.status, 'confirmed');
    assert.deepEqual(await moneyOf(ticket), [['succeeded', 1250]]);
    assert.deepEqual((await eventsOf(id)).slice(-2), ['SEAT_RESERVED 2', 'SEAT_CONFIRMED 2']);
    assert.equal((await answer(ticket, false)).status, 409);
  });

  it('is offered another seat, and no gives the money back', async () => {
    const { id, ticket } = await offered();
    assert.equal((await answer(ticket, false)).body.status, 'cancelled');
    assert.deepEqual(await moneyOf(ticket), [['refunded', 1250]]);
    assert.deepEqual((await eventsOf(id)).slice(-2), ['SEAT_CANCELLED 2', 'SEAT_AVAILABLE 2']);
  });

  it('goes back when nobody answers the offer in time', async () => {
    const { ticket } = await offered();
    await expire(ticket);
    assert.deepEqual(await moneyOf(ticket), [['refunded', 1250]]);
    assert.deepEqual(await historyOf(ticket), ['reserved', 'expired', 'paid_late', 'offered', 'refunded', 'expired']);
  });

  it('goes back when the bus is full, and when the ticket was cancelled by hand', async () => {
    const full = await departure(1);
    const late = await held(full.id);
    await expire(late);
    await held(full.id, '1', cleo);
    await take(event(late.id));
    assert.deepEqual(await moneyOf(late), [['refunded', 1250]]);
    assert.deepEqual(await historyOf(late), ['reserved', 'expired', 'paid_late', 'refunded']);
    const given = await held((await departure(1)).id);
    await call(cora, 'POST', `/api/tickets/${given.id}/cancel`);
    await take(event(given.id));
    assert.deepEqual([(await ticketNow(given)).status, await moneyOf(given)], ['cancelled', [['refunded', 1250]]]);
  });

  it('of a suspended ticket is kept for it', async () => {
    const ticket = await held((await departure(1)).id);
    await call(agent, 'POST', `/api/tickets/${ticket.id}/suspend`);
    await take(event(ticket.id));
    assert.equal((await call(agent, 'POST', `/api/tickets/${ticket.id}/reinstate`)).body.status, 'confirmed');
  });
});
