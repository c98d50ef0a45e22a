import { io, type Socket } from 'socket.io-client';
import { list } from '../../server/contract/common.ts';
import {
  FINAL_STATUSES,
  PARCEL_STATUSES,
  Parcel,
  type ParcelStatus,
  ParcelSummary,
  TrackingLink,
} from '../../server/contract/tracking.ts';
import type { Api } from './api.ts';
import { between, pick, type Random, randomFrom, whole } from './random.ts';

/** Couriers on their rounds through Hamburg: they load at the depot, ride from door to door, and hand parcels over. */

export const DEPOT = { address: 'Depot Altona, Stresemannstraße 342', lat: 53.5634, long: 9.9184 };
/** Degrees that a metre is, there. */
const LAT_METER = 1 / 111_200;
const LONG_METER = LAT_METER / Math.cos((DEPOT.lat * Math.PI) / 180);
/** Each parcel in the bag is reported 20 times a minute; a rider's connection may report 120 times. */
const REPORT_MS = 3_000;
const ROUND = 5;
/** m/s, of a cargo bike between two doors. */
const SPEED = { low: 5, high: 8.5 };

type Place = { lat: number; long: number };
const DOORS: readonly (Place & { address: string })[] = [
  { address: 'Osterstraße 87', lat: 53.5762, long: 9.9508 },
  { address: 'Schanzenstraße 51', lat: 53.5634, long: 9.9633 },
  { address: 'Eppendorfer Weg 203', lat: 53.5828, long: 9.9697 },
  { address: 'Grindelallee 116', lat: 53.5683, long: 9.9825 },
  { address: 'Mühlenkamp 34', lat: 53.5797, long: 10.0113 },
  { address: 'Lange Reihe 68', lat: 53.5583, long: 10.0121 },
  { address: 'Große Elbstraße 145', lat: 53.5449, long: 9.9446 },
  { address: 'Bahrenfelder Straße 92', lat: 53.5541, long: 9.9293 },
  { address: 'Ottenser Hauptstraße 20', lat: 53.5521, long: 9.9316 },
  { address: 'Stresemannstraße 108', lat: 53.5622, long: 9.9514 },
  { address: 'Reeperbahn 61', lat: 53.5496, long: 9.9629 },
  { address: 'Wohlwillstraße 22', lat: 53.5548, long: 9.9609 },
  { address: 'Karolinenstraße 9', lat: 53.5575, long: 9.9732 },
  { address: 'Admiralitätstraße 71', lat: 53.5483, long: 9.9828 },
  { address: 'Am Sandtorkai 48', lat: 53.5435, long: 9.9926 },
  { address: 'Überseeallee 3', lat: 53.5405, long: 9.9992 },
  { address: 'Papenhuder Straße 25', lat: 53.5697, long: 10.0164 },
  { address: 'Wandsbeker Chaussee 18', lat: 53.5683, long: 10.0372 },
  { address: 'Isestraße 73', lat: 53.5808, long: 9.9792 },
  { address: 'Max-Brauer-Allee 207', lat: 53.5602, long: 9.9538 },
  { address: 'Friedensallee 44', lat: 53.5553, long: 9.9247 },
  { address: 'Waterloostraße 8', lat: 53.5648, long: 9.9502 },
  { address: 'Hoheluftchaussee 139', lat: 53.5871, long: 9.9718 },
  { address: 'Feldstraße 36', lat: 53.5567, long: 9.9688 },
];
const GOODS = [
  'Two books',
  'Running shoes',
  'Coffee, 3 kg',
  'Reading glasses',
  'A bicycle lamp',
  'Ceramic bowls',
  'Contact lenses',
  'A winter coat',
  'Seeds and bulbs',
  'Replacement keyboard',
] as const;
const HANDED_OVER = ['Handed over in person', 'Left with the neighbour', 'Put into the parcel box'] as const;

const Summaries = list(ParcelSummary);
const OPEN = PARCEL_STATUSES.filter((status) => !FINAL_STATUSES.includes(status)).join(',');
const openOf = async (api: Api, riderId: string): Promise<ParcelSummary[]> =>
  (await api.call(Summaries, `/api/tracking?${new URLSearchParams({ riderId, status: OPEN, limit: '50' })}`)).items;

type Round = { dispatcher: Api; riderId: string; senderId: string; recipientId: string; random: Random };

const load = async ({ dispatcher, riderId, senderId, recipientId, random }: Round, count: number) => {
  const doors = [...DOORS];
  for (let parcel = 0; parcel < count; parcel += 1) {
    const [destination] = doors.splice(whole(random, 0, doors.length - 1), 1);
    const body = { origin: DEPOT, destination, senderId, recipientId, riderId, description: pick(random, GOODS) };
    await dispatcher.call(Parcel, '/api/tracking', { method: 'POST', body });
  }
};

/** A list's parcel always has its place here: the demo made it. */
const placeOf = ({ destination: { lat, long } }: ParcelSummary): Place => ({ lat: lat!, long: long! });

const metersBetween = (from: Place, to: Place) =>
  Math.hypot((to.lat - from.lat) / LAT_METER, (to.long - from.long) / LONG_METER);

/** Streets there meet at right angles, more or less: first one way, then the other. */
const advance = (from: Place, to: Place, meters: number): Place & { heading: number } => {
  const [north, east] = [(to.lat - from.lat) / LAT_METER, (to.long - from.long) / LONG_METER];
  const alongStreet = Math.abs(north) > 1;
  const step = Math.min(meters, Math.abs(alongStreet ? north : east));
  return alongStreet
    ? { lat: from.lat + Math.sign(north) * step * LAT_METER, long: from.long, heading: north > 0 ? 0 : 180 }
    : { lat: from.lat, long: from.long + Math.sign(east) * step * LONG_METER, heading: east > 0 ? 90 : 270 };
};

