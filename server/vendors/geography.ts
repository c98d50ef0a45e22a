import type { Bounds } from '../contract/vendors.ts';

/** Distances and boxes on a sphere. Good to half a percent, which is less than a phone's error. */

const EARTH_METERS = 6_371_008.8;
const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (angle: number) => (angle * 180) / Math.PI;

export type Point = { lat: number; long: number };
/** A box that does not cross the antimeridian, as R-trees take it. */
export type Box = { minX: number; minY: number; maxX: number; maxY: number };

/** Metres along the great circle. Haversine: exact also for points that nearly coincide. */
export const distanceMeters = (a: Point, b: Point): number => {
  const lat = Math.sin(radians(b.lat - a.lat) / 2);
  const long = Math.sin(radians(b.long - a.long) / 2);
  const h = lat * lat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * long * long;
  return 2 * EARTH_METERS * Math.asin(Math.min(1, Math.sqrt(h)));
};

/** Bounds as boxes: two where they cross the antimeridian. +180 and -180 are one meridian, so a box at it reaches both. */
export const boxesOf = ({ north, south, east, west }: Bounds): Box[] => {
  const boxes =
    west <= east
      ? [{ minX: west, minY: south, maxX: east, maxY: north }]
      : [
          { minX: west, minY: south, maxX: 180, maxY: north },
          { minX: -180, minY: south, maxX: east, maxY: north },
        ];
  if (west <= east && east === 180 && west > -180) boxes.push({ minX: -180, minY: south, maxX: -180, maxY: north });
  if (west <= east && west === -180 && east < 180) boxes.push({ minX: 180, minY: south, maxX: 180, maxY: north });
  return boxes;
};

/** Degrees of longitude that bounds span. */
export const widthOf = ({ east, west }: Bounds): number => (west <= east ? east - west : 360 - west + east);

/**
 * Boxes that hold every point within `meters` of `center`, and a few more. Around a pole all longitudes are near; the
 * widest meridians of a circle are not at its centre's latitude (Bronstein; Matuschek, "Finding Points Within a Distance").
 */
export const boxesAround = (center: Point, meters: number): Box[] => {
  // A breath wider than asked, so that rounding excludes nobody.
  const angle = (meters / EARTH_METERS) * (1 + 1e-9) + 1e-12;
  const reach = degrees(angle);
  const [south, north] = [center.lat - reach, center.lat + reach];
  if (angle >= Math.PI) return [{ minX: -180, minY: -90, maxX: 180, maxY: 90 }];
  if (south <= -90 || north >= 90)
    return [{ minX: -180, minY: Math.max(-90, south), maxX: 180, maxY: Math.min(90, north) }];
  const half = degrees(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(radians(center.lat)))));
  const wrap = (long: number) => (long > 180 ? long - 360 : long < -180 ? long + 360 : long);
  return boxesOf({ south, north, west: wrap(center.long - half), east: wrap(center.long + half) });
};
