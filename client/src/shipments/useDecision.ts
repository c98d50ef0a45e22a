import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { ApiError } from '../app/problem.ts';
import { shipmentKey } from './cache.ts';

/**
 * What a user decides on while a form is open: the version they saw when they opened it. It goes along as `If-Match`.
 * When the shipment moves on meanwhile, `meanwhile` says so, whether we heard of it live or by a refusal; nothing is sent
 * on top of the newer state before the user has chosen that.
 */
export const useDecision = (shipment: Shipment) => {
  const client = useQueryClient();
  const [base, setBase] = useState(shipment);
  const [refused, setRefused] = useState(false);
  const moved = shipment.version > base.version;

  const events = useQuery({
    queryKey: ['shipments', 'events', shipment.id, base.version, shipment.version],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ since: String(base.version), limit: '200' });
      const path = `/api/shipments/${encodeURIComponent(shipment.id)}/events?${query}`;
      return (await request<List<ShipmentEvent>>(path, { signal })).items;
    },
    enabled: moved,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const proceed = useCallback(() => {
    setBase(shipment);
    setRefused(false);
  }, [shipment]);

  // A document more or less changes nothing about what these forms set: go on from there without a question.
  const onlyDocuments =
    events.data?.every(({ type }) => type.startsWith('document:')) &&
    (events.data.at(-1)?.version ?? 0) >= shipment.version;
  useEffect(() => {
    if (moved && onlyDocuments) proceed();
  }, [moved, onlyDocuments, proceed]);

  /** Takes a failed write; true when it was refused for being based on an older version. */
  const takeFailure = async (error: unknown): Promise<boolean> => {
    if (!(error instanceof ApiError && error.code === 'STALE')) return false;
    setRefused(true);
    await client.refetchQueries({ queryKey: shipmentKey(shipment.id) });
    return true;
  };

  const meanwhile = (moved && !onlyDocuments) || refused ? { events: events.data, refused } : undefined;
  return { version: base.version, base, meanwhile, proceed, takeFailure };
};
