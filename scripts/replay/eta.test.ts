import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { estimate, isWorthTelling } from '../../server/tracking/eta.ts';
import { START, type State, takeAll } from '../../server/tracking/filters.ts';
import { readTrack, type TrackPoint } from './track.ts';

const read = (name: string) => readTrack(readFileSync(new URL(`../samples/${name}`, import.meta.url), 'utf8'));

/** Minutes that were left, and by how many the ETA on everybody's screen was wrong. */
type Judged = { left: number; wrong: number };

/** The ETA that was told last, at each fix of a ride to its last point. Of the way it knows nothing but that point. */
const judge = (track: TrackPoint[]): Judged[] => {
  const arrived = track.at(-1)!;
  let state: State = START;
  let told: string | null = null;
  return track.slice(0, -1).map(({ lat, long, time }) => {
    const fix = { lat, long, recordedAt: new Date(time!).toISOString(), source: 'rider' as const };
    ({ state } = takeAll(state, [fix]));
    const { eta } = estimate(state, arrived)!;
    if (isWorthTelling(told, eta)) told = eta;
    const wrong = Math.abs(Date.parse(told!) - arrived.time!) / 60_000;
    return { left: (arrived.time! - time!) / 60_000, wrong };
  });
};

/** Median and 90th percentile of minutes wrong, with more than 10 minutes left, with 5 to 10, and below 5. */
const figures = (judged: Judged[]) => {
  const [far, middle, near] = [
    [10, Number.POSITIVE_INFINITY],
    [5, 10],
    [0, 5],
  ].map(([from, to]) => {
    const wrong = judged.filter(({ left }) => left > from! && left <= to!).map((one) => one.wrong);
    const sorted = wrong.sort((a, b) => a - b);
    return { median: sorted[Math.floor(sorted.length * 0.5)]!, p90: sorted[Math.floor(sorted.length * 0.9)]! };
  });
  return { far: far!, middle: middle!, near: near! };
};
type Figures = ReturnType<typeof figures>;

const tell = (test: TestContext, what: string, { far, middle, near }: Figures) => {
  const both = ({ median, p90 }: Figures['far']) => `${median.toFixed(1)} (p90 ${p90.toFixed(1)})`;
  test.diagnostic(
    `${what}: wrong by ${both(far)} min with more than 10 min left, ${both(middle)} with 5 to 10, ${both(near)} below 5`,
  );
};

describe('the ETA that people see', () => {
  it('is right within minutes over a recorded ride through a city', (test) => {
    const wrong = figures(judge(read('los-angeles-ride.gpx')));
    tell(test, 'recorded, to its end', wrong);
    assert.ok(wrong.far.median < 3.5 && wrong.far.p90 < 4.5);
    assert.ok(wrong.middle.median < 3.5 && wrong.middle.p90 < 4.5);
    assert.ok(wrong.near.median < 1 && wrong.near.p90 < 1.5);
  });

  it('is so for a door anywhere on that ride, which begins at a red light', (test) => {
    const track = read('los-angeles-ride.gpx');
    const minutes = (track.at(-1)!.time! - track[0]!.time!) / 60_000;
    const doors = Array.from({ length: Math.floor(minutes) - 7 }, (_, n) => track[0]!.time! + (n + 8) * 60_000);
    const rides = doors.map((at) => track.slice(0, track.findIndex(({ time }) => time! >= at) + 1));
    const wrong = figures(rides.flatMap(judge));
    tell(test, `recorded, to ${rides.length} doors on its way`, wrong);
    assert.ok(wrong.far.median < 3.5 && wrong.far.p90 < 5.5);
    assert.ok(wrong.middle.median < 2.5 && wrong.middle.p90 < 6);
    assert.ok(wrong.near.median < 1.5 && wrong.near.p90 < 3.5);
  });

  it('is no worse over the generated ride', (test) => {
    const wrong = figures(judge(read('hamburg-courier.gpx')));
    tell(test, 'generated', wrong);
    assert.ok(wrong.far.median < 2.5 && wrong.near.median < 2.5);
  });
});
