import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DEPARTURES_KEY, readDepartures } from './calls.ts';
import { type Search, toQuery } from './filters.ts';
import { useListFreshness } from './useListFreshness.ts';

const PAGE = 50;
/** How full each one is changes all day. Staff hear of it; for everybody else the list is read again this often. */
const READ_AGAIN_MS = 15_000;

/** Departures ahead that pass the search, the next one first. */
export const useDepartures = (search: Search, staff: boolean) => {
  const query = useInfiniteQuery({
    queryKey: [...DEPARTURES_KEY, search],
    queryFn: ({ pageParam, signal }) => {
      const asked = toQuery(search);
      asked.set('limit', String(PAGE));
      if (pageParam) asked.set('cursor', pageParam);
      return readDepartures(asked, signal);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    refetchOnMount: 'always',
    refetchInterval: staff ? false : READ_AGAIN_MS,
  });
  const fresh = useListFreshness(query, staff);
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const places = useMemo(
    () => [...new Set(rows.flatMap(({ origin, destination }) => [origin, destination]))].sort(),
    [rows],
  );
  return { ...query, rows, places, fresh };
};
