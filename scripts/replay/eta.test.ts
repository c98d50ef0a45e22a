import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { estimate } from '../../server/tracking/eta.ts';
import { START, type State, takeAll } from '../../server/tracking/filters.ts';
import { readTrack } from './track.ts';

const track = readTrack(readFileSync(new URL('../samples/hamburg-courier.gpx', import.meta.url), 'utf8'));
const arrived = track.at(-1)!;

/** How wrong the ETA was at each point of the ride, in minutes (late ones negative), and how long was left to ride. */
const judge = () => {
  let state: State = START;
  return track.map(({ lat, long, time }) => {
    const fix = { lat, long, accuracy: 6, recordedAt: new Date(time!).toISOString(), source: 'rider' as const };
    ({ state } = takeAll(state, [fix]));
    const { eta } = estimate(state, arrived)!;
    return { left: (arrived.time! - time!) / 60_000, error: (Date.parse(eta) - arrived.time!) / 60_000 };
  });
};

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const wrongBy = (errors: { error: number }[]) => median(errors.map(({ error }) => Math.abs(error)));

it('an ETA over the sample track is right within minutes, and the nearer the rider the better', (test) => {
  const judged = judge();
  const all = wrongBy(judged);
  const between = (from: number, to: number) => wrongBy(judged.filter(({ left }) => left > from && left <= to));
  const [far, middle, near] = [between(15, 60), between(5, 15), between(0, 5)];
  const share = median(judged.filter(({ left }) => left > 1).map(({ left, error }) => Math.abs(error) / left));
  test.diagnostic(
    `median error ${all.toFixed(1)} min (${(share * 100).toFixed(0)} % of what was left) over ${judged[0]!.left.toFixed(0)} min; ` +
      `with more than 15 min left ${far.toFixed(1)}, with 5 to 15 ${middle.toFixed(1)}, below 5 ${near.toFixed(1)}`,
  );
  assert.ok(all < 4, `${all} min`);
  assert.ok(near < 1.5, `${near} min`);
  assert.ok(near <= middle && near <= far);
});
