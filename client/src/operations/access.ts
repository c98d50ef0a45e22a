import type { User } from '../../../server/contract/auth.ts';

/** What to offer to whom. The server decides again; this only spares people pages that would refuse them. */
export const mayTrace = ({ role }: User) => role === 'super_admin' || role === 'admin';
