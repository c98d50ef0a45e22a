import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { takeOwn } from './feed.ts';
import { Meanwhile } from './Meanwhile.tsx';
import { canBeCancelled, nextSteps, STATUS, STEPS, type Step, stepOf } from './status.ts';
import { useDecision } from './useDecision.ts';

type Target = Step | 'cancelled';
type Props = { shipment: Shipment; target: Target; onClose: () => void };

const allows = (shipment: Shipment, target: Target) =>
  target === 'cancelled' ? canBeCancelled(shipment) : nextSteps(shipment.status).includes(target);

const skipped = ({ status }: Shipment, target: Target) =>
  target === 'cancelled' ? [] : STEPS.slice(stepOf(status) + 1, stepOf(target)).map((step) => STATUS[step].label);

/** Confirms a status change and takes a note for the timeline. */
export const StatusDialog = ({ shipment, target, onClose }: Props) => {
  const client = useQueryClient();
  const decision = useDecision(shipment);
  const [note, setNote] = useState('');
  const label = STATUS[target].label;
  const action = target === 'cancelled' ? 'Cancel shipment' : `Set to ${label}`;

  const change = useMutation({
    mutationFn: (version: number) =>
      request<Shipment>(`/api/shipments/${encodeURIComponent(shipment.id)}/status`, {
        method: 'PATCH',
        body: { status: target, ...(note.trim() && { note: note.trim() }) },
        ifMatch: version,
      }),
    onSuccess: (saved) => {
      takeOwn(client, saved);
      notifyDone(`${saved.poNumber} is now ${STATUS[saved.status].label.toLowerCase()}.`);
      onClose();
    },
    onError: (error) => void decision.takeFailure(error),
  });

  const skips = skipped(shipment, target);
  const possible = allows(shipment, target);
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${action}: ${shipment.poNumber}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(decision.version);
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            It is <b>{STATUS[shipment.status].label.toLowerCase()}</b> now.
            {skips.length > 0 && ` This skips ${skips.join(', ').toLowerCase()}; a step cannot be taken back.`}
          </Text>
          <Textarea
            label="Note for the timeline"
            description="Optional"
            maxLength={1000}
            autosize
            minRows={2}
            maxRows={8}
            data-autofocus
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {decision.meanwhile ? (
            <Meanwhile
              base={decision.base}
              current={shipment}
              meanwhile={decision.meanwhile}
              mine={`${action} anyway`}
              impossible={
                possible ? undefined : `${label} cannot follow ${STATUS[shipment.status].label.toLowerCase()}.`
              }
              busy={change.isPending}
              onTheirs={onClose}
              onMine={() => {
                decision.proceed();
                change.mutate(shipment.version);
              }}
            />
          ) : (
            <>
              <FormTrouble error={change.error} />
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={onClose}>
                  Back
                </Button>
                <Button
                  type="submit"
                  color={target === 'cancelled' ? 'red.9' : 'tide'}
                  loading={change.isPending}
                  disabled={!possible}
                >
                  {action}
                </Button>
              </Group>
            </>
          )}
        </Stack>
      </form>
    </Modal>
  );
};
