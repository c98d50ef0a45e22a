import { createHmac } from 'node:crypto';
import type { SeatEventType, SeatStatus } from '../../../server/contract/seats.ts';
import { api } from '../../../server/testing/http.ts';
import { person } from '../../../server/testing/people.ts';
import { startTestServer } from '../../../server/testing/server.ts';
import { pick, randomFrom, whole } from '../../demo/random.ts';
import { createModel, PRICE } from './rules.ts';

/** Random operations from a seed, done to the server and to the plain rules: both must always agree. */

const SECRET = 'the-secret-of-the-gateway-in-fault-runs';
const ROUTES = 4;
const SEATS = ['1', '2', '3', '4', '5'];
const USERS = 6;
/** So many operations between two looks at everything that is stored. */
const LOOK_EVERY = 100;

const KINDS = [
  ...Array<string>(6).fill('reserve'),
  ...Array<string>(4).fill('expire'),
  ...Array<string>(5).fill('gateway'),
  'reserveSeveral',
  'confirm',
  'suspend',
  'suspend',
  'reinstate',
  'reinstate',
  'cancel',
  'cancel',
  'extend',
  'reassign',
  'answer',
  'answer',
  'desk',
  'wait',
  'wait',
  'repeat',
];

/** What may follow what on one seat. */
const FOLLOWS: Record<SeatEventType, SeatEventType[]> = {
  SEAT_AVAILABLE: ['SEAT_RESERVED', 'SEAT_CONFIRMED'],
  SEAT_RESERVED: ['SEAT_RESERVED', 'SEAT_CONFIRMED', 'SEAT_SUSPENDED', 'SEAT_CANCELLED'],
  SEAT_CONFIRMED: ['SEAT_SUSPENDED', 'SEAT_CANCELLED'],
  SEAT_SUSPENDED: ['SEAT_RESERVED', 'SEAT_CONFIRMED', 'SEAT_CANCELLED'],
  SEAT_CANCELLED: ['SEAT_AVAILABLE'],
};

export type Report = { operations: number; refused: number; tickets: number; events: number; faults: string[] };

