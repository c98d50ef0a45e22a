import { infiniteQueryOptions } from '@tanstack/react-query';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { listKey } from './cache.ts';
import { type Filters, toQuery } from './filters.ts';

const PAGE = 200;

/** How a list is read, page by page; apart from the screen, so that it can be asked for before the screen is there. */
export const listQuery = (filters: Filters) =>
  infiniteQueryOptions({
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
