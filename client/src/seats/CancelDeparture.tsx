import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Route } from '../../../server/contract/seats.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { cancelDeparture } from './calls.ts';

type Props = { departure: Route; sold: number; onClose: () => void; onDone: () => void };

/** Takes a departure off sale with all its tickets, at once or not at all. */
export const CancelDeparture = ({ departure, sold, onClose, onDone }: Props) => {
  const [reason, setReason] = useState('');
  const cancel = useMutation({
    mutationFn: () => cancelDeparture(departure.id, reason.trim()),
    onSuccess: () => {
      notifyDone('The departure is cancelled, and every passenger was told.');
      onDone();
      onClose();
    },
    onError: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    cancel.mutate();
  };
  return (
    <Modal opened onClose={onClose} title="Cancel this departure" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">
            {departure.origin} to {departure.destination}. {sold === 0 && 'No seat is taken.'}
            {sold === 1 && 'One ticket is cancelled with it, and what was paid is refunded.'}
            {sold > 1 && `${sold} tickets are cancelled with it, and what was paid is refunded.`} This cannot be taken
            back.
          </Text>
          <Textarea
            label="Reason for the passengers"
            required
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <FormTrouble error={cancel.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" color="red.9" loading={cancel.isPending} disabled={!reason.trim()}>
              Cancel the departure
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
