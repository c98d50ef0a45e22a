import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Vendor, VendorUpdated } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { useStream } from '../hooks/useStream.ts';
import type { OpenStreamArgs } from '../streams/types.ts';

export const VENDORS = ['vendors'] as const;
export const vendorKey = (id: string) => ['vendors', 'one', id] as const;
export const vendorPath = (id: string) => `/api/vendors/${encodeURIComponent(id)}`;

export const advance = (state: Vendor, { vendor, version }: VendorUpdated): Vendor => ({
  ...state,
  ...vendor,
  version,
});

const streamOf = (id: string): OpenStreamArgs<Vendor> => ({
  stream: `vendor:${id}`,
  namespace: '/vendor',
  join: { event: 'subscribe_vendor', payload: { vendorId: id } },
  leave: { event: 'unsubscribe_vendor', payload: { vendorId: id } },
  fromSnapshot: (snapshot, version) => ({ ...(snapshot as Vendor), version }),
  reduce: (state, event) => advance(state, event as unknown as VendorUpdated),
});

/** One vendor, read once and then kept by its stream: what was missed meanwhile included. */
export const useVendor = (id: string) => {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: vendorKey(id),
    queryFn: async ({ signal }) => {
      const read = await request<Vendor>(vendorPath(id), { signal });
      // The stream may have been quicker.
      const held = client.getQueryData<Vendor>(vendorKey(id));
      return held && held.version > read.version ? held : read;
    },
    staleTime: 30_000,
  });
  const { state, status, staleSince } = useStream(useMemo(() => streamOf(id), [id]));
  useEffect(() => {
    if (!state) return;
    client.setQueryData<Vendor>(vendorKey(id), (held) => (held && held.version >= state.version ? held : state));
  }, [client, id, state]);
  const continuity: Continuity = { status: status === 'catching_up' ? 'catching-up' : status, staleSince };
  return { vendor: query.data, error: query.error, isPending: query.isPending, refetch: query.refetch, continuity };
};
