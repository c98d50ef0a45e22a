import { Alert, Button, Group, Modal, NumberInput, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { GitCompareArrows } from 'lucide-react';
import { useState } from 'react';
import type { Warehouse } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { clock } from '../app/time.ts';
import { WAREHOUSES } from './useWarehouses.ts';

const number = (value: number) => value.toLocaleString('en');
const MAX = 1_000_000_000;

/** Sets total and free capacity. Warehouses have no versions: what arrives live meanwhile is shown before saving. */
export const CapacityDialog = ({ warehouse, onClose }: { warehouse: Warehouse; onClose: () => void }) => {
  const client = useQueryClient();
  const [base, setBase] = useState(warehouse);
  const [total, setTotal] = useState<number | string>(warehouse.total);
  const [available, setAvailable] = useState<number | string>(warehouse.available);
  const moved = base.total !== warehouse.total || base.available !== warehouse.available;
  const wrong =
    total === '' || available === ''
      ? 'Enter both numbers'
      : Number(available) > Number(total)
        ? 'More than the total'
        : undefined;

  const save = useMutation({
    mutationFn: () =>
      request<Warehouse>(`/api/warehouses/${encodeURIComponent(warehouse.id)}/capacity`, {
        method: 'PATCH',
        // Only what the user changed: the other number may be another person's work.
        body: {
          ...(Number(total) !== base.total && { total: Number(total) }),
          ...(Number(available) !== base.available && { available: Number(available) }),
        },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: WAREHOUSES });
      notifyDone(`The capacity of ${warehouse.name} is saved.`);
      onClose();
    },
  });
  const unchanged = Number(total) === base.total && Number(available) === base.available;

  const takeTheirs = () => {
    setBase(warehouse);
    setTotal(warehouse.total);
    setAvailable(warehouse.available);
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={`Capacity of ${warehouse.name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          <NumberInput
            label="Total"
            min={0}
            max={MAX}
            allowDecimal={false}
            thousandSeparator=","
            data-autofocus
            value={total}
            onChange={setTotal}
            hideControls
          />
          <NumberInput
            label="Free"
            min={0}
            max={MAX}
            allowDecimal={false}
            thousandSeparator=","
            value={available}
            onChange={setAvailable}
            hideControls
            error={wrong}
          />
          {moved ? (
            <Alert
              color="yellow"
              variant="light"
              role="alert"
              icon={<GitCompareArrows size={18} aria-hidden />}
              title="This changed while you were editing"
            >
              Since {clock(warehouse.updatedAt)} it has {number(warehouse.available)} of {number(warehouse.total)} free.
              <Group gap="xs" mt="sm">
                <Button size="xs" variant="default" onClick={takeTheirs}>
                  Take theirs
                </Button>
                <Button size="xs" onClick={() => setBase(warehouse)}>
                  Keep mine
                </Button>
              </Group>
            </Alert>
          ) : (
            <>
              <FormTrouble error={save.error} />
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={onClose}>
                  Back
                </Button>
                <Button type="submit" loading={save.isPending} disabled={unchanged || wrong !== undefined}>
                  Save capacity
                </Button>
              </Group>
            </>
          )}
        </Stack>
      </form>
    </Modal>
  );
};
