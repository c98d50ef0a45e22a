import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { List, ServerEvent } from '../../../server/contract/common.ts';
import type { Vendor, VendorUpdated } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import { useUser } from '../signin/session.ts';
import { useVendors, vendorClient } from './connections.ts';
import { advance, VENDORS } from './useVendor.ts';

/** Those who report for the first time are found by reading again; everything else is told. */
const READ_MS = 30_000;

const readAll = async (companyId: string | null, signal: AbortSignal): Promise<Vendor[]> => {
  const all: Vendor[] = [];
  const query = new URLSearchParams({ limit: '200' });
  if (companyId) query.set('companyId', companyId);
  for (;;) {
    const { items, nextCursor } = await request<List<Vendor>>(`/api/vendors?${query}`, { signal });
    all.push(...items);
    if (nextCursor === null) return all;
    query.set('cursor', nextCursor);
  }
};

type Updated = ServerEvent & VendorUpdated;
type Created = ServerEvent & { vendorId: string; vendor: Vendor };

/** Every vendor of the operator's company, kept true by what its staff is told. */
export const useOverview = () => {
  const client = useQueryClient();
  const user = useUser();
  const companyId = user?.companyId ?? null;
  const key = useMemo(() => [...VENDORS, 'list', 'company', companyId], [companyId]);
  const query = useQuery({
    queryKey: key,
    enabled: user !== undefined,
    queryFn: async ({ signal }) => {
      const read = await readAll(companyId, signal);
      // An event may have been quicker than the answer.
      const held = new Map(client.getQueryData<Vendor[]>(key)?.map((vendor) => [vendor.id, vendor]));
      return read.map((vendor) => {
        const known = held.get(vendor.id);
        return known && known.version > vendor.version ? { ...known, location: vendor.location } : vendor;
      });
    },
    refetchInterval: READ_MS,
  });

  useEffect(() => {
    const change = (update: (held: Vendor[]) => Vendor[]) =>
      client.setQueryData<Vendor[]>(key, (held) => held && update(held));
    const stops = [
      vendorClient.on<Updated>('vendor_updated', (event) =>
        change((held) =>
          held.map((vendor) =>
            vendor.id === event.vendorId && vendor.version < event.version ? advance(vendor, event) : vendor,
          ),
        ),
      ),
      vendorClient.on<Created>('vendor:created', ({ vendor }) =>
        change((held) => (held.some(({ id }) => id === vendor.id) ? held : [...held, vendor])),
      ),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, key]);

  const { status, staleSince } = useVendors();
  useEffect(() => {
    if (status === 'live') void client.invalidateQueries({ queryKey: key });
  }, [status, client, key]);
  const catchingUp = status === 'live' && query.isPending;
  return { ...query, continuity: { status: catchingUp ? ('catching-up' as const) : status, staleSince } };
};
