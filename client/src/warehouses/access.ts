import type { User } from '../../../server/contract/auth.ts';

/** What to offer to whom; the server decides again. A supplier's shipments go to other people's warehouses. */

const WRITERS: User['role'][] = ['super_admin', 'admin', 'operator'];

export const mayEditWarehouses = ({ role }: User) => WRITERS.includes(role);
export const maySeeWarehouses = ({ role }: User) => WRITERS.includes(role) || role === 'inspector';
