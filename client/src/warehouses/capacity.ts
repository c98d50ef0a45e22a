import type { QueryClient } from '@tanstack/react-query';
import type { ServerEvent } from '../../../server/contract/common.ts';
import type { Warehouse } from '../../../server/contract/shipments.ts';
import { announce } from '../app/announce.tsx';
import { WAREHOUSES } from './useWarehouses.ts';

type Capacity = Pick<Warehouse, 'total' | 'available' | 'utilization'>;

/** Takes `warehouse:capacity_updated`. A warehouse that is not in the list is new here: the list is read again. */
export const takeCapacity = (client: QueryClient, event: ServerEvent): void => {
  const { warehouseId, capacity } = event as unknown as { warehouseId: string; capacity: Capacity };
  const held = client.getQueryData<Warehouse[]>(WAREHOUSES);
  if (!held) return;
  const known = held.find(({ id }) => id === warehouseId);
  if (!known) return void client.invalidateQueries({ queryKey: WAREHOUSES });
  if (known.updatedAt > event.timestamp) return;
  client.setQueryData<Warehouse[]>(
    WAREHOUSES,
    held.map((warehouse) =>
      warehouse.id === warehouseId ? { ...warehouse, ...capacity, updatedAt: event.timestamp } : warehouse,
    ),
  );
  if (known.utilization !== capacity.utilization)
    announce(`${known.name}: ${Math.round(capacity.utilization)} percent used`);
};
