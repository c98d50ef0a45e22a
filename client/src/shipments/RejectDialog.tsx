import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Rejection, Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { shipmentKey } from './cache.ts';
import { Meanwhile } from './Meanwhile.tsx';
import { canBeRejected, STATUS } from './status.ts';
import { useDecision } from './useDecision.ts';

type Props = { shipment: Shipment; onClose: () => void };

/** Rejects a shipment; the reason goes to the supplier, so it is required. */
export const RejectDialog = ({ shipment, onClose }: Props) => {
  const client = useQueryClient();
  const decision = useDecision(shipment);
  const [reason, setReason] = useState('');
  const reject = useMutation({
    mutationFn: (version: number) =>
      request<Rejection>(`/api/shipments/${encodeURIComponent(shipment.id)}/reject`, {
        method: 'POST',
        body: { reason: reason.trim() },
        ifMatch: version,
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: shipmentKey(shipment.id) });
      notifyDone(`${shipment.poNumber} is rejected.`);
      onClose();
    },
    onError: (error) => void decision.takeFailure(error),
  });
  const possible = canBeRejected(shipment);
  return (
    <Modal opened onClose={onClose} title={`Reject ${shipment.poNumber}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          reject.mutate(decision.version);
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            A rejection is final. Everybody who sees this shipment, its supplier included, reads the reason.
          </Text>
          <Textarea
            label="Reason"
            placeholder="Such as: 12 of 40 cartons crushed, photos attached"
            required
            withAsterisk={false}
            maxLength={1000}
            autosize
            minRows={3}
            maxRows={10}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {decision.meanwhile ? (
            <Meanwhile
              base={decision.base}
              current={shipment}
              meanwhile={decision.meanwhile}
              mine="Reject anyway"
              impossible={
                possible
                  ? undefined
                  : `A shipment that is ${STATUS[shipment.status].label.toLowerCase()} cannot be rejected.`
              }
              busy={reject.isPending}
              onTheirs={onClose}
              onMine={() => {
                decision.proceed();
                reject.mutate(shipment.version);
              }}
            />
          ) : (
            <>
              <FormTrouble error={reject.error} />
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={onClose}>
                  Back
                </Button>
                <Button type="submit" color="red.9" loading={reject.isPending} disabled={!possible || !reason.trim()}>
                  Reject shipment
                </Button>
              </Group>
            </>
          )}
        </Stack>
      </form>
    </Modal>
  );
};
