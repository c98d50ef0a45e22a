import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metresBetween, nearestCopy, project, unproject } from './mercator.ts';
import { isMoving, moveTo, placeAt, speedOf, standing } from './motion.ts';

const at = (motion: ReturnType<typeof standing>, now: number) => unproject(placeAt(motion, now, { x: 0, y: 0 }));
const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${what}: ${actual} is not ${expected}`);

test('projecting there and back is where it was, poles of the map included', () => {
  for (const [lat, long] of [
    [0, 0],
    [52.5, 13.4],
    [-33.9, 151.2],
    [85, -179.9],
  ] as const) {
    const back = unproject(project(lat, long));
    near(back.lat, lat, 'lat');
    near(back.long, long, 'long');
  }
  assert.ok(Number.isFinite(project(90, 0).y) && Number.isFinite(project(-90, 0).y));
});

test('distances are metres, in Berlin as at the equator and across the antimeridian', () => {
  const metres = (a: [number, number], b: [number, number]) => metresBetween(project(...a), project(...b));
  assert.ok(Math.abs(metres([0, 0], [0, 0.01]) - 1113) < 2);
  assert.ok(Math.abs(metres([52.5, 13.4], [52.5, 13.41]) - 678) < 2);
  assert.ok(Math.abs(metres([0, 179.995], [0, -179.995]) - 1113) < 2);
});

test('a marker moves from one report to the next in the time between reports, and waits there for another', () => {
  let motion = standing(project(52.5, 13.4), 0);
  motion = moveTo(motion, project(52.5001, 13.4), 1_000);
  near(at(motion, 1_000).lat, 52.5, 'at the start');
  const half = at(motion, 1_550).lat;
  assert.ok(half > 52.50004 && half < 52.50006, `half way: ${half}`);
  assert.equal(isMoving(motion, 1_550), true);
  near(at(motion, 2_100).lat, 52.5001, 'arrived');
  near(at(motion, 60_000).lat, 52.5001, 'never beyond the report');
  assert.equal(isMoving(motion, 2_100), false);
  assert.equal(speedOf(motion, 2_100), 0);
  near(speedOf(motion, 1_500) * 1_100, motion.from.y - motion.to.y, 'speed');
});

test('a report that comes early starts from where the marker is shown, so it never jumps back', () => {
  let motion = standing(project(52.5, 13.4), 0);
  motion = moveTo(motion, project(52.501, 13.4), 1_000);
  const shown = at(motion, 1_300).lat;
  motion = moveTo(motion, project(52.5015, 13.4), 1_300);
  near(at(motion, 1_300).lat, shown, 'where it was shown');
});

test('what no vehicle can do is a correction and is shown at once', () => {
  const motion = moveTo(standing(project(52.5, 13.4), 0), project(48.1, 11.6), 1_000);
  near(at(motion, 1_000).lat, 48.1, 'there at once');
  assert.equal(isMoving(motion, 1_000), false);
});

test('after a long silence it catches up quickly', () => {
  const motion = moveTo(standing(project(52.5, 13.4), 0), project(52.51, 13.4), 60_000);
  assert.equal(motion.duration, 400);
});

test('across the antimeridian a marker goes the short way', () => {
  let motion = standing(project(0, 179.9999), 0);
  motion = moveTo(motion, project(0, -179.9999), 1_000);
  const { x } = placeAt(motion, 1_550, { x: 0, y: 0 });
  near(x, 1, 'on the line');
  near(nearestCopy(project(0, -179).x, project(0, 179).x), 1 + 1 / 360, 'the copy to the right');
});
