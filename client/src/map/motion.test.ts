import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GLIDE_MS, isMoving, moveTo, positionAt, rest, toPlane } from './motion.ts';

const at = (lat: number, long: number) => toPlane({ lat, long });

test('the plane puts the equator in the middle and north at the top', () => {
  assert.deepEqual(at(0, 0), { x: 0.5, y: 0.5 });
  assert.ok(at(60, 0).y < at(10, 0).y);
  assert.ok(Number.isFinite(at(90, 0).y));
});

test('a marker glides to its new place, turns from where it is drawn, and never goes beyond', () => {
  const [here, there, next] = [at(52.52, 13.4), at(52.521, 13.4), at(52.521, 13.402)];
  const going = moveTo(rest(here), there, 1000);
  assert.ok(isMoving(going, 1000 + GLIDE_MS / 2));
  const half = positionAt(going, 1000 + GLIDE_MS / 2);
  assert.ok(half.y < here.y && half.y > there.y);
  assert.deepEqual(moveTo(going, next, 1000 + GLIDE_MS / 2).from, half);
  assert.deepEqual(positionAt(going, 1000 + GLIDE_MS * 3), there);
  assert.ok(!isMoving(going, 1000 + GLIDE_MS));
});

test('what moved too far to have ridden there is there at once, and the same place is no move', () => {
  const here = rest(at(52.52, 13.4));
  assert.ok(!isMoving(moveTo(here, at(48.1, 11.5), 1000), 1000));
  assert.equal(moveTo(here, at(52.52, 13.4), 1000), here);
});
