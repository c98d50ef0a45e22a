import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Vendor } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { newId } from '../app/newId.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { useUser } from '../signin/session.ts';
import { hasStall } from './access.ts';
import { VENDORS } from './useVendor.ts';

type Props = { onDone: (vendor: Vendor) => void; onBack?: () => void };

/** The form of a new vendor: a vendor's own first one, or one that staff set up for somebody. */
export const NewVendorForm = ({ onDone, onBack }: Props) => {
  const client = useQueryClient();
  const user = useUser();
  const [key] = useState(newId);
  const [typed, setTyped] = useState({ name: '', category: '', description: '', ownerId: '', companyId: '' });
  const forOthers = !!user && !hasStall(user);
  const create = useMutation({
    mutationFn: () => {
      const filled = Object.entries(typed).filter(([, text]) => text.trim() !== '');
      const body = Object.fromEntries(filled.map(([field, text]) => [field, text.trim()]));
      return request<Vendor>('/api/vendors', { method: 'POST', body, idempotencyKey: key });
    },
    onSuccess: (vendor) => {
      void client.invalidateQueries({ queryKey: [...VENDORS, 'list'] });
      notifyDone(`${vendor.name} is set up.`);
      onDone(vendor);
    },
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const bind = (field: keyof typeof typed) => ({
    value: typed[field],
    error: fields[field],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setTyped((current) => ({ ...current, [field]: value }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput label="Name" required maxLength={200} data-autofocus {...bind('name')} />
        <TextInput
          label="Category"
          description="One or two words, such as Coffee or Street food"
          maxLength={100}
          {...bind('category')}
        />
        <Textarea label="Description" autosize minRows={3} maxRows={8} maxLength={2000} {...bind('description')} />
        {forOthers && (
          <TextInput
            label="Owner’s user id"
            description="The vendor’s own account: it may open, close and move it"
            required
            {...bind('ownerId')}
          />
        )}
        {user?.companyId === null && <TextInput label="Company id" required {...bind('companyId')} />}
        <FormTrouble error={create.error} />
        <Group justify="flex-end" gap="xs">
          {onBack && (
            <Button variant="default" onClick={onBack}>
              Back
            </Button>
          )}
          <Button type="submit" loading={create.isPending} disabled={!typed.name.trim()}>
            Create vendor
          </Button>
        </Group>
      </Stack>
    </form>
  );
};

export const NewVendor = ({ onClose }: { onClose: () => void }) => (
  <Modal opened onClose={onClose} title="New vendor" closeButtonProps={{ 'aria-label': 'Close' }}>
    <NewVendorForm onDone={onClose} onBack={onClose} />
  </Modal>
);
