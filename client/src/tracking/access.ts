import type { User } from '../../../server/contract/auth.ts';

/** What to offer to whom. The server decides again; this only spares people buttons that would refuse them. */

const STAFF: User['role'][] = ['super_admin', 'admin', 'operator'];

export const isTrackingStaff = ({ role }: User) => STAFF.includes(role);
export const maySeeParcels = (user: User) => isTrackingStaff(user) || ['merchant', 'customer'].includes(user.role);
export const isRider = ({ role }: User) => role === 'rider';
export const mayCreateParcel = (user: User) => isTrackingStaff(user) || user.role === 'merchant';
export const mayShare = (user: User) => isTrackingStaff(user) || user.role === 'merchant';
