import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { useUser } from '../signin/session.ts';
import { hearsAll } from './access.ts';
import { useCatchingUp, useCaughtUpAt } from './feed.ts';

/**
 * The list is fresh when the connection is and what was missed has been read. Whoever does not hear of every shipment
 * has it read again and again, and is told as of when it is.
 */
export const ListBadge = () => {
  const user = useUser();
  const fresh = useFreshness(useCatchingUp());
  const caughtUpAt = useCaughtUpAt();
  const polled = fresh.status === 'live' && user && !hearsAll(user);
  return <ContinuityBadge of={polled ? { status: 'as-of', staleSince: caughtUpAt } : fresh} label="This list" />;
};
