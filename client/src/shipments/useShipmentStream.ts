import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { useStream } from '../hooks/useStream.ts';
import { advance } from './cache.ts';
import { takeOwn } from './feed.ts';

/**
 * Follows one shipment while its page is open: every event in order and once, what was missed included. `version` is
 * the newest that came, undefined before the first.
 */
export const useShipmentStream = (id: string): Continuity & { version: number | undefined } => {
  const client = useQueryClient();
  const args = useMemo(
    () => ({
      stream: `shipment:${id}`,
      join: { event: 'join:shipment', payload: { shipmentId: id } },
      leave: { event: 'leave:shipment', payload: { shipmentId: id } },
      fromSnapshot: (snapshot: unknown, version: number): Shipment => ({ ...(snapshot as Shipment), version }),
      reduce: (state: Shipment, event: unknown): Shipment => advance(state, event as ShipmentEvent) ?? state,
    }),
    [id],
  );
  const { state, status, staleSince } = useStream<Shipment>(args);
  useEffect(() => {
    if (state) takeOwn(client, state);
  }, [client, state]);
  return { status: status === 'catching_up' ? 'catching-up' : status, staleSince, version: state?.version };
};
