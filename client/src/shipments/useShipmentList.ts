import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { listKey } from './cache.ts';
import { recentChange, useChangeTick } from './changes.ts';
import { type Filters, matches, toQuery } from './filters.ts';

const PAGE = 200;

/** The rows that pass the filters, as far as they were read, newest first, kept live. */
export const useShipmentList = (filters: Filters) => {
  const query = useInfiniteQuery({
    queryKey: listKey(filters),
    queryFn: ({ pageParam, signal }) => {
      const search = toQuery(filters);
      search.set('limit', String(PAGE));
      if (pageParam) search.set('cursor', pageParam);
      return request<List<Shipment>>(`/api/shipments?${search}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    // Events keep it true; re-reading 50 pages because a window got focus would be waste.
    staleTime: Number.POSITIVE_INFINITY,
    // patchPages keeps every row that did not change. Comparing all 10,000 again took half of a batch's time.
    structuralSharing: false,
  });

  const { data } = query;
  const tick = useChangeTick();
  const rows = useMemo(() => {
    const seen = new Set<string>();
    const kept: Shipment[] = [];
    for (const page of data?.pages ?? [])
      for (const shipment of page.items) {
        // A row that was added live shifts the next page by one: the same row can come twice.
        if (seen.has(shipment.id)) continue;
        seen.add(shipment.id);
        // One that has just left the filter stays for a moment and says why.
        if (matches(shipment, filters) || recentChange(shipment.id)) kept.push(shipment);
      }
    return kept;
  }, [data, filters, tick]);

  return { ...query, rows };
};
