import type { User } from '../../../server/contract/auth.ts';

/** What to offer to whom. The server decides again; this only spares people buttons that would refuse them. */

const STAFF: User['role'][] = ['super_admin', 'admin', 'operator', 'agent'];

/** Departures are open to everybody who signs in; these are the ones who come for them. */
export const maySeeSeats = ({ role }: User) => STAFF.includes(role) || role === 'customer';
/** Sees who sits where, and may block, move and cancel. */
export const isSeatStaff = ({ role }: User) => STAFF.includes(role);
/** The same for one company's departures: to another's buses they are buyers like everybody. */
export const isStaffOf = (user: User, companyId: string) =>
  user.role === 'super_admin' || (isSeatStaff(user) && user.companyId === companyId);
/** Takes money and decides about other people's tickets. */
export const isDesk = ({ role }: User) => STAFF.includes(role) && role !== 'operator';
/** Sets departures up: by hand, from a timetable, and takes them off. */
export const mayManageRoutes = ({ role }: User) => STAFF.includes(role);
