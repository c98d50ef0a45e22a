import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { recentChange, useChangeTick } from './changes.ts';
import { type Filters, matches } from './filters.ts';
import { listQuery } from './listQuery.ts';

/** The rows that pass the filters, as far as they were read, newest first, kept live. */
export const useShipmentList = (filters: Filters) => {
  const query = useInfiniteQuery(listQuery(filters));
  const { data } = query;
  const tick = useChangeTick();
  const rows = useMemo(
    () =>
      (data?.pages ?? []).flatMap(({ items }) =>
        // One that has just left the filter stays for a moment and says why.
        items.filter((shipment) => matches(shipment, filters) || recentChange(shipment.id)),
      ),
    [data, filters, tick],
  );

  return { ...query, rows };
};
