import type { User } from '../../../server/contract/auth.ts';

/** What to offer to whom. The server decides again; this only spares people buttons that would refuse them. */

const WRITERS: User['role'][] = ['super_admin', 'admin', 'operator'];

/** Whether events of every shipment one may see arrive by themselves; a supplier hears only of those it has open. */
export const hearsAll = ({ role }: User) => WRITERS.includes(role) || role === 'inspector';

/** For everybody else shipments are no part of their work. */
export const maySeeShipments = (user: User) => hearsAll(user) || user.role === 'supplier';

export const mayCreate = ({ role }: User) => WRITERS.includes(role);
export const mayChangeStatus = ({ role }: User) => WRITERS.includes(role);
export const mayReject = ({ role }: User) => WRITERS.includes(role);
export const mayInspect = ({ role }: User) => WRITERS.includes(role) || role === 'inspector';
export const mayUpload = ({ role }: User) => WRITERS.includes(role) || role === 'inspector' || role === 'supplier';
export const mayVerify = ({ role }: User) => WRITERS.includes(role);
