import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { shipmentKey } from './cache.ts';

export const shipmentPath = (id: string) => `/api/shipments/${encodeURIComponent(id)}`;

/** What hangs on a shipment and is read apart from it; read again when its version moves. */
export const partKey = (id: string, part: 'timeline' | 'documents' | 'inspection') => ['shipments', part, id] as const;

/** One shipment, read once and then kept by its stream (see `useShipmentStream`) and the feed. */
export const useShipment = (id: string) =>
  useQuery({
    queryKey: shipmentKey(id),
    queryFn: ({ signal }) => request<Shipment>(shipmentPath(id), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
    // A slow answer must not take the page back behind an event that overtook it.
    structuralSharing: (held, read) => (held && (held as Shipment).version > (read as Shipment).version ? held : read),
  });

/**
 * Reads the timeline, documents and inspection again whenever the shipment has moved on, as the newest of `versions`
 * tells; and once its stream is live, since they may have been read a moment before the first event it tells of.
 */
export const usePartsFollow = (id: string, versions: (number | undefined)[], live: boolean): void => {
  const client = useQueryClient();
  const version = versions.reduce((newest, one) =>
    one === undefined || (newest !== undefined && newest >= one) ? newest : one,
  );
  const followed = useRef({ version, live });
  useEffect(() => {
    const before = followed.current;
    followed.current = { version, live };
    const moved = before.version !== undefined && version !== before.version;
    if (!moved && !(live && !before.live)) return;
    for (const part of ['timeline', 'documents', 'inspection'] as const)
      void client.invalidateQueries({ queryKey: partKey(id, part) });
  }, [client, id, version, live]);
};