/** Runs `count` operations of `seed` against a server of its own in this process. */
export const runOperations = async (seed: number, count: number): Promise<Report> => {
  const server = await startTestServer({
    env: { PAYMENT_PROVIDER: 'webhook', PAYMENT_WEBHOOK_SECRET: SECRET, EVENT_RETENTION_HOURS: '72' },
  });
  const { query } = await import('../../../server/platform/database.ts');
  const { sweepHolds } = await import('../../../server/seats/holds.ts');
  const call = api(server.url);
  const agent = person({ role: 'agent', companyId: 'blue' });
  const users = Array.from({ length: USERS }, (_, n) => person({ role: 'customer', id: `user-${n}` }));
  const random = randomFrom(seed);
  const model = createModel(ROUTES, SEATS);
  /** The server's id of each of the model's tickets. */
  const ids: string[] = [];
  const routeIds: string[] = [];
  const faults: string[] = [];
  const sent: string[] = [];
  let refused = 0;

  const deliver = (body: string) =>
    call(null, 'POST', '/api/payments/webhook', body, {
      'x-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
    });

  /** Finds the ids of tickets that the rules created beside what was asked for: offers from the waiting list. */
  const learnIds = async () => {
    for (let n = ids.length; n < model.tickets.length; n++) {
      const { route, seat } = model.tickets[n]!;
      const [row] = await query<{ id: string }>(
        `select id from tickets where route_id = $1 and seat_number = $2 and not id = any($3) order by created_at desc limit 1`,
        [routeIds[route], seat, ids],
      );
      ids.push(row?.id ?? 'missing');
    }
  };

  const look = async () => {
    const rows = await query<{ id: string; seat_number: string; status: string; offer: string | null }>(
      'select id, seat_number, status, offer from tickets',
    );
    const stored = new Map(rows.map((row) => [row.id, `${row.status} ${row.seat_number} ${row.offer}`]));
    model.tickets.forEach((ticket, n) => {
      const expected = `${ticket.status} ${ticket.seat} ${ticket.offer}`;
      if (stored.get(ids[n]!) !== expected) faults.push(`ticket ${n}: ${stored.get(ids[n]!)} instead of ${expected}`);
    });
    if (rows.length !== model.tickets.length) faults.push(`${rows.length} tickets instead of ${model.tickets.length}`);
    const money = await query<{ ticket_id: string; status: string; amount: number; reference: string | null }>(
      'select ticket_id, status, amount, reference from payments',
    );
    const line = (ticket: string, status: string, amount: number, reference: string | null) =>
      `${ticket} ${status} ${amount} ${reference ?? ''}`;
    const expected = model.payments.map((one) => line(ids[one.ticket]!, one.status, one.amount, one.reference)).sort();
    const actual = money.map((one) => line(one.ticket_id, one.status, one.amount, one.reference)).sort();
    const odd = [
      ...actual.filter((one) => !expected.includes(one)),
      ...expected.filter((one) => !actual.includes(one)),
    ];
    faults.push(...odd.map((one) => `money: ${one}`));
    const loose = await query(
      `select 1 from payments p where p.status = 'succeeded'
         and not exists (select 1 from tickets t where t.id = p.ticket_id and t.status <> 'cancelled')`,
    );
    if (loose.length > 0) faults.push(`${loose.length} payments without a ticket or a refund`);
    for (const [route, entries] of model.lines.entries()) {
      const waiting = await query<{ user_id: string; status: string }>(
        'select user_id, status from seat_waiting where route_id = $1 order by place',
        [routeIds[route]],
      );
      const said = waiting.map(({ user_id, status }) => `${user_id} ${status}`).join();
      const wanted = entries.map(({ user, status }) => `user-${user} ${status}`).join();
      if (said !== wanted) faults.push(`waiting list ${route}: ${said} instead of ${wanted}`);
    }
  };

  /** Replays every event of every departure. */
  const replay = async (): Promise<number> => {
    let events = 0;
    for (const [route, id] of routeIds.entries()) {
      const rows = await query<{
        version: number;
        payload: { eventType: SeatEventType; seatNumber: string; status: SeatStatus };
      }>('select version, payload from events where stream = $1 order by version', [`route:${id}`]);
      events += rows.length;
      const last = new Map<string, { eventType: SeatEventType; status: SeatStatus }>();
      rows.forEach(({ version, payload }, n) => {
        if (version !== n + 1) faults.push(`route ${route}: version ${version} at place ${n + 1}`);
        const before = last.get(payload.seatNumber)?.eventType ?? 'SEAT_AVAILABLE';
        if (!FOLLOWS[before].includes(payload.eventType))
          faults.push(`route ${route} seat ${payload.seatNumber}: ${payload.eventType} after ${before}`);
        last.set(payload.seatNumber, payload);
      });
      for (const seat of SEATS) {
        const ticket = model.at(route, seat);
        const status = ticket < 0 ? 'available' : model.tickets[ticket]!.status;
        if ((last.get(seat)?.status ?? 'available') !== status)
          faults.push(`route ${route} seat ${seat}: events say ${last.get(seat)?.status}, the rules ${status}`);
      }
    }
    const named = await query(`select 1 from events where payload::text ilike '%zebulon%'`);
    if (named.length > 0) faults.push(`${named.length} events hold a passenger's name`);
    return events;
  };

  const perform = async (kind: string): Promise<[number, number]> => {
    const route = whole(random, 0, ROUTES - 1);
    const seat = pick(random, SEATS);
    const user = whole(random, 0, USERS - 1);
    // Mostly those that live: what has long ended only refuses.
    const live = model.tickets.flatMap((ticket, n) => (ticket.status === 'cancelled' ? [] : [n]));
    const recent = Math.max(0, model.tickets.length - 30);
    const any = whole(random, recent, Math.max(recent, model.tickets.length - 1));
    const id = live.length > 0 && random() < 0.7 ? pick(random, live) : any;
    const name = 'Zebulon Quartermain';
    if (kind === 'reserve' || kind === 'reserveSeveral') {
      const several =
        kind === 'reserveSeveral'
          ? [
              seat,
              pick(
                random,
                SEATS.filter((one) => one !== seat),
              ),
            ]
          : [seat];
      const body = {
        routeId: routeIds[route],
        seats: several.map((seatNumber) => ({ seatNumber, passengerName: name })),
      };
      const { status, body: answer } = await call(users[user]!, 'POST', '/api/tickets', body);
      if (status === 201) ids.push(...answer.items.map((ticket: { id: string }) => ticket.id));
      return [model.reserve(route, several, user), status];
    }
    if (kind === 'wait') {
      const path = `/api/routes/${routeIds[route]}/waiting`;
      const { status } = await call(users[user]!, 'POST', path, { passengerName: name });
      return [model.wait(route, user), status];
    }
    if (model.tickets.length === 0) return [0, 0];
    const act = async (what: string, body: object = {}) =>
      (await call(agent, 'POST', `/api/tickets/${ids[id]}/${what}`, body)).status;
    switch (kind) {
      case 'expire': {
        await query(
          `update tickets set expires_at = clock_timestamp() - interval '1 s' where id = $1 and status = 'reserved'`,
          [ids[id]],
        );
        model.expire(id);
        await sweepHolds();
        // The server looks by itself, too: what it has in hand is skipped here, and must be over before the next step.
        while (
          (await query(`select 1 from tickets where status = 'reserved' and expires_at <= clock_timestamp()`)).length
        )
          await sweepHolds();
        return [0, 0];
      }
      case 'gateway': {
        const type = pick(random, ['succeeded', 'succeeded', 'succeeded', 'failed', 'refunded'] as const);
        const amount = random() < 0.9 ? PRICE : 999;
        const reference = `ch-${whole(random, 1, 2)}`;
        const event = {
          id: `evt-${sent.length}`,
          type: `payment.${type}`,
          data: { ticketId: ids[id], amount, currency: 'EUR', reference },
        };
        sent.push(JSON.stringify(event));
        const { status } = await deliver(sent.at(-1)!);
        model.gateway(type, id, amount, reference);
        return [200, status];
      }
      case 'repeat':
        return sent.length === 0 ? [0, 0] : [200, (await deliver(pick(random, sent))).status];
      case 'desk': {
        const body = { ticketId: ids[id], amount: PRICE, currency: 'EUR', method: 'cash' };
        const { status } = await call(agent, 'POST', '/api/payments', body);
        return [model.desk(id), status];
      }
      case 'reassign': {
        const status = await act('reassign', { seatNumber: seat });
        return [model.reassign(id, seat), status];
      }
      case 'answer': {
        const accept = random() < 0.6;
        const status = await act('offer', { accept });
        return [model.answer(id, accept), status];
      }
      default: {
        const status = await act(kind);
        return [model[kind as 'confirm'](id), status];
      }
    }
  };

  try {
    for (let n = 0; n < ROUTES; n++) {
      const { body } = await call(agent, 'POST', '/api/routes', {
        origin: 'Lyon',
        destination: `Stop ${n}`,
        departsAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
        seatNumbers: SEATS,
        price: { amount: PRICE, currency: 'EUR' },
      });
      routeIds.push(body.id);
    }
    let done = 0;
    for (; done < count && faults.length === 0; done++) {
      const kind = pick(random, KINDS);
      const [expected, actual] = await perform(kind);
      if (expected !== actual) faults.push(`operation ${done}, ${kind}: answered ${actual} instead of ${expected}`);
      if (actual === 409) refused += 1;
      await learnIds();
      if (done % LOOK_EVERY === 0) await look();
    }
    await look();
    const events = await replay();
    return { operations: done, refused, tickets: model.tickets.length, events, faults };
  } finally {
    await server.stop();
  }
};
