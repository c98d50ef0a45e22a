import type { z } from 'zod';
import type { ParcelLocation, ParcelStatus, Proof, StatusUpdate } from '../contract/tracking.ts';
import { notFound } from '../platform/errors.ts';
import { publishEphemeral } from '../websocket/ephemeral.ts';
import { publish, publishEach, publishNotice } from '../websocket/publish.ts';
import { userRoom } from '../websocket/rooms.ts';
import { fleetRoom, roomsFor, trackingStream, viewRoom } from './access.ts';
import { minutesUntil } from './eta.ts';
import { readParcels, type StoredSummary } from './store.ts';
import { locationFor } from './views.ts';

/**
 * What happens to parcels, as their watchers hear it. Each is published once, with all that is known; what each view may
 * see of it is made when it is delivered. Those with a version belong into the transaction of the change.
 */

const NAMESPACE = '/tracking';
type Addressed = Pick<StoredSummary, 'awb' | 'companyId' | 'riderId'>;

const find = async (awb: string): Promise<StoredSummary> => {
  const parcel = (await readParcels([awb])).get(awb);
  if (!parcel) throw notFound('Parcel');
  return parcel;
};

const event = (parcel: Addressed, type: string, payload: object) => ({
  stream: trackingStream(parcel.awb),
  namespace: NAMESPACE,
  rooms: roomsFor(parcel),
  type,
  payload: { awb: parcel.awb, ...payload },
});

type Step = Partial<Omit<z.infer<typeof StatusUpdate>, 'awb' | 'type' | 'timestamp' | 'version'>> & {
  status: ParcelStatus;
};

/** Tells of a status. Answers the parcel's new version. Throws NOT_FOUND. */
export const emitStatusUpdate = async (awb: string, data: Step, parcel?: Addressed): Promise<number> =>
  publish(
    event(parcel ?? (await find(awb)), 'status-update', {
      status: data.status,
      description: data.description ?? null,
      location: data.location ?? null,
      at: data.at ?? new Date().toISOString(),
      ...(data.by !== undefined && { by: data.by }),
    }),
  );

/** Tells of an ETA that a person set, in words that stay. Answers the parcel's new version. Throws NOT_FOUND. */
export const emitEtaUpdate = async (
  awb: string,
  eta: string | null,
  { parcel, distanceMeters = null }: { parcel?: Addressed; distanceMeters?: number | null } = {},
): Promise<number> =>
  publish(
    event(parcel ?? (await find(awb)), 'eta-update', {
      eta,
      minutes: eta === null ? null : minutesUntil(eta),
      distanceMeters,
      source: 'staff',
    }),
  );

export const emitRiderAssigned = (parcel: Addressed, formerRiderId: string | null): Promise<number> => {
  const assigned = event(parcel, 'rider-assigned', { riderId: parcel.riderId });
  // The one who had it learns that it is gone; after this it hears nothing more.
  const former = formerRiderId === null ? [] : roomsFor({ ...parcel, riderId: formerRiderId });
  return publish({ ...assigned, rooms: [...new Set([...assigned.rooms, ...former])] });
};

export const emitProofAdded = (parcel: Addressed, proof: Proof): Promise<number> =>
  publish(event(parcel, 'proof-added', { proof }));

/** Tells that riders come near, of many parcels at once. */
export const emitRidersApproaching = async (
  approaching: { parcel: Addressed; distanceMeters: number; minutes: number }[],
): Promise<void> => {
  await publishEach(approaching.map(({ parcel, ...fields }) => event(parcel, 'rider-approaching', fields)));
};

/** Tells lists that a parcel is not what it was. */
export const emitParcelChanged = (
  parcel: StoredSummary,
  change: 'created' | 'status' | 'eta' | 'rider' | 'proof',
  version: number,
  others: (string | null)[] = [],
): Promise<void> => {
  const people = new Set([parcel.senderId, parcel.recipientId, parcel.riderId, ...others].filter((id) => id !== null));
  return publishNotice({
    namespace: NAMESPACE,
    rooms: [
      ...[...people].map(userRoom),
      ...(change === 'created' ? [fleetRoom(parcel.companyId), fleetRoom(null)] : []),
    ],
    type: 'parcel-changed',
    payload: { awb: parcel.awb, change, status: parcel.status, parcelVersion: version },
  });
};

export type Mirrored = { awb: string; type: string; fields: Record<string, unknown> };
const mirrors = new Set<(event: Mirrored) => void>();
/** Hears every ephemeral event of this node, as a guest may see it. For services elsewhere; the answer ends it. */
export const onEphemeralEvent = (listener: (event: Mirrored) => void): (() => void) => {
  mirrors.add(listener);
  return () => mirrors.delete(listener);
};

const ephemeral = (parcel: Addressed, type: string, fields: object, open: object) => {
  const { awb } = parcel;
  publishEphemeral({
    namespace: NAMESPACE,
    rooms: roomsFor(parcel),
    type,
    entity: awb,
    fields: { awb, ...fields },
    views: [
      { rooms: [viewRoom(awb, 'recipient')], fields: { awb, ...fields } },
      { rooms: [viewRoom(awb, 'public')], fields: { awb, ...open } },
    ],
  });
  for (const listener of mirrors) listener({ awb, type, fields: { awb, ...open } });
};

/** Tells where a parcel is, to each as exactly as they may know. */
export const tellLocation = (parcel: Addressed & { status: ParcelStatus }, location: ParcelLocation): void =>
  ephemeral(parcel, 'location-update', { location }, { location: locationFor(location, parcel.status, 'public') });

/** Tells a computed ETA. */
export const tellEta = (
  parcel: Addressed,
  { eta, minutes, distanceMeters }: { eta: string; minutes: number; distanceMeters: number },
): void => {
  const fields = { eta, minutes, distanceMeters, source: 'computed' };
  ephemeral(parcel, 'eta-update', fields, fields);
};

/** Tells where a parcel is. For the server's own parts: nothing is stored, nobody is asked who they are. Throws NOT_FOUND. */
export const emitLocationUpdate = async (
  awb: string,
  location: { lat: number; long: number } & Partial<ParcelLocation>,
): Promise<void> =>
  tellLocation(await find(awb), { recordedAt: new Date().toISOString(), source: 'staff', ...location });
