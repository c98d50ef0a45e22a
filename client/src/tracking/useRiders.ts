import { useQuery } from '@tanstack/react-query';
import { useUser } from '../signin/session.ts';
import { isTrackingStaff } from './access.ts';
import { type Rider, readRiders } from './calls.ts';

/** Whom a parcel may be given to, by name. Only staff know; to others it is empty, and while it is read. */
export const useRiders = (): Rider[] => {
  const user = useUser();
  const { data } = useQuery({
    queryKey: ['tracking', 'riders'],
    queryFn: ({ signal }) => readRiders(signal),
    enabled: user !== undefined && isTrackingStaff(user),
    staleTime: 60_000,
  });
  return data?.items ?? [];
};
