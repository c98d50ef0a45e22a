import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import { batched } from '../platform/batch.ts';
import { callerKey } from '../platform/callers.ts';
import { badRequest, forbidden, notFound, rateLimited } from '../platform/errors.ts';
import { blockedFor, consume } from '../platform/limits.ts';
import { registerStream } from '../websocket/streams.ts';
import { cachedParcels } from './cache.ts';
import { areLinksAlive } from './linkStore.ts';
import type { Scope, StoredParcel } from './store.ts';
import { eventFor, LESSER_VIEWS, parcelFor, type View } from './views.ts';

/** Who may see and change parcels. One place for HTTP, sockets and the page. */

const STAFF: Role[] = ['super_admin', 'admin', 'operator'];
export const isStaff = ({ role }: User): boolean => STAFF.includes(role);
/** Throws FORBIDDEN. */
export const requireStaff = (user: User): void => {
  if (!isStaff(user)) throw forbidden();
};

type Belongs = Pick<StoredParcel, 'awb' | 'companyId' | 'riderId' | 'senderId' | 'recipientId'>;

export const isStaffOf = (user: User, { companyId }: { companyId: string }): boolean =>
  user.role === 'super_admin' || (isStaff(user) && user.companyId === companyId);
export const isRiderOf = (user: User, { riderId }: { riderId: string | null }): boolean =>
  user.role === 'rider' && user.id === riderId;

/** Which view of a parcel a user has; undefined: for them there is none. Whether a link still holds is asked apart. */
export const viewOf = (user: User, parcel: Belongs): View | undefined => {
  // Without a token: where NAMESPACES_PUBLIC lets them in, any AWB they know.
  if (user.role === 'guest') return user.awb === undefined && user.id !== '' ? undefined : guestView(user, parcel);
  if (isStaffOf(user, parcel)) return 'full';
  if (isRiderOf(user, parcel)) return 'rider';
  if (parcel.senderId === user.id) return user.role === 'merchant' ? 'full' : 'recipient';
  return parcel.recipientId === user.id ? 'recipient' : undefined;
};

const guestView = (user: User, parcel: Belongs): View | undefined =>
  user.awb === undefined || user.awb === parcel.awb ? 'public' : undefined;

/** Which parcels a list holds. */
export const scopeOf = (user: User): Scope => {
  if (user.role === 'guest') throw forbidden('A list needs a sign-in');
  if (user.role === 'super_admin') return { kind: 'all' };
  if (isStaff(user) && user.companyId !== null) return { kind: 'company', companyId: user.companyId };
  if (user.role === 'rider' || user.role === 'merchant') return { kind: user.role, userId: user.id };
  return { kind: 'own', userId: user.id };
};

/** The company a new parcel belongs to: the caller's, or the one a caller without a company names. */
export const companyFor = (user: User, named: string | undefined): string => {
  const companyId = user.companyId ?? named;
  if (!companyId)
    throw badRequest('companyId: name the company this belongs to', [{ path: 'companyId', message: 'Required' }]);
  return companyId;
};

export const trackingStream = (awb: string) => `tracking:${awb}`;
const ROOM = 'tracking-';
export const trackingRoom = (awb: string) => `${ROOM}${awb}`;
/** A rider's own: one who is no longer assigned is no longer named, and hears nothing more. */
const riderRoom = (awb: string, riderId: string) => `${trackingRoom(awb)}/rider:${riderId}`;
export const viewRoom = (awb: string, view: View) => `${trackingRoom(awb)}/${view}`;
const ALL_FLEETS = 'fleet:*';
export const fleetRoom = (companyId: string | null) => (companyId === null ? ALL_FLEETS : `fleet:${companyId}`);

/** Rooms of those who see all of what happens to a parcel. */
export const roomsFor = ({ awb, companyId, riderId }: Omit<Belongs, 'senderId' | 'recipientId'>): string[] => [
  trackingRoom(awb),
  ...(riderId === null ? [] : [riderRoom(awb, riderId)]),
  fleetRoom(companyId),
  ALL_FLEETS,
];

const load = batched(cachedParcels);

export type Seen = { parcel: StoredParcel; view: View };

/**
 * Those of `awbs` that the user may see. Each that is not there, or not theirs, counts: who tries many runs into the
 * limit, and learns from no answer which of the two it was. Throws RATE_LIMITED.
 */
export const findSeen = async (user: User, awbs: string[]): Promise<Map<string, Seen>> => {
  const caller = callerKey(user);
  const blocked = await blockedFor('misses', caller);
  if (blocked > 0) throw rateLimited(blocked);
  const alive = user.role !== 'guest' || user.awb === undefined || (await areLinksAlive(user));
  const found = alive ? await load(awbs) : new Map<string, StoredParcel>();
  const seen = new Map<string, Seen>();
  for (const awb of awbs) {
    const parcel = found.get(awb);
    const view = parcel && viewOf(user, parcel);
    if (parcel && view) seen.set(awb, { parcel, view });
  }
  const misses = awbs.length - seen.size;
  if (misses > 0) await consume('misses', caller, misses);
  return seen;
};

/** A parcel and the user's view of it. Throws NOT_FOUND where there is none for them, RATE_LIMITED after many of those. */
export const getSeen = async (user: User, awb: string): Promise<Seen> => {
  const seen = (await findSeen(user, [awb])).get(awb);
  if (!seen) throw notFound('Parcel');
  return seen;
};

export const trackingKind = registerStream({
  prefix: 'tracking',
  namespace: '/tracking',
  presence: true,
  views: LESSER_VIEWS,
  room: (awb, view, user) => {
    if (view === 'full') return trackingRoom(awb);
    return view === 'rider' ? riderRoom(awb, user!.id) : viewRoom(awb, view as View);
  },
  authorize: async (user, awbs) =>
    new Map([...(await findSeen(user, awbs))].map(([awb, { view }]): [string, string] => [awb, view])),
  viewFor: async (user, awb) => {
    const parcel = (await load([awb])).get(awb);
    return parcel && viewOf(user, parcel);
  },
  snapshots: async (_user, awbs, views) =>
    new Map(
      [...(await load(awbs))].flatMap(([awb, parcel]) =>
        views.has(awb) ? [[awb, parcelFor(parcel, views.get(awb) as View)] as const] : [],
      ),
    ),
  audience: async (awb) => {
    const parcel = (await load([awb])).get(awb);
    return parcel ? roomsFor(parcel) : null;
  },
  redact: eventFor,
});
