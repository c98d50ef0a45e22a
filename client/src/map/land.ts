import { toPlane } from './motion.ts';

/**
 * Outlines of land in the plane of the web's maps, ready to be drawn at any zoom: a ring that crosses the antimeridian
 * runs on beyond the edge of the world instead of back across all of it, which would draw a streak.
 */

/** One closed line: x and y in turn, the whole world from 0 to 1; and the box around it. */
export type Ring = { points: Float64Array; minX: number; minY: number; maxX: number; maxY: number };
/** Rings of one polygon, holes among them. */
export type Shape = Ring[];

type Coordinates = readonly (readonly number[])[];
type Geometry =
  | { type: 'Polygon'; coordinates: readonly Coordinates[] }
  | { type: 'MultiPolygon'; coordinates: readonly (readonly Coordinates[])[] };

/** Nearer to a pole than this there is only the line on which a map's data ends. */
const POLE = 89.9;

const isPoleLine = (ring: Coordinates) => ring.every(([, lat]) => Math.abs(lat!) > POLE);

/** Makes neighbours in the ring neighbours in numbers. One that goes round a pole ends a world away: it is closed there. */
const unrolled = (ring: Coordinates): [long: number, lat: number][] => {
  const line: [number, number][] = [];
  let turn = 0;
  let before: number | undefined;
  for (const [long, lat] of ring) {
    if (before !== undefined && Math.abs(long! - before) > 180) turn += long! < before ? 360 : -360;
    line.push([long! + turn, lat!]);
    before = long;
  }
  if (turn === 0) return line;
  const [start, startLat] = line[0]!;
  const [end] = line.at(-1)!;
  if (Math.abs(end - start) < 180) return line;
  const pole = startLat > 0 ? 90 : -90;
  return [...line, [end, pole], [start, pole], [start, startLat]];
};

const toRing = (coordinates: Coordinates): Ring => {
  const line = unrolled(coordinates);
  const points = new Float64Array(line.length * 2);
  const ring: Ring = { points, minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const [index, [long, lat]] of line.entries()) {
    const { x, y } = toPlane({ lat, long });
    points[2 * index] = x;
    points[2 * index + 1] = y;
    ring.minX = Math.min(ring.minX, x);
    ring.maxX = Math.max(ring.maxX, x);
    ring.minY = Math.min(ring.minY, y);
    ring.maxY = Math.max(ring.maxY, y);
  }
  return ring;
};

export const toShapes = (geometry: Geometry): Shape[] =>
  (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates).map((polygon) =>
    polygon.filter((ring) => !isPoleLine(ring)).map(toRing),
  );

/** Pixels of the whole world, and where the drawn part begins and ends in it; `x` may lie beyond the world's edges. */
export type LandView = { world: number; left: number; top: number; width: number; height: number };

type Flat = number[];

/** What of a closed line lies on the right side of one edge (Sutherland and Hodgman's way to cut a polygon). */
const cut = (line: Flat, axis: 0 | 1, limit: number, keepAbove: boolean): Flat => {
  const kept: Flat = [];
  const other = 1 - axis;
  for (let at = 0; at < line.length; at += 2) {
    const from = (at + line.length - 2) % line.length;
    const [a, b] = [line[from + axis]! - limit, line[at + axis]! - limit];
    const [aIn, bIn] = keepAbove ? [a >= 0, b >= 0] : [a <= 0, b <= 0];
    if (aIn !== bIn) {
      const crossing = line[from + other]! + ((line[at + other]! - line[from + other]!) * a) / (a - b);
      kept.push(axis === 0 ? limit : crossing, axis === 0 ? crossing : limit);
    }
    if (bIn) kept.push(line[at]!, line[at + 1]!);
  }
  return kept;
};

/** Beyond the drawn part, so that the edge of what was cut away is not seen as a border. */
const EDGE_PX = 4;
/** Points nearer than this to the one before change nothing that is seen. */
const FINE_PX = 0.8;

/** One ring in pixels of the view: no finer than can be seen, and nothing far outside, where canvases lose precision. */
const outline = (ring: Ring, shift: number, { world, left, top, width, height }: LandView): Flat => {
  let line: Flat = [];
  let [lastX, lastY] = [Infinity, Infinity];
  for (let at = 0; at < ring.points.length; at += 2) {
    const x = (ring.points[at]! + shift) * world - left;
    const y = ring.points[at + 1]! * world - top;
    if (Math.abs(x - lastX) < FINE_PX && Math.abs(y - lastY) < FINE_PX) continue;
    line.push(x, y);
    lastX = x;
    lastY = y;
  }
  const isInside =
    (ring.minX + shift) * world >= left &&
    (ring.maxX + shift) * world <= left + width &&
    ring.minY * world >= top &&
    ring.maxY * world <= top + height;
  if (isInside) return line;
  line = cut(line, 0, -EDGE_PX, true);
  line = cut(line, 0, width + EDGE_PX, false);
  line = cut(line, 1, -EDGE_PX, true);
  return cut(line, 1, height + EDGE_PX, false);
};

type Pen = Pick<CanvasRenderingContext2D, 'moveTo' | 'lineTo' | 'closePath'>;

/** Traces what of the land is in view, in every copy of the world that is. */
export const traceLand = (pen: Pen, shapes: readonly Shape[], view: LandView): void => {
  const [west, east] = [view.left / view.world, (view.left + view.width) / view.world];
  const [north, south] = [view.top / view.world, (view.top + view.height) / view.world];
  for (const shape of shapes)
    for (const ring of shape) {
      if (ring.maxY < north || ring.minY > south) continue;
      for (let shift = Math.ceil(west - ring.maxX); ring.minX + shift <= east; shift += 1) {
        const line = outline(ring, shift, view);
        if (line.length < 6) continue;
        pen.moveTo(line[0]!, line[1]!);
        for (let at = 2; at < line.length; at += 2) pen.lineTo(line[at]!, line[at + 1]!);
        pen.closePath();
      }
    }
};
