import type { User } from '../../../server/contract/auth.ts';

/** What to offer to whom. The server decides again; this only spares people buttons that would refuse them. */

const STAFF: User['role'][] = ['super_admin', 'admin', 'operator'];
const isStaff = ({ role }: User) => STAFF.includes(role);

export const maySeeCommerce = (user: User) => isStaff(user) || user.role === 'merchant' || user.role === 'customer';
/** Whoever works on orders rather than waiting for one. */
export const worksOnOrders = (user: User) => isStaff(user) || user.role === 'merchant';
export const maySeeStock = worksOnOrders;
export const maySeeOnline = isStaff;
export const mayAnnounce = ({ role }: User) => role === 'super_admin' || role === 'admin';
export const mayUseWebhooks = mayAnnounce;
export const maySeeOperations = ({ role }: User) => role === 'super_admin';
