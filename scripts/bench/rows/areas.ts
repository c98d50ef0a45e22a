import { setTimeout as sleep } from 'node:timers/promises';
import { type Maps, openMaps } from '../mapClient.ts';
import { tokensOf } from '../people.ts';
import type { Target } from '../target.ts';
import { createVendors } from '../vendors.ts';
import type { Scenario } from './scenario.ts';

/** The map on which everything moves: ten by ten tiles of a tenth of a degree. Viewers elsewhere look at another one. */
const TILES = 10;
const TILE = 0.1;
const REPORTERS = 20;
const ROUNDS = 3;

type Report = { vendorId: string; location: { lat: number; long: number } };

const tileOf = (index: number, elsewhere: boolean) => {
  const [south, west] = [Math.floor(index / TILES) % TILES, index % TILES].map((n) => n * TILE);
  const away = elsewhere ? 20 : 0;
  return { south: south! + away, north: south! + away + TILE * 0.999, west: west!, east: west! + TILE * 0.999 };
};

/**
 * Moving vendors and viewers who each look at a part of the map. `here` of the viewers see what moves, each vendor in
 * one tile; the others look elsewhere. The plain server sends everything to everybody.
 */
export const areas: Scenario<'few' | 'some' | 'many' | 'growth' | 'delivered'> = {
  name: 'areas',
  columns: ['plain', 'waybeat'],
  figures: {
    few: { title: 'server CPU per position, 100 viewers', unit: 'µs', better: 'lower', digits: 1 },
    some: { title: 'the same, 1,000 viewers of whom 900 look elsewhere', unit: 'µs', better: 'lower', digits: 1 },
    many: { title: 'the same, 5,000 viewers of whom 4,900 look elsewhere', unit: 'µs', better: 'lower', digits: 1 },
    growth: { title: 'growth from 100 to 5,000 viewers', unit: 'times', better: 'lower', digits: 2 },
    delivered: {
      title: 'server CPU per update a viewer can see, 1,000 viewers of different areas',
      unit: 'µs',
      better: 'lower',
      digits: 2,
    },
  },
  async measure(target, quick) {
    const isPlain = !(await knowsAreas(target));
    const count = quick ? 100 : 5_000;
    const vendors = isPlain
      ? Array.from({ length: count }, (_, n) => `vendor-${n}`)
      : await createVendors(target, count);
    const reporters = await open(target, isPlain, REPORTERS, () => null);
    try {
      /** CPU for each position and for each update that reached somebody who can see it, in µs. */
      const cost = async (viewers: number, here: number, positions: number) => {
        const maps = await open(target, isPlain, viewers, (index) => tileOf(index, index >= here));
        try {
          const seenBy = isPlain ? viewers : here / (TILES * TILES);
          const chosen = vendors.slice(0, positions);
          await report(reporters, maps, chosen, 0, seenBy);
          await target.idle();
          const before = target.cpuMs();
          for (let round = 1; round <= ROUNDS; round++) await report(reporters, maps, chosen, round, seenBy);
          const cpu = (target.cpuMs() - before) * 1000;
          const reports = ROUNDS * chosen.length;
          return { perPosition: cpu / reports, perSeen: cpu / (reports * (here / (TILES * TILES))) };
        } finally {
          maps.close();
          await sleep(200);
        }
      };
      const scale = quick ? 0.02 : 1;
      // The plain server sends every position to everybody: fewer of them are enough to know what one costs.
      const few = await cost(100, 100, 1_000 * scale);
      const some = await cost(quick ? 200 : 1_000, 100, (isPlain ? 100 : 1_000) * scale);
      const many = await cost(quick ? 300 : 5_000, 100, isPlain ? 20 : 1_000 * scale);
      const different = await cost(quick ? 200 : 1_000, quick ? 200 : 1_000, isPlain ? 100 * scale : count);
      return {
        few: few.perPosition,
        some: some.perPosition,
        many: many.perPosition,
        growth: many.perPosition / few.perPosition,
        delivered: different.perSeen,
      };
    } finally {
      reporters.close();
    }
  },
};

async function knowsAreas(target: Target): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${target.port}/health`);
  return ((await response.json()) as { service?: string }).service === 'waybeat';
}

const open = (
  target: Target,
  isPlain: boolean,
  size: number,
  boundsOf: (client: number) => ReturnType<typeof tileOf> | null,
): Promise<Maps> =>
  openMaps({
    port: target.port,
    namespace: isPlain ? '/' : '/location',
    tokens: tokensOf(size),
    hello: (client) => {
      const bounds = isPlain ? null : boundsOf(client);
      return bounds && { event: 'subscribe_area', data: { bounds } };
    },
  });

/** Every vendor reports once, evenly over a second; resolves when all who can see them have. */
async function report(reporters: Maps, maps: Maps, vendors: string[], round: number, seenBy: number): Promise<void> {
  const expected = maps.positions() + vendors.length * seenBy;
  const perTick = Math.ceil(vendors.length / 50);
  const startedAt = Date.now();
  for (let at = 0; at < vendors.length; at += perTick) {
    for (let index = at; index < Math.min(vendors.length, at + perTick); index++) {
      const { south, west } = tileOf(index, false);
      const location = { lat: south + 0.02 + round * 0.01, long: west + 0.05 };
      const data: Report = { vendorId: vendors[index]!, location };
      reporters.clients[index % reporters.clients.length]!.send('update_location', data);
    }
    await sleep(Math.max(0, startedAt + (at / perTick + 1) * 20 - Date.now()));
  }
  await maps.reached(expected);
  // Each vendor at most once a second, as in life.
  await sleep(Math.max(0, startedAt + 1_000 - Date.now()));
}
