import { Button, Group, Modal, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { useLocation } from 'wouter';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { newId } from '../app/newId.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useUser } from '../signin/session.ts';
import { useWarehouses } from '../warehouses/useWarehouses.ts';
import { takeNew } from './feed.ts';

/** The fields that were filled in; the server knows what is required. */
const filled = (form: HTMLFormElement) =>
  Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]).filter(([, v]) => v));

export default function NewShipment({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const user = useUser();
  const [, navigate] = useLocation();
  const { data: warehouses = [] } = useWarehouses();
  // The same content sent twice (a retry after a lost answer) is one shipment; changed content is another request.
  const sent = useRef({ content: '', key: '' });

  const create = useMutation({
    mutationFn: (body: object) => {
      const content = JSON.stringify(body);
      if (sent.current.content !== content) sent.current = { content, key: newId() };
      return request<Shipment>('/api/shipments', { method: 'POST', body, idempotencyKey: sent.current.key });
    },
    onSuccess: (shipment) => {
      takeNew(client, shipment);
      notifyDone(`${shipment.poNumber} is planned.`);
      onClose();
      navigate(`/shipments/${encodeURIComponent(shipment.id)}`);
    },
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(filled(event.currentTarget));
  };

  return (
    <Modal opened onClose={onClose} title="New shipment" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            name="poNumber"
            label="PO number"
            required
            maxLength={100}
            data-autofocus
            error={fields.poNumber}
          />
          {user?.companyId === null && (
            <TextInput name="companyId" label="Company id" required maxLength={200} error={fields.companyId} />
          )}
          <TextInput name="supplierName" label="Supplier" maxLength={200} error={fields.supplierName} />
          <SimpleGrid cols={2} spacing="sm">
            <TextInput name="origin" label="From" maxLength={200} error={fields.origin} />
            <TextInput name="destination" label="To" maxLength={200} error={fields.destination} />
            <TextInput name="eta" label="ETA" type="date" error={fields.eta} />
            <NativeSelect
              name="warehouseId"
              label="Warehouse"
              error={fields.warehouseId}
              data={[
                { value: '', label: 'None yet' },
                ...warehouses.map(({ id, name }) => ({ value: id, label: name })),
              ]}
            />
          </SimpleGrid>
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create shipment
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
