import { Ban, Building2, CircleCheck, CircleX, PackageOpen, PackagePlus, Truck, Undo2, Van } from 'lucide-react';
import type { BadgeLook } from '../app/Badge.tsx';
import type { Tone } from '../map/types.ts';
import type { ParcelStatus } from './wire.ts';

/** The map has the same tones for its markers. `sentence` is for the one who waits for the parcel. */
type Look = BadgeLook & { tone: Tone; sentence: string };

export const STATUS: Record<ParcelStatus, Look> = {
  CREATED: { label: 'Created', icon: PackagePlus, tone: 'gray', sentence: 'The sender is preparing your parcel.' },
  PICKED_UP: { label: 'Picked up', icon: PackageOpen, tone: 'violet', sentence: 'Your parcel was picked up.' },
  IN_TRANSIT: { label: 'In transit', icon: Truck, tone: 'tide', sentence: 'Your parcel is on its way.' },
  AT_HUB: { label: 'At hub', icon: Building2, tone: 'violet', sentence: 'Your parcel waits at a hub.' },
  OUT_FOR_DELIVERY: {
    label: 'Out for delivery',
    icon: Van,
    tone: 'amber',
    sentence: 'Your rider is on the way to you.',
  },
  DELIVERED: { label: 'Delivered', icon: CircleCheck, tone: 'green', sentence: 'Your parcel was delivered.' },
  FAILED_ATTEMPT: {
    label: 'Failed attempt',
    icon: CircleX,
    tone: 'red',
    sentence: 'The rider could not hand it over and will try again.',
  },
  RETURNED: { label: 'Returned', icon: Undo2, tone: 'gray', sentence: 'Your parcel went back to the sender.' },
  CANCELLED: { label: 'Cancelled', icon: Ban, tone: 'gray', sentence: 'This delivery was cancelled.' },
};

export const STATUSES = Object.keys(STATUS) as ParcelStatus[];
const FINAL: ParcelStatus[] = ['DELIVERED', 'RETURNED', 'CANCELLED'];
export const isFinal = (status: ParcelStatus): boolean => FINAL.includes(status);

/** The way of a delivery that goes well, for the one who waits for it. */
export const STEPS: ParcelStatus[] = ['CREATED', 'PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];
const AT_STEP: Partial<Record<ParcelStatus, number>> = { AT_HUB: 2, FAILED_ATTEMPT: 3 };
export const stepOf = (status: ParcelStatus): number => AT_STEP[status] ?? STEPS.indexOf(status);
