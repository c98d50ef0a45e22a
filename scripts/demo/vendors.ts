import { io, type Socket } from 'socket.io-client';
import { list } from '../../server/contract/common.ts';
import { Vendor } from '../../server/contract/vendors.ts';
import type { Api } from './api.ts';
import { between, pick, type Random, randomFrom } from './random.ts';

/** Carts and stalls that wander through Hamburg: what a customer's map shows. */

const CENTER = { lat: 53.5503, long: 9.9937 };
/** Degrees that a metre is, there. */
const LAT_METER = 1 / 111_200;
const LONG_METER = LAT_METER / Math.cos((CENTER.lat * Math.PI) / 180);
/** Each reports 24 times a minute; a connection may 120 times. */
const REPORT_MS = 2_500;
const VENDORS_PER_SOCKET = 4;

const CARTS: readonly (readonly [string, string, string])[] = [
  ['Fischbrötchen Jule', 'fish', 'Matjes, Bismarck and crab rolls, until they are sold out'],
  ['Kaffeerad Ottensen', 'coffee', 'Espresso from a cargo bike; oat milk costs nothing'],
  ['Falafel Mahmoud', 'street food', 'Falafel and halloumi, everything fried to order'],
  ['Eis von Emmi', 'ice cream', 'Eight kinds a day, made in Eppendorf'],
  ['Crêpes Lulu', 'sweets', 'Buckwheat or sweet, with chestnut cream on Saturdays'],
  ['Blumen Birte', 'flowers', 'What the Vierlande grow this week'],
  ['Taco Tino', 'street food', 'Al pastor from the spit, corn tortillas'],
  ['Suppenküche am Fleet', 'soup', 'Two soups a day, one of them vegan'],
  ['Brotwagen Hansen', 'bakery', 'Sourdough and Franzbrötchen'],
  ['Käse Karl', 'cheese', 'Raw milk cheese from Dithmarschen'],
  ['Momo Tashi', 'street food', 'Dumplings with cabbage or beef'],
  ['Saftladen', 'drinks', 'Pressed while you wait'],
  ['Waffel Wanda', 'sweets', 'Warm waffles with cherries'],
  ['Obst Özlem', 'fruit', 'Altes Land apples, and berries in June'],
  ['Currywurst Kalle', 'street food', 'With or without skin'],
  ['Teestube mobil', 'coffee', 'East Frisian tea with rock sugar'],
];

type Walker = { id: string; lat: number; long: number; goal: { lat: number; long: number }; pause: number };

const somewhere = (random: Random) => ({
  lat: CENTER.lat + between(random, -1_800, 1_800) * LAT_METER,
  long: CENTER.long + between(random, -2_600, 2_600) * LONG_METER,
});

/** One report further: walks towards its goal, then stands there for a while and sells. */
const walk = (random: Random, walker: Walker): void => {
  if (walker.pause > 0) {
    walker.pause -= 1;
    return;
  }
  const [north, east] = [(walker.goal.lat - walker.lat) / LAT_METER, (walker.goal.long - walker.long) / LONG_METER];
  const left = Math.hypot(north, east);
  const step = (between(random, 1.2, 3.5) * REPORT_MS) / 1000;
  if (left <= step) {
    walker.goal = somewhere(random);
    walker.pause = Math.floor(between(random, 4, 30));
    return;
  }
  walker.lat += (north / left) * step * LAT_METER;
  walker.long += (east / left) * step * LONG_METER;
};

const bring = async (api: Api, random: Random): Promise<Vendor[]> => {
  const known = (await api.call(list(Vendor), '/api/vendors?limit=200')).items.filter(({ name }) =>
    CARTS.some(([cart]) => cart === name),
  );
  const missing = CARTS.filter(([name]) => !known.some((vendor) => vendor.name === name));
  for (const [name, category, description] of missing)
    known.push(
      await api.call(Vendor, '/api/vendors', {
        method: 'POST',
        body: { name, category, description, isOpen: random() < 0.75 },
      }),
    );
  return known;
};

/** Brings the carts in as `api`, a vendor user, and keeps them moving until the answer is called. */
export const keepVendorsWandering = async (address: string, api: Api, seed: number): Promise<() => void> => {
  const random = randomFrom(seed);
  const vendors = await bring(api, random);
  const walkers = vendors.map(
    ({ id, location }): Walker => ({ id, ...(location ?? somewhere(random)), goal: somewhere(random), pause: 0 }),
  );
  const sockets: Socket[] = [];
  for (let at = 0; at < walkers.length; at += VENDORS_PER_SOCKET) {
    const socket = io(`${address}/location`, {
      transports: ['websocket'],
      forceNew: true,
      auth: (answer) => {
        api.token().then(
          (token) => answer({ token }),
          () => answer({}),
        );
      },
    });
    // A refused handshake is not tried again by the library.
    socket.on('connect_error', () => {
      if (!socket.active) setTimeout(() => socket.connect(), 3_000).unref();
    });
    sockets.push(socket);
  }
  let turn = 0;
  const timer = setInterval(() => {
    const index = turn % walkers.length;
    turn += 1;
    const walker = walkers[index]!;
    walk(random, walker);
    const { id, lat, long } = walker;
    sockets[Math.floor(index / VENDORS_PER_SOCKET)]!.volatile.emit('update_location', {
      vendorId: id,
      location: { lat, long },
    });
    // Now and then one opens or closes, so that the map's colours change too.
    if (turn % 60 === 0) {
      const { id: changed } = pick(random, walkers);
      const body = { isOpen: random() < 0.7 };
      api.call(Vendor, `/api/vendors/${changed}`, { method: 'PATCH', body }).catch(() => {});
    }
  }, REPORT_MS / walkers.length);
  return () => {
    clearInterval(timer);
    for (const socket of sockets) socket.disconnect();
  };
};