/** One rider: what is in the bag, where the bike is, and what happens next. */
const makeRider = (rider: Api, socket: Socket, round: Round) => {
  const { random } = round;
  let bag: ParcelSummary[] = [];
  let at: Place = DEPOT;
  let waits = 0;

  const say = async (parcel: ParcelSummary, status: ParcelStatus, description: string | null = null) => {
    await rider.call(Parcel, `/api/tracking/${parcel.awb}/status`, { method: 'POST', body: { status, description } });
  };

  /** The next door is the nearest one. */
  const next = () => bag.toSorted((a, b) => metersBetween(at, placeOf(a)) - metersBetween(at, placeOf(b)))[0];

  const startRound = async () => {
    let open = await openOf(rider, round.riderId);
    const last = open.find(({ location }) => location !== null)?.location;
    // Going on after a restart where it was; a parcel nobody could take goes back to its sender.
    at = last ?? DEPOT;
    for (const parcel of open.filter(({ status }) => status === 'FAILED_ATTEMPT'))
      await say(parcel, 'RETURNED', 'Back to the sender');
    open = open.filter(({ status }) => status !== 'FAILED_ATTEMPT');
    if (open.length === 0) {
      await load(round, ROUND);
      open = await openOf(rider, round.riderId);
      at = DEPOT;
    }
    for (const parcel of open.filter(({ status }) => status !== 'OUT_FOR_DELIVERY')) {
      if (parcel.status === 'CREATED') await say(parcel, 'PICKED_UP', 'Loaded at the depot');
      await say(parcel, 'OUT_FOR_DELIVERY');
    }
    bag = open;
  };

  const report = (heading: number, speed: number) => {
    // Satellites between houses: some metres beside where the bike is.
    const stray = () => between(random, -4, 4);
    const location = {
      lat: at.lat + stray() * LAT_METER,
      long: at.long + stray() * LONG_METER,
      heading,
      speed,
      accuracy: whole(random, 4, 14),
    };
    // Not volatile: of several in one moment those behind the first would be left out.
    if (!socket.connected) return;
    for (const { awb } of bag) socket.emit('report-location', { awb, location });
  };

  const arrive = async (parcel: ParcelSummary) => {
    const taken = random() < 0.92;
    await say(parcel, taken ? 'DELIVERED' : 'FAILED_ATTEMPT', taken ? pick(random, HANDED_OVER) : 'Nobody at home');
    bag = bag.filter(({ awb }) => awb !== parcel.awb);
    waits = whole(random, 2, 6);
  };

  const step = async () => {
    const goal = next();
    if (!goal) return startRound();
    if (waits > 0) {
      waits -= 1;
      return report(0, 0);
    }
    const speed = between(random, SPEED.low, SPEED.high);
    const { heading, ...moved } = advance(at, placeOf(goal), (speed * REPORT_MS) / 1000);
    at = moved;
    report(heading, speed);
    if (metersBetween(at, placeOf(goal)) < 3) await arrive(goal);
  };

  /** What a rider does in `REPORT_MS`. */
  return async () => {
    try {
      await step();
    } catch (error) {
      // Somebody at the dashboard was quicker, or the server restarts: the next step looks into the bag again.
      bag = [];
      throw error;
    }
  };
};

const connect = (address: string, api: Api): Socket => {
  const socket = io(`${address}/tracking`, {
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
  return socket;
};

type Crew = {
  /** Who ride by themselves. */
  riders: { id: string; api: Api }[];
  dispatcher: Api;
  senderId: string;
  recipientId: string;
  /** A rider whose parcels wait for the one who watches the demo. */
  visitorId: string;
};

/**
 * Sends the riders on their rounds until `stop` is called. `link` is the page that the recipient of a parcel on its way
 * would open; the parcel is the one that is delivered last.
 */
export const keepRidersRiding = async (
  address: string,
  { riders, dispatcher, senderId, recipientId, visitorId }: Crew,
  seed: number,
): Promise<{ link: string; stop: () => void }> => {
  const random = randomFrom(seed);
  const shared = { dispatcher, senderId, recipientId, random };
  if ((await openOf(dispatcher, visitorId)).length === 0) await load({ ...shared, riderId: visitorId }, 3);
  const sockets = riders.map(({ api }) => connect(address, api));
  const steps = riders.map(({ id, api }, n) => makeRider(api, sockets[n]!, { ...shared, riderId: id }));
  // The first step loads the bags.
  for (const step of steps) await step();
  const underWay = await openOf(dispatcher, riders[0]!.id);
  const last = underWay.toSorted((a, b) => metersBetween(DEPOT, placeOf(b)) - metersBetween(DEPOT, placeOf(a)))[0]!;
  const { url } = await dispatcher.call(TrackingLink, `/api/tracking/${last.awb}/links`, { method: 'POST', body: {} });
  const busy = new Set<number>();
  let turn = 0;
  const timer = setInterval(() => {
    const n = turn % steps.length;
    turn += 1;
    if (busy.has(n)) return;
    busy.add(n);
    steps[n]!()
      .catch(() => {})
      .finally(() => busy.delete(n));
  }, REPORT_MS / steps.length);
  return {
    link: url,
    stop: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.disconnect();
    },
  };
};
