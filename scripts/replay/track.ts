/** Recorded tracks: GPX, and GeoJSON lines with or without `coordTimes`. */

/** `time` in ms since 1970; null where the file does not say. */
export type TrackPoint = { lat: number; long: number; time: number | null };

const attribute = (tag: string, name: string): number =>
  Number(new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`).exec(tag)?.[1]);

const readGpx = (text: string): TrackPoint[] => {
  const points = text.matchAll(/<(trkpt|rtept|wpt)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/g);
  const all = [...points].map(([, kind, tag, inside]) => {
    const time = /<time>([^<]+)<\/time>/.exec(inside ?? '')?.[1];
    return {
      kind,
      point: { lat: attribute(tag!, 'lat'), long: attribute(tag!, 'lon'), time: time ? Date.parse(time) : null },
    };
  });
  // Waypoints are places beside the way; they are the way only where there is no other.
  const way = all.filter(({ kind }) => kind !== 'wpt');
  return (way.length > 0 ? way : all).map(({ point }) => point);
};

type GeoJson = {
  type: string;
  features?: GeoJson[];
  geometry?: GeoJson | null;
  geometries?: GeoJson[];
  coordinates?: unknown;
  properties?: { coordTimes?: unknown; times?: unknown; coordinateProperties?: { times?: unknown } } | null;
};

const readGeoJson = (value: GeoJson, times: unknown[] = []): TrackPoint[] => {
  const inner = value.features ?? value.geometries;
  if (inner) return inner.flatMap((one) => readGeoJson(one, times));
  if (value.type === 'Feature') {
    const { coordTimes, times: listed, coordinateProperties } = value.properties ?? {};
    const known = coordTimes ?? listed ?? coordinateProperties?.times;
    return value.geometry ? readGeoJson(value.geometry, Array.isArray(known) ? known.flat() : []) : [];
  }
  const { coordinates } = value;
  const lines =
    value.type === 'LineString'
      ? [coordinates]
      : value.type === 'MultiLineString'
        ? coordinates
        : value.type === 'Point'
          ? [[coordinates]]
          : [];
  return (lines as number[][][]).flat().map(([long, lat], n) => ({
    lat: Number(lat),
    long: Number(long),
    time: typeof times[n] === 'string' ? Date.parse(times[n]) : null,
  }));
};

/** The points of a track in their order. Throws when there are none. */
export const readTrack = (text: string): TrackPoint[] => {
  const points = text.trimStart().startsWith('{') ? readGeoJson(JSON.parse(text) as GeoJson) : readGpx(text);
  const usable = points.filter(({ lat, long }) => Math.abs(lat) <= 90 && Math.abs(long) <= 180);
  if (usable.length === 0) throw new Error('There is no track in this file: expected GPX or GeoJSON lines');
  return usable;
};

/** Seconds from each point to the next, as recorded; a second where the file does not say. */
export const pausesOf = (points: TrackPoint[]): number[] =>
  points.slice(1).map(({ time }, n) => {
    const before = points[n]!.time;
    return time !== null && before !== null && time >= before ? (time - before) / 1000 : 1;
  });
