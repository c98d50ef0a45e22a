import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import type { Scenario } from './scenario.ts';

const BUYERS = 16;
const SEATS = 300;
/** As many as a server's pool has by default, ours and plain's. */
const CONNECTIONS = 10;

/**
 * Sixteen buyers at one departure, every seat wanted by two of them, so half of all attempts are refused; and the same
 * with nothing but the insert, on as many connections to the same database, just before. What comes over HTTP carries
 * the price of HTTP, of a token and of this process that asks: plain does the bare insert behind them, and nothing else.
 */
export const seats: Scenario<'sold' | 'bare' | 'ratio' | 'cpu'> = {
  name: 'seats',
  columns: ['plain', 'waybeat'],
  figures: {
    sold: { title: 'reservations a second, 16 buyers at one departure', unit: '/s', better: 'higher', digits: 0 },
    bare: {
      title: 'the bare insert into PostgreSQL, the same way without HTTP',
      unit: '/s',
      better: 'higher',
      digits: 0,
    },
    ratio: { title: 'reservations for each bare insert', unit: '', better: 'higher', digits: 2 },
    cpu: { title: 'server CPU per attempt', unit: 'µs', better: 'lower', digits: 0 },
  },
  async measure(target, quick) {
    const departures = quick ? 1 : 5;
    await contend(1, httpBuyer(target));
    const bare = await contend(departures, await sqlBuyer(target.databaseUrl));
    await target.idle();
    const before = target.cpuMs();
    const sold = await contend(departures, httpBuyer(target));
    const cpu = ((target.cpuMs() - before) * 1000) / (departures * SEATS * 2);
    return { sold, bare, ratio: sold / bare, cpu };
  },
};

/** How one way of buying opens a departure and takes a seat; `buy` answers whether it got it. */
type Way = {
  open: () => Promise<string>;
  buy: (buyer: number, departure: string, seat: number) => Promise<boolean>;
  close: () => Promise<void>;
};

/** Seats sold a second. Buyers come in pairs that go for the same seats in the same order. */
async function contend(departures: number, { open, buy, close }: Way): Promise<number> {
  try {
    let sold = 0;
    let seconds = 0;
    for (let n = 0; n < departures; n++) {
      const departure = await open();
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: BUYERS }, async (_, buyer) => {
          for (let seat = Math.floor(buyer / 2); seat < SEATS; seat += BUYERS / 2)
            if (await buy(buyer, departure, seat + 1)) sold++;
        }),
      );
      seconds += (performance.now() - startedAt) / 1000;
    }
    if (sold !== departures * SEATS) throw new Error(`${sold} of ${departures * SEATS} seats were sold`);
    return sold / seconds;
  } finally {
    await close();
  }
}

/** `node:http` over kept-alive connections: a request costs this process 120 µs of CPU, with `fetch` 500. */
function httpBuyer({ port }: Target): Way {
  const tokens = tokensOf(BUYERS);
  const agent = new Agent({ keepAlive: true, maxSockets: BUYERS });
  const post = (buyer: number, path: string, body: object) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const payload = JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${tokens[buyer]}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      };
      const outgoing = request({ agent, host: '127.0.0.1', port, method: 'POST', path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  return {
    open: async () => {
      const departsAt = new Date(Date.now() + 86_400_000).toISOString();
      const price = { amount: 1_000, currency: 'EUR' };
      const body = { origin: 'A', destination: 'B', departsAt, seatCount: SEATS, price };
      return JSON.parse((await post(0, '/api/routes', body)).text).id;
    },
    buy: async (buyer, routeId, seat) => {
      const body = { routeId, seatNumber: String(seat), passengerName: 'B' };
      const { status, text } = await post(buyer, '/api/tickets', body);
      if (status !== 201 && status !== 409) throw new Error(`a reservation answered ${status}: ${text.slice(0, 500)}`);
      return status === 201;
    },
    close: async () => agent.destroy(),
  };
}

async function sqlBuyer(databaseUrl: string): Promise<Way> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  await pool.query(
    `create table if not exists bare_seats (id text primary key, route text not null, seat text not null, live boolean not null)`,
  );
  await pool.query('create unique index if not exists bare_seats_once on bare_seats (route, seat) where live');
  return {
    open: async () => randomUUID(),
    buy: async (_buyer, route, seat) => {
      const { rowCount } = await pool.query(
        'insert into bare_seats values ($1, $2, $3, true) on conflict (route, seat) where live do nothing',
        [randomUUID(), route, String(seat)],
      );
      return rowCount === 1;
    },
    close: () => pool.end(),
  };
}
