import type { User } from '../contract/auth.ts';
import type { Bounds, ChangeVendor, Position, Vendor } from '../contract/vendors.ts';

/**
 * Vendors may live in other services; then this server is their gateway. Whoever can reach them (the gRPC integration)
 * says so here, and the domain asks them instead of its own tables.
 */

export type Located = { vendorId: string; location: Position; at: number };

export type VendorService = {
  getVendor: (user: User, id: string) => Promise<Vendor>;
  updateVendor: (user: User, id: string, change: ChangeVendor) => Promise<Vendor>;
};
export type LocationService = {
  updateLocation: (user: User, id: string, location: Position, at: number) => Promise<Located>;
  /** Null: never reported. */
  getLocation: (user: User, id: string) => Promise<Located | null>;
  nearby: (
    user: User,
    center: { lat: number; long: number },
    radius: number,
    limit: number,
  ) => Promise<(Located & { distanceMeters: number })[]>;
};

/** What is set is asked; what is null is ours. */
export const elsewhere: { vendors: VendorService | null; locations: LocationService | null } = {
  vendors: null,
  locations: null,
};

/** The circle around bounds, to ask for what is near instead of what is in them. */
export const centerOf = ({ north, south, east, west }: Bounds) => {
  const width = west <= east ? east - west : 360 - west + east;
  const long = west + width / 2;
  return { lat: (north + south) / 2, long: long > 180 ? long - 360 : long };
};
