import { SUPPLIERS } from './companies.ts';
import { type Lane, laneBetween, voyageHours } from './lanes.ts';
import type { Move } from './moves.ts';
import { fullHour } from './orders.ts';
import { portOfLabel } from './ports.ts';
import { between, pick, type Random, whole } from './random.ts';
import { type Cargo, keyOf, type World } from './world.ts';

/** The words and times of a voyage: notes of departure and arrival, ETAs, and what the papers say. */

const SHIPS = [
  'Alma Lindqvist',
  'Baltic Wren',
  'Cape Amaranth',
  'Don Evaristo',
  'Ever Patient',
  'Fjordland Grace',
  'Golden Plover',
  'Halcyon Strait',
  'Isla Tormenta',
  'Jade Monsoon',
  'Katharina Brandt',
  'Lodestar Pacific',
  'Meridian Swift',
  'Northern Kittiwake',
  'Orient Juniper',
  'Paloma del Sur',
];

export const REJECTIONS = [
  'Water damage in the lower tiers, cartons soaked',
  'Wrong goods: another article than ordered',
  'Mould found in several cartons',
  'Labels missing, origin cannot be proved',
  'Quantity short by more than the contract allows',
] as const;

const laneOf = (cargo: Cargo): Lane | undefined =>
  laneBetween(portOfLabel(cargo.origin), portOfLabel(cargo.destination));

const miles = (lane: Lane) => `${lane.nauticalMiles.toLocaleString('en')} nautical miles`;

/** `Sailed on Jade Monsoon: 10,665 nautical miles by Strait of Malacca and Suez Canal`. */
export const departureNote = (random: Random, cargo: Cargo): string => {
  const sailed = `Sailed on ${pick(random, SHIPS)}`;
  const lane = laneOf(cargo);
  if (!lane) return sailed;
  return `${sailed}: ${miles(lane)}${lane.via.length > 0 ? ` by ${lane.via.join(', ')}` : ''}`;
};

export const arrivalNote = (random: Random, cargo: Cargo): string => {
  const place = cargo.destination?.split(',')[0] ?? 'the port';
  return `Unloaded in ${place}, container seal ${whole(random, 100_000, 999_999)} intact`;
};

const HOUR = 3_600_000;

/**
 * A carrier's file of new ETAs: for ships that just sailed the length of their lane, for the next to arrive a
 * time within the day. A voyage of weeks would show nothing to somebody who watches for minutes, so the demo's
 * ships come early; everything else about them is real.
 */
export const carrierEtas = (
  random: Random,
  world: World,
  companyId: string,
  atSea: readonly Cargo[],
  view: ReadonlySet<Cargo>,
  now: number,
): Move | undefined => {
  const own = atSea.filter((cargo) => cargo.companyId === companyId && cargo.eta !== null);
  const justSailed = own.filter((cargo) => world.sailed.includes(keyOf(cargo)));
  const next = own
    .filter((cargo) => !justSailed.includes(cargo))
    .sort((a, b) => Number(view.has(b)) - Number(view.has(a)) || Date.parse(a.eta!) - Date.parse(b.eta!))
    .slice(0, 5);
  const etas = [
    ...justSailed.map((cargo) => {
      const lane = laneOf(cargo);
      const hours = lane ? voyageHours(lane) : 24 * 21;
      return { key: keyOf(cargo), eta: fullHour(now + (hours + between(random, -8, 30)) * HOUR) };
    }),
    ...next.map((cargo) => ({ key: keyOf(cargo), eta: fullHour(now + between(random, 2, 20) * HOUR) })),
  ];
  if (etas.length === 0) return undefined;
  return { kind: 'etas', by: { role: 'operator', companyId }, companyId, etas };
};

/** Heading and lines of a paper about this cargo. */
export const paperLines = (
  random: Random,
  cargo: Cargo,
  documentType: string,
): { heading: string; lines: string[] } => {
  const goods = SUPPLIERS.find(({ name }) => name === cargo.supplierName)?.goods ?? ['general cargo'];
  const lane = laneOf(cargo);
  const cartons = whole(random, 240, 1_900);
  return {
    heading: documentType.replaceAll('_', ' ').toUpperCase(),
    lines: [
      `Purchase order ${cargo.poNumber}`,
      `Supplier: ${cargo.supplierName ?? 'not named'}`,
      `From ${cargo.origin ?? 'not named'} to ${cargo.destination ?? 'not named'}`,
      ...(lane ? [`Sea lane: ${miles(lane)}${lane.via.length > 0 ? ` by ${lane.via.join(', ')}` : ''}`] : []),
      `${cartons.toLocaleString('en')} cartons of ${pick(random, goods)}, ${(cartons * 11.5).toLocaleString('en')} kg`,
      '',
      'A sample made by the demo; nobody owes anybody anything.',
    ],
  };
};
