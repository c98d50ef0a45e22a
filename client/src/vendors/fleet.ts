import type { AreaVendor, Position, VendorBrief } from '../../../server/contract/vendors.ts';
import { type Colour, colourOf } from './category.ts';
import { project } from './mercator.ts';
import { type Motion, moveTo, standing } from './motion.ts';

/**
 * The vendors that a map shows now. Positions are written into the markers in place, since thousands may come in a
 * second and a canvas reads them at every frame; who is there, and what they are, is told to listeners.
 */

export type Marker = {
  readonly id: string;
  vendor: VendorBrief;
  /** Of its category; asked for at every frame. */
  colour: Colour;
  location: Position;
  /** When the vendor was there, in milliseconds since 1970 by the server's clock. */
  at: number;
  motion: Motion;
};

type Located = Pick<AreaVendor, 'locatedAt'> & VendorBrief & { location: Position | null };

export type LocationEvent = {
  vendorId: string;
  location: Position;
  timestamp: string;
  left?: true | undefined;
  vendor?: VendorBrief | undefined;
};

const sameVendor = (a: VendorBrief, b: VendorBrief) =>
  a.name === b.name && a.description === b.description && a.category === b.category && a.isOpen === b.isOpen;

export type Fleet = ReturnType<typeof createFleet>;

export const createFleet = (monotonic: () => number = () => performance.now()) => {
  const markers = new Map<string, Marker>();
  const members = new Set<() => void>();
  const moves = new Set<() => void>();
  /** Changes when somebody came, left or became something else; not when they moved. */
  let revision = 0;

  const tellMembers = () => {
    revision += 1;
    for (const listener of members) listener();
  };
  const tellMoves = () => {
    for (const listener of moves) listener();
  };

  const put = (vendor: VendorBrief, location: Position, at: number): boolean => {
    const now = monotonic();
    const spot = project(location.lat, location.long);
    const known = markers.get(vendor.id);
    if (!known) {
      markers.set(vendor.id, {
        id: vendor.id,
        vendor,
        colour: colourOf(vendor.category),
        location,
        at,
        motion: standing(spot, now),
      });
      return true;
    }
    move(known, location, at);
    return rename(known, vendor);
  };

  const move = (marker: Marker, location: Position, at: number) => {
    // Newest wins, whichever way it came.
    if (at < marker.at) return;
    const isNew = at > marker.at;
    marker.at = at;
    if (!isNew && marker.location.lat === location.lat && marker.location.long === location.long) return;
    marker.location = location;
    marker.motion = moveTo(marker.motion, project(location.lat, location.long), monotonic());
  };

  const rename = (marker: Marker, vendor: VendorBrief): boolean => {
    if (sameVendor(marker.vendor, vendor)) return false;
    marker.vendor = vendor;
    marker.colour = colourOf(vendor.category);
    return true;
  };

  return {
    markers: markers as ReadonlyMap<string, Marker>,
    revision: () => revision,
    /** All of an area as the server answered it: whoever is not in it has gone. */
    takeArea: (vendors: Located[]): void => {
      const seen = new Set<string>();
      for (const vendor of vendors) {
        if (!vendor.location || !vendor.locatedAt) continue;
        seen.add(vendor.id);
        put(vendor, vendor.location, Date.parse(vendor.locatedAt));
      }
      for (const id of [...markers.keys()]) if (!seen.has(id)) markers.delete(id);
      tellMembers();
      tellMoves();
    },
    takeEvent: ({ vendorId, location, timestamp, left, vendor }: LocationEvent): void => {
      const at = Date.parse(timestamp);
      const known = markers.get(vendorId);
      if (left) {
        if (!known || at < known.at) return;
        markers.delete(vendorId);
        tellMembers();
      } else if (vendor) {
        if (put(vendor, location, at)) tellMembers();
      } else if (known) move(known, location, at);
      tellMoves();
    },
    /** What a vendor is now, from elsewhere: its own page hears of it before the map does. */
    takeVendor: (vendor: VendorBrief): void => {
      const known = markers.get(vendor.id);
      if (!known || !rename(known, vendor)) return;
      tellMembers();
      tellMoves();
    },
    clear: (): void => {
      markers.clear();
      tellMembers();
      tellMoves();
    },
    onMembers: (listener: () => void) => {
      members.add(listener);
      return () => void members.delete(listener);
    },
    onMoves: (listener: () => void) => {
      moves.add(listener);
      return () => void moves.delete(listener);
    },
  };
};
