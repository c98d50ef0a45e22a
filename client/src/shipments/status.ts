import {
  Anchor,
  Ban,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Hourglass,
  type LucideIcon,
  PackageCheck,
  ScanSearch,
  Ship,
  Warehouse,
} from 'lucide-react';
import type { InspectionStatus, Shipment, ShipmentStatus } from '../../../server/contract/shipments.ts';
import type { BadgeLook } from '../app/Badge.tsx';

export const STATUS: Record<ShipmentStatus, BadgeLook> = {
  planned: { label: 'Planned', icon: CalendarClock, tone: 'gray' },
  in_transit: { label: 'In transit', icon: Ship, tone: 'blue' },
  arrived: { label: 'Arrived', icon: Anchor, tone: 'violet' },
  inspecting: { label: 'Inspecting', icon: ScanSearch, tone: 'amber' },
  received: { label: 'Received', icon: PackageCheck, tone: 'tide' },
  stored: { label: 'Stored', icon: Warehouse, tone: 'green' },
  rejected: { label: 'Rejected', icon: Ban, tone: 'red' },
  cancelled: { label: 'Cancelled', icon: CircleSlash, tone: 'faded' },
};
export const STATUSES = Object.keys(STATUS) as ShipmentStatus[];

export const INSPECTION: Record<InspectionStatus, { label: string; icon: LucideIcon }> = {
  pending: { label: 'Pending', icon: CircleDashed },
  in_progress: { label: 'In progress', icon: Hourglass },
  passed: { label: 'Passed', icon: CircleCheck },
  failed: { label: 'Failed', icon: CircleX },
};
export const INSPECTION_STATUSES = Object.keys(INSPECTION) as InspectionStatus[];

/** The way of a shipment that goes well. A step may be skipped, never taken back. */
export const STEPS = ['planned', 'in_transit', 'arrived', 'inspecting', 'received', 'stored'] as const;
export type Step = (typeof STEPS)[number];

export const stepOf = (status: ShipmentStatus): number => STEPS.indexOf(status as Step);
export const nextSteps = (status: ShipmentStatus): Step[] => {
  const at = stepOf(status);
  return at < 0 ? [] : STEPS.slice(at + 1);
};
export const canBeRejected = ({ status }: Shipment) =>
  ['in_transit', 'arrived', 'inspecting', 'received'].includes(status);
export const canBeCancelled = ({ status }: Shipment) => ['planned', 'in_transit'].includes(status);

/** The words for a status in a timeline entry or event, which may hold one this dashboard does not know yet. */
export const statusLabel = (status: string): string =>
  STATUS[status as ShipmentStatus]?.label ?? INSPECTION[status as InspectionStatus]?.label ?? status;
