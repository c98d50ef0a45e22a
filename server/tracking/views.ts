import type { DurableEvent } from '../contract/common.ts';
import type { Parcel, ParcelLocation, ParcelPlace, ParcelStatus } from '../contract/tracking.ts';

/**
 * What each kind of reader may see of a parcel and of its events. `full` is for staff, merchants who sent it and (as
 * `rider`, in a room of their own) the assigned rider; `recipient` for whom it goes to; `public` for guests.
 */
export type View = 'full' | 'rider' | 'recipient' | 'public';
export const VIEWS: readonly View[] = ['full', 'rider', 'recipient', 'public'];
/** Those that are made from the full event when it is delivered. */
export const LESSER_VIEWS: readonly View[] = ['recipient', 'public'];

/** From the last stretch on a guest sees the exact place; before, a rider with other people's parcels is not followed to the door. */
const EXACT: readonly ParcelStatus[] = ['OUT_FOR_DELIVERY', 'FAILED_ATTEMPT', 'DELIVERED'];

/** 3 decimals are about 100 m. */
const coarse = (degrees: number) => Math.round(degrees * 1000) / 1000;

export const locationFor = (
  location: ParcelLocation | null,
  status: ParcelStatus,
  view: View,
): ParcelLocation | null => {
  if (!location || view !== 'public' || EXACT.includes(status)) return location;
  return { ...location, lat: coarse(location.lat), long: coarse(location.long) };
};

/** An address is a street and a number; the area alone says where a parcel goes. */
const placeFor = ({ lat, long }: ParcelPlace): ParcelPlace => ({
  lat: lat === null ? null : coarse(lat),
  long: long === null ? null : coarse(long),
});

/** A parcel, or a list's line of one, as `view` may see it. */
export const parcelFor = <Seen extends Omit<Parcel, 'timeline'> & { timeline?: Parcel['timeline'] }>(
  parcel: Seen,
  view: View,
): Seen => {
  if (view === 'full' || view === 'rider') return parcel;
  const { riderId: _, ...rest } = parcel;
  const timeline = parcel.timeline?.map(({ by: __, ...step }) => ({
    ...step,
    location: locationFor(step.location, step.status, view),
  }));
  const seen = { ...rest, ...(timeline && { timeline }) };
  if (view === 'recipient') return seen as Seen;
  const { senderId: ___, recipientId: ____, companyId: _____, ...open } = seen;
  return {
    ...open,
    origin: placeFor(parcel.origin),
    destination: placeFor(parcel.destination),
    location: locationFor(parcel.location, parcel.status, view),
  } as Seen;
};

/** A durable event as `view` may see it. Every view hears of every version, so that none seems to have a hole. */
export const eventFor = (event: DurableEvent, view: string): DurableEvent => {
  if (view === 'full' || view === 'rider') return event;
  const { by: _, riderId: __, proof: ___, ...rest } = event;
  if (view === 'recipient' || !rest.location) return rest as DurableEvent;
  const location = locationFor(rest.location as ParcelLocation, rest.status as ParcelStatus, 'public');
  return { ...rest, location } as DurableEvent;
};
