import { Button, SimpleGrid, Skeleton } from '@mantine/core';
import { Plus, Warehouse as WarehouseIcon } from 'lucide-react';
import { useState } from 'react';
import type { Warehouse } from '../../../server/contract/shipments.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { mayEditWarehouses, maySeeWarehouses } from './access.ts';
import { CapacityDialog } from './CapacityDialog.tsx';
import { NewWarehouse } from './NewWarehouse.tsx';
import { useWarehouses } from './useWarehouses.ts';
import { WarehouseCard } from './WarehouseCard.tsx';

export default function Warehouses() {
  const user = useUser();
  const { data: warehouses, error, isPending, isFetching, refetch } = useWarehouses();
  const fresh = useFreshness(isFetching && !isPending);
  const [editing, setEditing] = useState<string>();
  const [creating, setCreating] = useState(false);
  const editable = !!user && mayEditWarehouses(user);
  const edited = warehouses?.find(({ id }) => id === editing);
  return (
    <Page
      title="Warehouses"
      aside={<ContinuityBadge of={fresh} label="These warehouses" />}
      actions={
        editable && (
          <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
            New warehouse
          </Button>
        )
      }
    >
      {user && !maySeeWarehouses(user) && (
        <Notice icon={<WarehouseIcon size={32} aria-hidden />} title="Warehouses are not part of your role">
          Ask an administrator of your company if you need them.
        </Notice>
      )}
      {isPending && isFetching && <CardSkeletons />}
      {error && !warehouses && <Trouble error={error} retry={() => void refetch()} />}
      {warehouses?.length === 0 && (
        <Notice icon={<WarehouseIcon size={32} aria-hidden />} title="No warehouses yet">
          {editable
            ? 'Create the first one with its total capacity; shipments can then name it as where they go.'
            : 'Your company has not set up any.'}
        </Notice>
      )}
      {warehouses && warehouses.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
          {byName(warehouses).map((warehouse) => (
            <WarehouseCard
              key={warehouse.id}
              warehouse={warehouse}
              onEdit={editable ? () => setEditing(warehouse.id) : undefined}
            />
          ))}
        </SimpleGrid>
      )}
      {edited && <CapacityDialog warehouse={edited} onClose={() => setEditing(undefined)} />}
      {creating && <NewWarehouse onClose={() => setCreating(false)} />}
    </Page>
  );
}

/** By name: an order by fullness would make cards jump under the pointer as capacities change. */
const byName = (warehouses: Warehouse[]) => [...warehouses].sort((a, b) => a.name.localeCompare(b.name));

const CardSkeletons = () => (
  <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
    {['a', 'b', 'c'].map((key) => (
      <Skeleton key={key} height={148} radius="md" />
    ))}
  </SimpleGrid>
);
