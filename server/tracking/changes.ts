import { randomInt } from 'node:crypto';
import type { User } from '../contract/auth.ts';
import {
  type CreateParcel,
  FINAL_STATUSES,
  type Parcel,
  type ParcelLocation,
  type ParcelStatusChange,
  type TrackingLink,
} from '../contract/tracking.ts';
import { config } from '../platform/config.ts';
import { afterCommit, transaction } from '../platform/database.ts';
import { conflict, forbidden, notFound, unavailable } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { signToken } from '../platform/tokens.ts';
import { changeUser } from '../platform/users.ts';
import { companyFor, getSeen, isRiderOf, isStaff, isStaffOf, viewOf } from './access.ts';
import { forgetParcels } from './cache.ts';
import { remainingMeters } from './eta.ts';
import { insertLink, linkUserId, revokeLink } from './linkStore.ts';
import { takeReports } from './positions.ts';
import * as store from './store.ts';
import { emitEtaUpdate, emitParcelChanged, emitRiderAssigned, emitStatusUpdate } from './trackingEvents.ts';
import { parcelFor } from './views.ts';

/** Changes of parcels: row, timeline and event in one transaction. */

/** Locks a parcel that the user may see and holds them to the version they decided on. Throws NOT_FOUND, STALE. */
const lock = async (user: User, awb: string, expected: number | undefined): Promise<store.StoredParcel> => {
  const parcel = await store.lockParcel(awb);
  if (viewOf(user, parcel) === undefined) throw notFound('Parcel');
  requireVersion(expected, parcel.version);
  return parcel;
};

/** The parcel after the change, as the user sees it. */
const after = async (user: User, awb: string): Promise<Parcel> => {
  afterCommit(() => forgetParcels([awb]));
  const parcel = (await store.readParcels([awb])).get(awb)!;
  return parcelFor(parcel, viewOf(user, parcel) ?? 'public');
};

/** So many numbers are tried for a parcel without one; of a hundred million, two in a row are hardly ever used. */
const TRIES = 20;
const newAwb = () => `FX${String(randomInt(100_000_000)).padStart(8, '0')}`;

const insert = async (companyId: string, by: string, body: CreateParcel): Promise<string> => {
  if (body.awb !== undefined) {
    store.requireFree(await store.insertParcel(body.awb, companyId, by, body), body.awb);
    return body.awb;
  }
  for (let tried = 0; tried < TRIES; tried += 1) {
    const awb = newAwb();
    if (await store.insertParcel(awb, companyId, by, body)) return awb;
  }
  throw unavailable('No free AWB was found; name one');
};

/** A merchant's parcels are those they send. */
const requireCreator = (user: User, { senderId, riderId }: CreateParcel): void => {
  if (isStaff(user)) return;
  if (user.role !== 'merchant') throw forbidden();
  if (senderId != null && senderId !== user.id) throw forbidden('A merchant sends parcels of its own only');
  if (riderId != null) throw forbidden('Riders are assigned by staff');
};

export const createParcel = (user: User, body: CreateParcel): Promise<Parcel> =>
  transaction(async () => {
    requireCreator(user, body);
    const senderId = user.role === 'merchant' ? user.id : body.senderId;
    const companyId = companyFor(user, body.companyId);
    const awb = await insert(companyId, user.username, { ...body, senderId });
    const parcel = (await store.readParcels([awb])).get(awb)!;
    const { status, description, createdAt } = parcel;
    const version = await emitStatusUpdate(awb, { status, description, at: createdAt, by: user.username }, parcel);
    await emitParcelChanged(parcel, 'created', version);
    return after(user, awb);
  });

/** When a step happened: as told, but neither in the future nor before the step it follows. */
const momentOf = (told: string | null | undefined, { statusChangedAt }: store.StoredParcel): string => {
  const now = new Date().toISOString();
  const at = told && told < now ? told : now;
  return at < statusChangedAt ? statusChangedAt : at;
};

const placeOf = (
  user: User,
  { status, location, recordedAt }: ParcelStatusChange,
  parcel: store.StoredParcel,
  at: string,
): ParcelLocation | null => {
  if (!location) return parcel.location;
  const { lat, long, heading, speed, accuracy } = location;
  return {
    lat,
    long,
    ...(heading != null && { heading }),
    ...(speed != null && { speed }),
    ...(accuracy != null && { accuracy }),
    recordedAt: location.recordedAt ?? recordedAt ?? at,
    source: user.role === 'rider' ? 'rider' : status === 'AT_HUB' ? 'hub' : 'staff',
  };
};

