import assert from 'node:assert/strict';
import { test } from 'node:test';
import { around, boundsOf, sameBounds } from './area.ts';

test('the area is a little larger than the view', () => {
  assert.deepEqual(boundsOf({ north: 53, south: 52, east: 14, west: 13 }), {
    north: 53.1,
    south: 51.9,
    east: 14.1,
    west: 12.9,
  });
});

test('across the antimeridian west stands above east, however often the map went round', () => {
  const expected = { north: 1.2, south: -1.2, east: -177.6, west: 177.6 };
  assert.deepEqual(boundsOf({ north: 1, south: -1, east: 182, west: 178 }), expected);
  assert.deepEqual(boundsOf({ north: 1, south: -1, east: 182 - 720, west: 178 - 720 }), expected);
});

test('a view of the whole world and more is the whole world', () => {
  assert.deepEqual(boundsOf({ north: 95, south: -95, east: 400, west: -400 }), {
    north: 90,
    south: -90,
    east: 180,
    west: -180,
  });
});

test('the same view twice is the same area', () => {
  const view = { north: 53, south: 52, east: 14, west: 13 };
  assert.equal(sameBounds(boundsOf(view), boundsOf({ ...view, north: 53.0000001 })), true);
  assert.equal(sameBounds(boundsOf(view), boundsOf({ ...view, north: 53.1 })), false);
  assert.equal(sameBounds(undefined, boundsOf(view)), false);
});

test('around nobody there is no area; around one there is room', () => {
  assert.equal(around([]), undefined);
  assert.deepEqual(around([{ lat: 10, long: 20 }], 1), { north: 11, south: 9, east: 21, west: 19 });
});
