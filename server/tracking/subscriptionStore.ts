import type { User } from '../contract/auth.ts';
import type { ActiveSubscription } from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { presenceWritten } from '../websocket/viewerStore.ts';

/** How many sockets, on all nodes, follow each parcel; of one company, or of all. Most followed first. */
export const getActiveSubscriptions = async (companyId: string | null = null): Promise<ActiveSubscription[]> => {
  await presenceWritten();
  return query<ActiveSubscription>(
    `select p.awb, count(distinct v.socket_id)::int as subscribers
     from viewers v join parcels p on p.awb = split_part(substr(v.room, 10), '/', 1)
     where v.room like 'tracking-%' and ($1::text is null or p.company_id = $1)
     group by p.awb order by subscribers desc, p.awb`,
    [companyId],
  );
};

/** The same for whoever asks: staff of a company see its own. */
export const subscriptionsFor = ({ role, companyId }: User): Promise<ActiveSubscription[]> =>
  getActiveSubscriptions(role === 'super_admin' ? null : companyId);
