import type { Continuity } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';

type Read = { isFetching: boolean; isPending: boolean; isError: boolean; dataUpdatedAt: number };

/**
 * How true a list is. Whoever hears of every change in it has it live; for others it is read again and again, and says
 * as of when it is.
 */
export const useListFreshness = (
  { isFetching, isPending, isError, dataUpdatedAt }: Read,
  hears: boolean,
): Continuity => {
  const fresh = useFreshness(isPending && isFetching);
  if (fresh.status !== 'live' || dataUpdatedAt === 0) return fresh;
  if (isError) return { status: 'stale', staleSince: dataUpdatedAt };
  return hears ? fresh : { status: 'as-of', staleSince: dataUpdatedAt };
};
