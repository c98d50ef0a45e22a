import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { User } from '../../../server/contract/auth.ts';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { useContinuity } from '../hooks/useContinuity.ts';
import { usePollingFallback } from '../hooks/usePollingFallback.ts';
import { socketClient } from '../utils/socketClient.ts';
import { takeCapacity } from '../warehouses/capacity.ts';
import { WAREHOUSES } from '../warehouses/useWarehouses.ts';
import { hearsAll } from './access.ts';
import { replayAfterReads } from './arrivals.ts';
import { ONE } from './cache.ts';
import { catchUp, takeEvent, takeNew } from './feed.ts';

/** For those who do not hear of every shipment they may see. */
const POLL_MS = 15_000;

const DURABLE = [
  'shipment:updated',
  'shipment:rejected',
  'inspection:updated',
  'document:uploaded',
  'document:verified',
] as const;

/** Feeds live events to whatever was read, for as long as somebody is signed in. Shows nothing. */
export const LiveShipments = ({ user }: { user: User }) => {
  const client = useQueryClient();
  const { status } = useContinuity();

  useEffect(() => {
    const stops = [
      replayAfterReads(client),
      ...DURABLE.map((type) => socketClient.on(type, (event) => takeEvent(client, event as unknown as ShipmentEvent))),
      socketClient.on('shipment:created', (event) => takeNew(client, event.shipment as Shipment)),
      socketClient.on('warehouse:capacity_updated', (event) => takeCapacity(client, event)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client]);

  // The first time as well: between the list's answer and the socket's first moment something may have changed.
  useEffect(() => {
    if (status !== 'live') return;
    void catchUp(client);
    void client.invalidateQueries({ queryKey: WAREHOUSES });
  }, [status, client]);

  const polled = status === 'live' && !hearsAll(user);
  useEffect(() => {
    if (!polled) return;
    const timer = setInterval(() => void catchUp(client), POLL_MS);
    return () => clearInterval(timer);
  }, [polled, client]);

  usePollingFallback(() => {
    void catchUp(client);
    void client.invalidateQueries({ queryKey: WAREHOUSES });
    void client.invalidateQueries({ queryKey: ONE });
  });
  return null;
};
