import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import pg from 'pg';

/** Sixteen buyers at one departure, whichever way they buy. */

export const BUYERS = 16;
export const SEATS = 300;
/** As many as a server's pool has by default, ours and plain's. */
const CONNECTIONS = 10;

/** Seats a second: sold by the domain, and inserted. */
export type Rates = { sold: number; bare: number };

/** How one way of buying opens a departure and takes a seat; `buy` answers whether it got it. */
export type Way = {
  open: () => Promise<string>;
  buy: (buyer: number, departure: string, seat: number) => Promise<boolean>;
  close: () => Promise<void>;
};

/** Seats sold a second. Buyers come in pairs that go for the same seats in the same order. */
export async function contend(departures: number, { open, buy, close }: Way): Promise<number> {
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

/**
 * The same where the buyers' seats are spread over so many departures at once, one after the other: as many sales, and
 * each seat still wanted by two.
 */
export async function contendOver(departures: readonly string[], sales: number, { buy }: Way): Promise<number> {
  let sold = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: BUYERS }, async (_, buyer) => {
      for (let sale = Math.floor(buyer / 2); sale < sales; sale += BUYERS / 2) {
        const seat = Math.floor(sale / departures.length) + 1;
        if (await buy(buyer, departures[sale % departures.length]!, seat)) sold++;
      }
    }),
  );
  if (sold !== sales) throw new Error(`${sold} of ${sales} seats were sold`);
  return (sold * 1000) / (performance.now() - startedAt);
}

/** Nothing but the insert, on as many connections as a server's pool has. */
export async function sqlBuyer(databaseUrl: string): Promise<Way> {
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
