/**
 * Web Mercator with the whole world as a square of side 1: what a map of any zoom shows is this times its size, so a
 * marker is projected once when it is heard of and not at every frame.
 */

const MAX_LAT = 85.0511287798;

export type Spot = { x: number; y: number };

export const project = (lat: number, long: number): Spot => {
  const clamped = Math.max(-MAX_LAT, Math.min(MAX_LAT, lat));
  const sine = Math.sin((clamped * Math.PI) / 180);
  return { x: (long + 180) / 360, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
};

export const unproject = ({ x, y }: Spot): { lat: number; long: number } => ({
  lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI,
  long: (((x % 1) + 1) % 1) * 360 - 180,
});

/** `x` in the copy of the world that lies nearest to `reference`: a map can be moved round the world for ever. */
export const nearestCopy = (x: number, reference: number): number => x + Math.round(reference - x);

const EARTH_M = 40_075_016.686;

/** Metres between two places that are near each other, as the map draws them. */
export const metresBetween = (a: Spot, b: Spot): number => {
  const middle = (unproject(a).lat + unproject(b).lat) / 2;
  const dx = nearestCopy(b.x, a.x) - a.x;
  return Math.hypot(dx, b.y - a.y) * EARTH_M * Math.cos((middle * Math.PI) / 180);
};
