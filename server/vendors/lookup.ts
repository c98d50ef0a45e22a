import type { User } from '../contract/auth.ts';
import type { Vendor } from '../contract/vendors.ts';
import { batched } from '../platform/batch.ts';
import { AppError, notFound } from '../platform/errors.ts';
import { readHeads } from '../websocket/history.ts';
import { elsewhere } from './elsewhere.ts';
import { withPosition } from './positions.ts';
import { findVendors } from './store.ts';
import { put } from './vendorIndex.ts';

/** Reading vendors by id, wherever they live. */

/** Those whom many sockets ask for in one tick are read once. */
const load = batched(async (ids) => new Map((await findVendors(ids)).map((vendor) => [vendor.id, vendor])));

/** More questions at once than this would only wait at the other service. */
const AT_ONCE = 10;

const ask = async (user: User, id: string): Promise<Vendor | undefined> => {
  try {
    return await elsewhere.vendors!.getVendor(user, id);
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};

/** Vendors of the other service, with the versions of the streams that this server keeps for them. */
const askEach = async (user: User, ids: string[]): Promise<Vendor[]> => {
  const found: Vendor[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE)
    for (const vendor of await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => ask(user, id))))
      if (vendor) found.push(vendor);
  const heads = await readHeads(found.map(({ id }) => `vendor:${id}`));
  return found.map((vendor) => ({ ...vendor, version: heads.get(`vendor:${vendor.id}`)! }));
};

const withLocation = async (user: User, vendor: Vendor): Promise<Vendor> => {
  const located = await elsewhere.locations!.getLocation(user, vendor.id);
  return located
    ? { ...vendor, location: located.location, locatedAt: new Date(located.at).toISOString() }
    : { ...vendor, location: null, locatedAt: null };
};

/** Those of `ids` that exist, with where they are. */
export const findEach = async (ids: string[], user: User): Promise<Vendor[]> => {
  let vendors: Vendor[];
  if (elsewhere.vendors) vendors = await askEach(user, ids);
  else {
    const found = await load(ids);
    vendors = ids.flatMap((id) => found.get(id) ?? []);
  }
  if (elsewhere.locations) vendors = await Promise.all(vendors.map((vendor) => withLocation(user, vendor)));
  // What other services told is remembered, so that maps can show it.
  if (elsewhere.vendors || elsewhere.locations) for (const vendor of vendors) put(vendor);
  return vendors.map(withPosition);
};

/** Throws NOT_FOUND. */
export const getVendor = async (user: User, id: string): Promise<Vendor> => {
  const [vendor] = await findEach([id], user);
  if (!vendor) throw notFound('Vendor');
  return vendor;
};