export const changeStatus = (
  user: User,
  awb: string,
  body: ParcelStatusChange,
  expected: number | undefined,
): Promise<Parcel> =>
  transaction(async () => {
    const parcel = await lock(user, awb, expected);
    if (!isStaffOf(user, parcel) && !isRiderOf(user, parcel)) throw forbidden();
    if (FINAL_STATUSES.includes(parcel.status)) throw conflict(`The parcel is ${parcel.status}; nothing follows`);
    const at = momentOf(body.recordedAt, parcel);
    const location = placeOf(user, body, parcel, at);
    if (body.location && location) {
      // Where the step was taken is a fix like others: what is older than the newest joins the trail only.
      const fixes = [{ ...location, sequence: null }];
      const [outcome] = await takeReports([{ user, awb, deviceId: 'status', fixes, source: location.source }]);
      if (outcome instanceof Error) throw outcome;
    }
    const description = body.description ?? null;
    await store.setStatus(awb, { status: body.status, description, location, at, by: user.username });
    const version = await emitStatusUpdate(
      awb,
      { status: body.status, description, location, at, by: user.username },
      parcel,
    );
    await emitParcelChanged({ ...parcel, status: body.status }, 'status', version);
    return after(user, awb);
  });

export const setEta = (user: User, awb: string, eta: string | null, expected: number | undefined): Promise<Parcel> =>
  transaction(async () => {
    const parcel = await lock(user, awb, expected);
    if (!isStaffOf(user, parcel)) throw forbidden();
    if (FINAL_STATUSES.includes(parcel.status)) throw conflict(`The parcel is ${parcel.status}; it needs no ETA`);
    await store.setEta(awb, eta);
    const meters = remainingMeters(parcel.location, parcel.destination);
    const distanceMeters = meters === null ? null : Math.round(meters);
    const version = await emitEtaUpdate(awb, eta, { parcel, distanceMeters });
    await emitParcelChanged(parcel, 'eta', version);
    return after(user, awb);
  });

export const assignRider = (
  user: User,
  awb: string,
  riderId: string | null,
  expected: number | undefined,
): Promise<Parcel> =>
  transaction(async () => {
    const parcel = await lock(user, awb, expected);
    if (!isStaffOf(user, parcel)) throw forbidden();
    if (FINAL_STATUSES.includes(parcel.status)) throw conflict(`The parcel is ${parcel.status}; nobody carries it`);
    if (parcel.riderId === riderId) return parcelFor(parcel, 'full');
    await store.setRider(awb, riderId);
    const version = await emitRiderAssigned({ ...parcel, riderId }, parcel.riderId);
    await emitParcelChanged({ ...parcel, riderId }, 'rider', version, [parcel.riderId]);
    return after(user, awb);
  });

/** Whoever may show a parcel to others: its staff, its sender and whom it is for. */
const requireSharer = async (user: User, awb: string): Promise<void> => {
  const { view } = await getSeen(user, awb);
  if (view === 'public' || view === 'rider') throw forbidden();
};

export const createLink = async (user: User, awb: string, hours: number, origin: string): Promise<TrackingLink> => {
  await requireSharer(user, awb);
  const expiresAt = new Date(Date.now() + hours * 3_600_000);
  expiresAt.setMilliseconds(0);
  const id = await insertLink(awb, user.username, expiresAt.toISOString());
  const signed = signToken(
    { id: linkUserId(id), username: 'guest', role: 'guest', companyId: null, shopIds: [], awb },
    Math.max(1, Math.floor((expiresAt.getTime() - Date.now()) / 1000)),
  );
  return { id, url: `${origin}/track/${awb}?t=${signed.token}`, token: signed.token, expiresAt: signed.expiresAt };
};

export const endLink = async (user: User, awb: string, id: string): Promise<void> => {
  await requireSharer(user, awb);
  await transaction(async () => {
    await revokeLink(awb, id);
    // Whoever is connected with it is shown out, on whichever node.
    await changeUser(linkUserId(id), { active: false });
  });
};

/** The page's own address, as the one who asks for a link reached it. */
export const publicOrigin = (protocol: string, host: string | undefined): string =>
  config.FRONTEND_URL ? new URL(config.FRONTEND_URL).origin : `${protocol}://${host ?? `localhost:${config.PORT}`}`;
