import {
  Bike,
  Bus,
  FileUp,
  Footprints,
  type LucideIcon,
  MapPin,
  Package,
  Ship,
  ShoppingBag,
  Store,
  Warehouse,
} from 'lucide-react';
import type { User } from '../../../server/contract/auth.ts';
import { maySeeCommerce } from '../commerce/access.ts';
import { mayTrace } from '../operations/access.ts';
import { maySeeSeats } from '../seats/access.ts';
import { mayCreate, maySeeShipments } from '../shipments/access.ts';
import { isRider, maySeeParcels } from '../tracking/access.ts';
import { hasStall } from '../vendors/access.ts';
import { maySeeWarehouses } from '../warehouses/access.ts';

export type Place = {
  path: string;
  label: string;
  icon: LucideIcon;
  /** Whether the menu offers it. */
  allows: (user: User) => boolean;
  /** Whoever was sent an address in it may come: a departure, or a parcel of theirs. */
  takesGuests?: boolean;
};

/** The places of the dashboard, in the order of the menu. A new domain adds its line here. */
export const PLACES: Place[] = [
  { path: '/shipments', label: 'Shipments', icon: Ship, allows: maySeeShipments },
  { path: '/warehouses', label: 'Warehouses', icon: Warehouse, allows: maySeeWarehouses },
  { path: '/tracking', label: 'Parcels', icon: Package, allows: maySeeParcels, takesGuests: true },
  { path: '/tracking', label: 'My round', icon: Bike, allows: isRider },
  { path: '/seats', label: 'Bus seats', icon: Bus, allows: maySeeSeats, takesGuests: true },
  { path: '/stall', label: 'My stall', icon: Store, allows: hasStall },
  { path: '/vendors', label: 'Vendors', icon: MapPin, allows: () => true },
  { path: '/commerce', label: 'Commerce', icon: ShoppingBag, allows: maySeeCommerce },
  { path: '/import', label: 'Import', icon: FileUp, allows: mayCreate },
  { path: '/trace', label: 'Who saw it', icon: Footprints, allows: mayTrace },
];

/** Whether an address lies in this place. */
export const isAt = ({ path }: Place, location: string): boolean =>
  location === path || location.startsWith(`${path}/`);

/** The place at an address when it is not open to this person; undefined when it is, and for an address of no place. */
export const closedPlace = (user: User, location: string): Place | undefined => {
  const here = PLACES.filter((place) => isAt(place, location));
  return here.some(({ allows, takesGuests }) => takesGuests || allows(user)) ? undefined : here[0];
};
