/** Metres between points. The mean radius of the Earth errs by half a percent, less than a phone does. */

const EARTH_METERS = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

export type Point = { lat: number; long: number };

/** Along the great circle, by haversine: exact also for points that nearly coincide. */
export const metersBetween = (a: Point, b: Point): number => {
  const lat = Math.sin(radians(b.lat - a.lat) / 2);
  const long = Math.sin(radians(b.long - a.long) / 2);
  const h = lat * lat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * long * long;
  return 2 * EARTH_METERS * Math.asin(Math.min(1, Math.sqrt(h)));
};
