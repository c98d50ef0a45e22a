import { FileUp, type LucideIcon, Ship, Warehouse } from 'lucide-react';
import type { User } from '../../../server/contract/auth.ts';

type Place = { path: string; label: string; icon: LucideIcon; allows: (user: User) => boolean };

const INSIDE: User['role'][] = ['super_admin', 'admin', 'operator', 'inspector'];
const WRITERS: User['role'][] = ['super_admin', 'admin', 'operator'];

/** The places of the dashboard, in the order of the menu. A new domain adds its line here. */
export const PLACES: Place[] = [
  { path: '/shipments', label: 'Shipments', icon: Ship, allows: () => true },
  { path: '/warehouses', label: 'Warehouses', icon: Warehouse, allows: ({ role }) => INSIDE.includes(role) },
  { path: '/import', label: 'Import', icon: FileUp, allows: ({ role }) => WRITERS.includes(role) },
];
