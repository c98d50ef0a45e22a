import type { MapMarker } from '../map/types.ts';
import { isStale } from './age.ts';
import { isFinal, STATUS } from './status.ts';
import type { Parcel, Spot } from './wire.ts';

/** What of a parcel can be put on a map. */

const hasPlace = (spot: Spot | null | undefined): spot is { lat: number; long: number } =>
  typeof spot?.lat === 'number' && typeof spot.long === 'number';

export const riderMarker = (parcel: Parcel, now: number): MapMarker | null => {
  const { location, status, awb } = parcel;
  if (!location) return null;
  return {
    id: awb,
    lat: location.lat,
    long: location.long,
    tone: STATUS[status].tone,
    label: `${awb} · ${STATUS[status].label}`,
    heading: location.heading ?? null,
    accuracy: location.accuracy ?? null,
    stale: !isFinal(status) && isStale(location, now),
  };
};

/** The parcel's own map: where it came from, where it goes and where it is. */
export const parcelMarkers = (parcel: Parcel, now: number): MapMarker[] => {
  const markers: MapMarker[] = [];
  const { origin, destination } = parcel;
  if (hasPlace(origin)) markers.push({ ...origin, id: 'from', tone: 'gray', kind: 'start', label: 'From' });
  if (hasPlace(destination))
    markers.push({ ...destination, id: 'to', tone: 'tide', kind: 'home', label: 'Destination' });
  const rider = riderMarker(parcel, now);
  if (rider) markers.push(rider);
  return markers;
};
