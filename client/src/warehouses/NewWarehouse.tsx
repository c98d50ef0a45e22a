import { Button, Group, Modal, NumberInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Warehouse } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useUser } from '../signin/session.ts';
import { WAREHOUSES } from './useWarehouses.ts';

export const NewWarehouse = ({ onClose }: { onClose: () => void }) => {
  const client = useQueryClient();
  const user = useUser();
  const [name, setName] = useState('');
  const [companyId, setCompanyId] = useState('');
  const [total, setTotal] = useState<number | string>('');
  const create = useMutation({
    mutationFn: () =>
      request<Warehouse>('/api/warehouses', {
        method: 'POST',
        body: { name: name.trim(), total: Number(total), ...(companyId.trim() && { companyId: companyId.trim() }) },
      }),
    onSuccess: (warehouse) => {
      void client.invalidateQueries({ queryKey: WAREHOUSES });
      notifyDone(`${warehouse.name} is set up.`);
      onClose();
    },
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Modal opened onClose={onClose} title="New warehouse" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            maxLength={200}
            data-autofocus
            value={name}
            error={fields.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {user?.companyId === null && (
            <TextInput
              label="Company id"
              required
              value={companyId}
              error={fields.companyId}
              onChange={(event) => setCompanyId(event.currentTarget.value)}
            />
          )}
          <NumberInput
            label="Total capacity"
            description="In the unit you count in, such as pallets"
            required
            min={0}
            max={1_000_000_000}
            allowDecimal={false}
            thousandSeparator=","
            hideControls
            value={total}
            error={fields.total}
            onChange={setTotal}
          />
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!name.trim() || total === ''}>
              Create warehouse
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
