import type { User } from '../contract/auth.ts';
import type {
  Bounds,
  ChangeVendor,
  CreateVendor,
  NearbyQuery,
  NearbyVendor,
  Position,
  Vendor,
  VendorQuery,
} from '../contract/vendors.ts';
import { MAX_NEARBY } from '../contract/vendors.ts';
import { afterCommit, transaction } from '../platform/database.ts';
import { notFound, unprocessable } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { ownerFor, requireOwnerOrStaff } from './access.ts';
import { centerOf, elsewhere } from './elsewhere.ts';
import { distanceMeters } from './geography.ts';
import { findEach, getVendor } from './lookup.ts';
import { known, noteVendor, takePosition, takePositionNow, withPosition } from './positions.ts';
import * as store from './store.ts';
import { emitVendorCreated, emitVendorUpdated } from './vendorEvents.ts';
import { type Entry, findEntry, nearest, put } from './vendorIndex.ts';

/** What can be done with vendors. HTTP, Socket.IO, raw sockets and gRPC all come by here. */

/** Ours to add to and to list only while they are ours. */
const requireOurs = () => {
  if (elsewhere.vendors) throw unprocessable('Vendors live in another service here; create and list them there');
};

export const createVendor = (user: User, body: CreateVendor): Promise<Vendor> =>
  transaction(async () => {
    const { ownerId, companyId } = ownerFor(user, body);
    requireOurs();
    const vendor = await store.insertVendor(companyId, ownerId, body);
    await emitVendorCreated(vendor);
    afterCommit(() => noteVendor(vendor));
    return vendor;
  });

export const listVendors = async (filter: VendorQuery) => {
  requireOurs();
  const { items, nextCursor } = await store.listVendors(filter);
  return { items: items.map(withPosition), nextCursor };
};

const changeOurs = async (user: User, id: string, change: ChangeVendor, expected: number | undefined) => {
  const before = await store.lockVendor(id);
  requireOwnerOrStaff(user, before);
  requireVersion(expected, before.version);
  return store.updateVendor(id, change);
};

const changeTheirs = async (user: User, id: string, change: ChangeVendor, expected: number | undefined) => {
  const before = await getVendor(user, id);
  requireVersion(expected, before.version);
  const { name, description, category, isOpen } = await elsewhere.vendors!.updateVendor(user, id, change);
  return { ...before, name, description, category, isOpen, updatedAt: new Date().toISOString() };
};

/** Changes a vendor and tells its followers. `expected` is the version the caller decided on. */
export const changeVendor = (
  user: User,
  id: string,
  change: ChangeVendor,
  expected: number | undefined,
): Promise<Vendor> =>
  transaction(async () => {
    const changed = await (elsewhere.vendors ? changeTheirs : changeOurs)(user, id, change, expected);
    const version = await emitVendorUpdated(changed, user.username);
    const vendor = withPosition({ ...changed, version });
    afterCommit(() => noteVendor(vendor));
    return vendor;
  });

/** The vendor as this node knows it. In gateway mode it is asked for once, and then remembered. */
const entryOf = async (user: User, id: string): Promise<Entry> => {
  const entry = elsewhere.vendors ? put(await getVendor(user, id)).entry : await known(id);
  if (!entry) throw notFound('Vendor');
  return entry;
};

/** Takes a position from the vendor it is about. With `now` it is written before the answer. */
export const reportLocation = async (
  user: User,
  id: string,
  location: Position,
  { at = Date.now(), now = false }: { at?: number; now?: boolean } = {},
): Promise<Entry> => {
  if (elsewhere.locations) {
    // Asked for once: what a position needs of its vendor does not change.
    const entry = findEntry(id) ?? (await entryOf(user, id));
    // Whether this user may is that service's to say; ours says it sooner where the vendor is ours.
    if (!elsewhere.vendors) requireOwnerOrStaff(user, entry.vendor);
    const taken = await elsewhere.locations.updateLocation(user, id, location, at);
    return takePosition(entry, { ...location, ...taken.location }, taken.at, false);
  }
  const entry = await entryOf(user, id);
  requireOwnerOrStaff(user, entry.vendor);
  return now ? takePositionNow(entry, location) : takePosition(entry, location, at);
};

/** Vendors with distances, nearest first. */
export const nearbyVendors = async (user: User, query: NearbyQuery): Promise<NearbyVendor[]> => {
  const center = { lat: query.lat, long: query.long };
  const matches = ({ category, isOpen }: Vendor) =>
    (query.category === undefined || category === query.category) &&
    (query.isOpen === undefined || isOpen === query.isOpen);
  if (!elsewhere.locations)
    return nearest(center, query.radius, query.limit, matches).map(({ vendor, distanceMeters: meters }) => ({
      ...vendor,
      distanceMeters: meters,
    }));
  const found = await elsewhere.locations.nearby(user, center, query.radius, query.limit);
  const vendors = new Map(
    (
      await findEach(
        found.map(({ vendorId }) => vendorId),
        user,
      )
    ).map((vendor) => [vendor.id, vendor]),
  );
  return found.flatMap(({ vendorId, distanceMeters: meters }) => {
    const vendor = vendors.get(vendorId);
    return vendor && matches(vendor) ? [{ ...vendor, distanceMeters: meters }] : [];
  });
};

/** In gateway mode: learns who is in `bounds`, so that the map can show them. */
export const learnArea = async (user: User, bounds: Bounds): Promise<void> => {
  if (!elsewhere.locations) return;
  const center = centerOf(bounds);
  const corners = [bounds.north, bounds.south].flatMap((lat) =>
    [bounds.east, bounds.west].map((long) => ({ lat, long })),
  );
  const radius = Math.max(1, ...corners.map((corner) => distanceMeters(center, corner)));
  const found = await elsewhere.locations.nearby(user, center, radius, MAX_NEARBY);
  await findEach(
    found.map(({ vendorId }) => vendorId),
    user,
  );
};
