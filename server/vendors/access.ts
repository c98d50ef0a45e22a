import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import type { Vendor } from '../contract/vendors.ts';
import { badRequest, forbidden } from '../platform/errors.ts';
import { companyAudience, registerTopic } from '../websocket/rooms.ts';
import { registerStream } from '../websocket/streams.ts';
import { findEach } from './lookup.ts';
import { known, locationRoom } from './positions.ts';

/** Every signed-in user may see vendors and where they are; their owner and their company's staff may change them. */

const STAFF: Role[] = ['super_admin', 'admin', 'operator'];
const TOPIC = 'vendors';
registerTopic(TOPIC, STAFF, '/vendor');

/** A company's staff hears of all its vendors without following each. */
export const vendorsAudience = (companyId: string): string[] => companyAudience(companyId, TOPIC);

export const vendorStream = (vendorId: string) => `vendor:${vendorId}`;
const vendorRoom = (vendorId: string) => `vendor:${vendorId}`;

/** Rooms that hear what changes about a vendor. */
export const roomsFor = (vendorId: string, companyId: string): string[] => [
  vendorRoom(vendorId),
  ...vendorsAudience(companyId),
];

const isStaffOf = (user: User, companyId: string) =>
  user.role === 'super_admin' || (STAFF.includes(user.role) && user.companyId === companyId);

/** Throws FORBIDDEN; everybody may know that the vendor exists. */
export const requireOwnerOrStaff = (
  user: User,
  { ownerId, companyId }: Pick<Vendor, 'ownerId' | 'companyId'>,
): void => {
  if (user.role === 'vendor' && user.id === ownerId) return;
  if (!isStaffOf(user, companyId)) throw forbidden('Only this vendor and the staff of its company may do this');
};

/** Throws FORBIDDEN when a message names another user than the one who sends it. */
export const requireSelf = (user: User, userId: string | undefined): void => {
  if (userId !== undefined && userId !== user.id)
    throw forbidden('userId is another user’s; leave it out or send your own');
};

const required = (path: string, message: string) => badRequest(`${path}: ${message}`, [{ path, message }]);

/** Whom and which company a new vendor belongs to. Throws FORBIDDEN for other roles. */
export const ownerFor = (
  user: User,
  named: { ownerId?: string | undefined; companyId?: string | undefined },
): { ownerId: string; companyId: string } => {
  const isVendor = user.role === 'vendor';
  if (!isVendor && !STAFF.includes(user.role)) throw forbidden();
  if (isVendor && named.ownerId !== undefined && named.ownerId !== user.id)
    throw forbidden('A vendor creates vendors of its own only');
  const ownerId = isVendor ? user.id : named.ownerId;
  if (!ownerId) throw required('ownerId', 'name the user this vendor belongs to');
  const companyId = user.companyId ?? named.companyId;
  if (!companyId) throw required('companyId', 'name the company this belongs to');
  return { ownerId, companyId };
};

const readable = async (ids: string[], user: User) => new Map((await findEach(ids, user)).map((one) => [one.id, one]));

export const vendorKind = registerStream({
  prefix: 'vendor',
  namespace: '/vendor',
  room: vendorRoom,
  authorize: async (user, ids) => new Map([...(await readable(ids, user)).keys()].map((id) => [id, 'full'])),
  companyOf: async (id) => (await known(id))?.vendor.companyId,
  snapshots: async (user, ids) => readable(ids, user),
  audience: async (id) => {
    const entry = await known(id);
    return entry ? roomsFor(id, entry.vendor.companyId) : null;
  },
});

/**
 * Where a vendor is, as a stream without history: what is ephemeral has no version, but is followed, resumed and
 * counted like any other.
 */
export const locationKind = registerStream({
  prefix: 'location',
  namespace: '/location',
  room: locationRoom,
  authorize: async (user, ids) => new Map([...(await readable(ids, user)).keys()].map((id) => [id, 'full'])),
  snapshots: async (user, ids) =>
    new Map(
      [...(await readable(ids, user)).values()].map(({ id, location, locatedAt }) => [
        id,
        { vendorId: id, location, timestamp: locatedAt },
      ]),
    ),
  audience: async (id) => [locationRoom(id)],
});
