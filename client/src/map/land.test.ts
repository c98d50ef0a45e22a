import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LandView, toShapes, traceLand } from './land.ts';

type Line = [x: number, y: number][];

/** What a pen was made to draw: one list of corners for each closed line. */
const traced = (coordinates: number[][][], view: LandView): Line[] => {
  const lines: Line[] = [];
  traceLand(
    {
      moveTo: (x, y) => void lines.push([[Math.round(x), Math.round(y)]]),
      lineTo: (x, y) => void lines.at(-1)!.push([Math.round(x), Math.round(y)]),
      closePath: () => {},
    },
    toShapes({ type: 'Polygon', coordinates }),
    view,
  );
  return lines;
};
const widths = (lines: Line[]) =>
  lines.map((line) => Math.max(...line.map(([x]) => x)) - Math.min(...line.map(([x]) => x)));

const WORLD: LandView = { world: 360, left: 0, top: 0, width: 360, height: 360 };
const island = [
  [178, 1],
  [-178, 1],
  [-178, -1],
  [178, -1],
  [178, 1],
];

describe('land on a map', () => {
  it('that crosses the antimeridian is whole at both edges of the world, and no streak across it', () => {
    const lines = traced([island], WORLD);
    assert.equal(lines.length, 2);
    // Four degrees wide, of which at least the half that lies in the world is drawn at either edge.
    for (const width of widths(lines)) assert.ok(width <= 6, `${width} degrees wide`);
    assert.deepEqual(lines.map((line) => line.some(([x]) => x > 180)).sort(), [false, true]);
  });

  it('is repeated as often as the view shows the world', () => {
    const square = [
      [-10, 10],
      [10, 10],
      [10, -10],
      [-10, -10],
      [-10, 10],
    ];
    const lines = traced([square], { ...WORLD, left: -360, width: 1080 });
    assert.deepEqual(
      lines.map((line) => Math.min(...line.map(([x]) => x))),
      [170, 530, 890],
    );
  });

  it('round a pole reaches from edge to edge and down to the end of the map', () => {
    const coast = [-180, -120, -60, 0, 60, 120, 179].map((long) => [long, -70]);
    const lines = traced([[...coast, [-180, -70]]], WORLD);
    const whole = lines.find((_line, index) => widths(lines)[index] === 360);
    assert.ok(whole, `as wide as ${widths(lines)}`);
    assert.equal(Math.max(...whole.map(([, y]) => y)), 360);
  });

  it('far larger than the view is cut to it, where a canvas would lose precision', () => {
    const huge = [
      [-170, 80],
      [0, 80],
      [170, 80],
      [170, -80],
      [0, -80],
      [-170, -80],
      [-170, 80],
    ];
    const world = 256 * 2 ** 18;
    const lines = traced([huge], { world, left: world / 2, top: world / 2, width: 800, height: 600 });
    assert.deepEqual(
      new Set(lines.flat().map(([x, y]) => `${x} ${y}`)),
      new Set(['-4 -4', '804 -4', '804 604', '-4 604']),
    );
  });
});
