import assert from 'node:assert/strict';
import { test } from 'node:test';
import { project } from './mercator.ts';
import { isInView, viewOf } from './view.ts';

test('who stands in the margin of the area that is followed is not in view', () => {
  const view = viewOf({ north: 53, south: 52, east: 14, west: 13 });
  assert.equal(isInView(view, project(52.01, 13.99)), true);
  assert.equal(isInView(view, project(52.5, 14.05)), false);
  assert.equal(isInView(view, project(51.95, 13.5)), false);
});

test('a view across the antimeridian has what stands on either side of it', () => {
  for (const turns of [0, -720]) {
    const view = viewOf({ north: 1, south: -1, east: 182 + turns, west: 178 + turns });
    assert.equal(isInView(view, project(0, 179)), true);
    assert.equal(isInView(view, project(0, -179)), true);
    assert.equal(isInView(view, project(0, 177)), false);
  }
});
