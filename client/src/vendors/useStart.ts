import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import type { List } from '../../../server/contract/common.ts';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import { VENDORS, vendorKey, vendorPath } from './useVendor.ts';

type View = { lat: number; long: number; zoom: number };

const KEY = 'waybeat.vendors.view';

/** Where the map was when it was left, on this device. */
const kept = (): View | undefined => {
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? 'null') as View | null;
    return read && [read.lat, read.long, read.zoom].every(Number.isFinite) ? read : undefined;
  } catch {
    return undefined;
  }
};

export const keepView = (view: View): void => localStorage.setItem(KEY, JSON.stringify(view));

const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Where the map begins: at the vendor that was asked for, where it was left, or else where vendors are. */
export const useStart = (selected: string | null): View | undefined => {
  const first = useRef(selected);
  const before = useMemo(kept, []);
  const asked = first.current;
  const one = useQuery({
    queryKey: asked === null ? ['vendors', 'none'] : vendorKey(asked),
    enabled: asked !== null,
    queryFn: ({ signal }) => request<Vendor>(vendorPath(asked!), { signal }),
  });
  const some = useQuery({
    queryKey: [...VENDORS, 'list', 'some'],
    enabled: asked === null && before === undefined,
    queryFn: ({ signal }) => request<List<Vendor>>('/api/vendors?limit=200', { signal }),
    staleTime: 60_000,
  });
  const place = one.data?.location;
  return useMemo(() => {
    if (asked !== null) return place ? { ...place, zoom: 15 } : before;
    if (before) return before;
    const places = some.data?.items.flatMap(({ location }) => location ?? []) ?? [];
    if (places.length === 0) return undefined;
    // The middle one rather than the average: one far away must not put the map into the sea.
    return { lat: middle(places.map(({ lat }) => lat)), long: middle(places.map(({ long }) => long)), zoom: 13 };
  }, [asked, place, before, some.data]);
};
