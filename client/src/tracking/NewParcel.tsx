import { Button, Fieldset, Group, Modal, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { useLocation } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { newId } from '../app/newId.ts';
import { notifyDone } from '../app/notify.tsx';
import { ApiError } from '../app/problem.ts';
import { isTrackingStaff } from './access.ts';
import { toNewParcel } from './newParcel.ts';
import type { Parcel } from './wire.ts';

type Props = { user: User; onClose: () => void };

/** Creates a parcel. Without a number it gets one. */
export const NewParcel = ({ user, onClose }: Props) => {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  // The same content sent twice (a retry after a lost answer) is one parcel; changed content is another request.
  const sent = useRef({ content: '', key: '' });
  const create = useMutation({
    mutationFn: (body: object) => {
      const content = JSON.stringify(body);
      if (sent.current.content !== content) sent.current = { content, key: newId() };
      return request<Parcel>('/api/tracking', { method: 'POST', body, idempotencyKey: sent.current.key });
    },
    onSuccess: ({ awb }) => {
      notifyDone(`${awb} is created.`);
      void client.invalidateQueries({ queryKey: ['tracking', 'list'] });
      onClose();
      navigate(`/tracking/${awb}`);
    },
  });
  const fields = create.error instanceof ApiError ? create.error.fields : {};
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(toNewParcel(new FormData(event.currentTarget)));
  };
  const staff = isTrackingStaff(user);
  return (
    <Modal opened onClose={onClose} size="lg" title="New parcel" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            name="awb"
            label="AWB"
            description="Two letters and 8 to 12 digits. Left empty, one is made."
            pattern="[A-Z]{2}[0-9]{8,12}"
            title="Two capital letters and 8 to 12 digits, such as FX12345678"
            maxLength={14}
            data-autofocus
            error={fields.awb}
          />
          <PlaceFields name="origin" legend="From" fields={fields} />
          <PlaceFields name="destination" legend="To" fields={fields} />
          {staff && (
            <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
              <TextInput name="senderId" label="Sender" description="User id" maxLength={200} error={fields.senderId} />
              <TextInput
                name="recipientId"
                label="Recipient"
                description="User id"
                maxLength={200}
                error={fields.recipientId}
              />
              <TextInput name="riderId" label="Rider" description="User id" maxLength={200} error={fields.riderId} />
            </SimpleGrid>
          )}
          {user.companyId === null && (
            <TextInput name="companyId" label="Company id" required maxLength={200} error={fields.companyId} />
          )}
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create parcel
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};

type PlaceProps = { name: 'origin' | 'destination'; legend: string; fields: Record<string, string> };

const PlaceFields = ({ name, legend, fields }: PlaceProps) => (
  <Fieldset legend={legend} p="sm">
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
      <TextInput
        name={`${name}.address`}
        label="Address"
        required
        maxLength={300}
        error={fields[`${name}.address`] ?? fields[name]}
      />
      <NumberInput
        name={`${name}.lat`}
        label="Latitude"
        min={-90}
        max={90}
        decimalScale={6}
        hideControls
        required
        error={fields[`${name}.lat`]}
      />
      <NumberInput
        name={`${name}.long`}
        label="Longitude"
        min={-180}
        max={180}
        decimalScale={6}
        hideControls
        required
        error={fields[`${name}.long`]}
      />
    </SimpleGrid>
  </Fieldset>
);
