import { between, randomFrom } from '../demo/random.ts';

/**
 * Writes `scripts/samples/hamburg-courier.gpx`: `npx tsx scripts/replay/make-track.ts > scripts/samples/hamburg-courier.gpx`.
 * Nobody rode it. A cargo bike follows the bends of real streets, gets up to speed and slows down for corners, stands at
 * red lights, and its receiver strays between houses, one error after the other as receivers do.
 */

/** From the depot in Altona to Lange Reihe, by the bends of the way. */
const WAY = [
  [53.5634, 9.9184],
  [53.5629, 9.935],
  [53.5622, 9.9492],
  [53.5601, 9.9535],
  [53.5627, 9.9601],
  [53.5636, 9.9662],
  [53.5668, 9.9735],
  [53.5683, 9.9825],
  [53.5622, 9.9889],
  [53.5574, 9.9978],
  [53.5561, 10.0062],
  [53.5583, 10.0121],
] as const;
const LAT_METER = 1 / 111_200;
const LONG_METER = LAT_METER / Math.cos((53.56 * Math.PI) / 180);
const STARTED = Date.parse('2026-05-12T09:30:00Z');
/** m/s², of a loaded cargo bike. */
const ACCELERATION = 0.6;
/** Metres between two lights, and how often one of them is red. */
const LIGHTS = 330;
const RED = 0.45;

const random = randomFrom(20_260_512);
const stray = { north: 0, east: 0 };
const points: string[] = [];
let second = 0;

const note = (lat: number, long: number) => {
  // A minute's memory, 4 m wide.
  stray.north = 0.98 * stray.north + between(random, -1.4, 1.4);
  stray.east = 0.98 * stray.east + between(random, -1.4, 1.4);
  // Every third second, as a phone that saves its battery.
  if (second % 3 === 0) {
    const at = [(lat + stray.north * LAT_METER).toFixed(6), (long + stray.east * LONG_METER).toFixed(6)];
    const time = new Date(STARTED + second * 1000).toISOString().replace('.000', '');
    points.push(`<trkpt lat="${at[0]}" lon="${at[1]}"><time>${time}</time></trkpt>`);
  }
  second += 1;
};

let speed = 0;
let untilLight = LIGHTS / 2;
for (const [n, [lat, long]] of WAY.slice(1).entries()) {
  const [fromLat, fromLong] = WAY[n]!;
  const length = Math.hypot((lat - fromLat) / LAT_METER, (long - fromLong) / LONG_METER);
  const wanted = between(random, 5.2, 7.6);
  for (let done = 0; done < length; ) {
    const beforeCorner = Math.sqrt(2 * ACCELERATION * (length - done) + 4);
    speed = Math.min(speed + ACCELERATION, wanted, beforeCorner);
    done = Math.min(length, done + speed);
    untilLight -= speed;
    const at = [fromLat + ((lat - fromLat) * done) / length, fromLong + ((long - fromLong) * done) / length] as const;
    note(...at);
    if (untilLight > 0) continue;
    untilLight = LIGHTS * between(random, 0.6, 1.4);
    if (random() > RED) continue;
    speed = 0;
    for (const until = second + Math.round(between(random, 8, 45)); second < until; ) note(...at);
  }
}

process.stdout.write(`<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="make-track.ts" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><desc>Generated, not ridden: a cargo bike through Hamburg with red lights and an imprecise receiver.</desc></metadata>
<trk><name>Altona to Lange Reihe</name><trkseg>
${points.join('\n')}
</trkseg></trk>
</gpx>
`);
