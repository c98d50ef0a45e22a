import { FileUp, type LucideIcon, Ship, Warehouse } from 'lucide-react';
import type { User } from '../../../server/contract/auth.ts';
import { mayCreate } from '../shipments/access.ts';
import { maySeeWarehouses } from '../warehouses/access.ts';

type Place = { path: string; label: string; icon: LucideIcon; allows: (user: User) => boolean };

/** The places of the dashboard, in the order of the menu. A new domain adds its line here. */
export const PLACES: Place[] = [
  { path: '/shipments', label: 'Shipments', icon: Ship, allows: () => true },
  { path: '/warehouses', label: 'Warehouses', icon: Warehouse, allows: maySeeWarehouses },
  { path: '/import', label: 'Import', icon: FileUp, allows: mayCreate },
];
