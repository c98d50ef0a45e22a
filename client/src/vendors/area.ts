import type { Bounds } from '../../../server/contract/vendors.ts';

/** The part of the world that a map shows, as `subscribe_area` takes it. */

/** A map that was moved round the world counts on beyond 180. */
type View = { north: number; south: number; east: number; west: number };

/** Markers that come into view by a short move are there already. */
const MARGIN = 0.1;
/** Finer than a metre: a resize by a pixel is not another area. */
const STEP = 1e5;

const wrap = (long: number) => ((((long + 180) % 360) + 360) % 360) - 180;
const clampLat = (lat: number) => Math.max(-90, Math.min(90, lat));
const round = (value: number) => Math.round(value * STEP) / STEP;

export const boundsOf = ({ north, south, east, west }: View): Bounds => {
  const high = (north - south) * MARGIN;
  const wide = (east - west) * MARGIN;
  const latitudes = { north: round(clampLat(north + high)), south: round(clampLat(south - high)) };
  if (east - west + 2 * wide >= 360) return { ...latitudes, west: -180, east: 180 };
  return { ...latitudes, west: round(wrap(west - wide)), east: round(wrap(east + wide)) };
};

export const sameBounds = (a: Bounds | undefined, b: Bounds): boolean =>
  a !== undefined && a.north === b.north && a.south === b.south && a.east === b.east && a.west === b.west;

/** The smallest area with all of these in it; undefined without any. It does not look for a way across the antimeridian. */
export const around = (places: { lat: number; long: number }[], margin = 0.02): View | undefined => {
  if (places.length === 0) return undefined;
  const view = { north: -90, south: 90, east: -180, west: 180 };
  for (const { lat, long } of places) {
    view.north = Math.max(view.north, lat + margin);
    view.south = Math.min(view.south, lat - margin);
    view.east = Math.max(view.east, long + margin);
    view.west = Math.min(view.west, long - margin);
  }
  return view;
};
