import type { User } from '../../../server/contract/auth.ts';
import type { Vendor } from '../../../server/contract/vendors.ts';

/** What to offer to whom; the server decides again. Everybody who is signed in may see vendors and where they are. */

const STAFF: User['role'][] = ['super_admin', 'admin', 'operator'];

export const isVendorStaff = ({ role }: User) => STAFF.includes(role);
export const hasStall = ({ role }: User) => role === 'vendor';

/** The owner and the company's staff: they change it, and see where it has been. */
export const mayChangeVendor = (user: User, { ownerId, companyId }: Pick<Vendor, 'ownerId' | 'companyId'>) =>
  user.role === 'super_admin' ||
  (hasStall(user) && user.id === ownerId) ||
  (isVendorStaff(user) && user.companyId === companyId);
