import { useQuery } from '@tanstack/react-query';
import type { List } from '../../../server/contract/common.ts';
import type { Warehouse } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { useUser } from '../signin/session.ts';
import { maySeeWarehouses } from './access.ts';

export const WAREHOUSES = ['warehouses'] as const;

/** Every warehouse of the company: there are dozens at most, so all pages are read. */
export const useWarehouses = () => {
  const user = useUser();
  return useQuery({
    enabled: !!user && maySeeWarehouses(user),
    queryKey: WAREHOUSES,
    queryFn: async ({ signal }) => {
      const all: Warehouse[] = [];
      const query = new URLSearchParams({ limit: '200' });
      for (;;) {
        const { items, nextCursor } = await request<List<Warehouse>>(`/api/warehouses?${query}`, { signal });
        all.push(...items);
        if (nextCursor === null) return all;
        query.set('cursor', nextCursor);
      }
    },
    staleTime: 60_000,
  });
};
