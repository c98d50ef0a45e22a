import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from '../../bundle.ts';
import { BUYERS, contend, contendOver, type Rates, SEATS, sqlBuyer, type Way } from '../buyers.ts';
import { secret, tokensOf } from '../people.ts';
import { onServersCore } from '../serverProcess.ts';
import type { Target } from '../target.ts';
import { growth, type Scenario } from './scenario.ts';

const OTHER_SIZES = [100, 10_000];
const GROWN_SALES = 1_000;
const SOLD = 'reservations a second, 16 buyers';

/**
 * Sixteen buyers at one departure, every seat wanted by two of them, so half of all attempts are refused; and the same
 * with nothing but the insert, on as many connections to the same database, just before. What comes over HTTP carries
 * the price of HTTP, of a token and of this process that asks: plain does the bare insert behind them, and nothing else.
 */
export const seats: Scenario<'sold' | 'bare' | 'ratio' | 'cpu'> = {
  name: 'seats',
  columns: ['plain', 'waybeat'],
  figures: {
    sold: {
      title: `${SOLD} at one departure`,
      unit: '/s',
      better: 'higher',
      digits: 0,
      point: { curve: SOLD, of: 'streams', at: 1 },
    },
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

/** The same with their seats at a hundred departures and at ten thousand. */
export const seatsGrowth: Scenario = {
  name: 'seats-growth',
  columns: ['plain', 'waybeat'],
  figures: growth('sold', OTHER_SIZES, { of: 'streams', title: SOLD, unit: '/s', better: 'higher', digits: 0 }),
  async measure(target, quick) {
    const buyer = httpBuyer(target);
    const found: Record<string, number> = {};
    try {
      for (const size of OTHER_SIZES) {
        const departures: string[] = [];
        const wanted = quick ? size / 100 : size;
        while (departures.length < wanted) {
          const missing = Math.min(BUYERS, wanted - departures.length);
          departures.push(...(await Promise.all(Array.from({ length: missing }, () => buyer.open()))));
        }
        await target.idle();
        found[`sold${size}`] = await contendOver(departures, quick ? 20 : GROWN_SALES, buyer);
      }
      return found;
    } finally {
      await buyer.close();
    }
  },
};

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const INSIDE = 'scripts/bench/insideSeats.ts';

/**
 * What the domain itself costs: the same sixteen without HTTP, by the function that the route calls, against the bare
 * insert in the same process, on the server’s core, with nobody connected. Bundled as the server is; beside the row above,
 * which is what a buyer meets.
 */
export const seatsInside: Scenario<'sold' | 'bare' | 'ratio'> = {
  name: 'seats-inside',
  columns: ['waybeat'],
  figures: {
    sold: {
      title: 'reservations a second without HTTP, in one process, 16 buyers at one departure',
      unit: '/s',
      better: 'higher',
      digits: 0,
    },
    bare: { title: 'the bare insert in the same process', unit: '/s', better: 'higher', digits: 0 },
    ratio: { title: 'reservations without HTTP for each bare insert', unit: '', better: 'higher', digits: 2 },
  },
  async measure(target, quick) {
    const folder = path.join(ROOT, 'dist/bench/inside');
    await bundle(ROOT, folder, [INSIDE], (source) => JSON.stringify(pathToFileURL(path.join(ROOT, source)).href));
    const script = path.join(folder, INSIDE.replace(/\.ts$/, '.js'));
    const [command, ...options] = onServersCore([process.execPath, script, quick ? '1' : '10']);
    // Nothing of this shell's environment, as for the servers.
    const env = {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      LOG_LEVEL: 'fatal',
      DATABASE_URL: target.databaseUrl,
    };
    const { stdout } = await promisify(execFile)(command!, options, { env: { ...env, JWT_SECRET: secret } });
    const { sold, bare } = JSON.parse(stdout) as Rates;
    return { sold, bare, ratio: sold / bare };
  },
};

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
