import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCurve } from './curves.ts';

const draw = (lines: { title: string; points: { x: number; y: number }[] }[]) =>
  drawCurve({
    title: 'cost <of> & more',
    xTitle: 'viewers',
    yTitle: 'µs',
    better: 'lower',
    lines: lines.map((line, place) => ({ ...line, place })),
  });
const placesOf = (svg: string) =>
  [...svg.matchAll(/points="([^"]+)"/g)].map(([, places]) =>
    places!.split(' ').map((place) => place.split(',').map(Number) as [number, number]),
  );

test('what grows in proportion is a straight line that goes up', () => {
  const [line] = placesOf(draw([{ title: 'plain', points: [1000, 10, 100].map((x) => ({ x, y: x * 2 })) }]));
  const [[x1, y1], [x2, y2], [x3, y3]] = line as [[number, number], [number, number], [number, number]];
  assert.ok(x1 < x2 && x2 < x3, 'from left to right, whatever the order they came in');
  assert.ok(y1 > y2 && y2 > y3, 'up is more');
  assert.ok(Math.abs((y2 - y1) / (x2 - x1) - (y3 - y2) / (x3 - x2)) < 0.01);
});

test('titles are text, not markup, and the last values stand apart from each other', () => {
  const svg = draw(['raw', 'plain', 'Waybeat'].map((title) => ({ title, points: [{ x: 1, y: 5 }] })));
  assert.match(svg, /cost &#60;of&#62; &#38; more/);
  const places = [...svg.matchAll(/class="end" x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.equal(places.length, 3);
  for (const [index, y] of places.entries()) if (index > 0) assert.ok(Math.abs(y - places[index - 1]!) >= 14);
});

test('what lies within a power of ten starts at nothing, and every size that was measured has its label', () => {
  const svg = draw([{ title: 'plain', points: [1_000, 2_500, 10_000].map((x, n) => ({ x, y: 70 + n * 40 })) }]);
  assert.match(svg, /text-anchor="end">0</);
  const [[from], [middle], [to]] = placesOf(svg)[0] as [[number, number], [number, number], [number, number]];
  assert.ok(Math.abs((middle - from) / (to - from) - 1_500 / 9_000) < 0.01, 'sizes as far apart as they are');
  assert.doesNotMatch(svg, /logarithmic/);
  for (const size of ['1,000', '2,500', '10,000']) assert.ok(svg.includes(`text-anchor="middle">${size}<`));
});

test('it can stand in any page: nothing is fetched, nothing runs, and it is readable on a dark one', () => {
  const svg = draw([{ title: 'plain', points: [{ x: 1, y: 5 }] }]);
  assert.doesNotMatch(svg.replace('http://www.w3.org/2000/svg', ''), /script|href|url\(|http/);
  assert.match(svg, /prefers-color-scheme:dark/);
});

test('a curve of nothing is refused, and zero has no place on it', () => {
  assert.throws(() => draw([{ title: 'plain', points: [{ x: 10, y: 0 }] }]), /nothing to draw/);
});
