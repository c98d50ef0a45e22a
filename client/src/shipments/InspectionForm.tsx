import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Inspection, InspectionStatus, Shipment } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyDone } from '../app/notify.tsx';
import { shipmentKey } from './cache.ts';
import classes from './InspectionForm.module.css';
import { Meanwhile } from './Meanwhile.tsx';
import { INSPECTION, INSPECTION_STATUSES } from './status.ts';
import { useDecision } from './useDecision.ts';
import { partKey, shipmentPath } from './useShipment.ts';

type Props = { shipment: Shipment; inspection: Inspection | null; onClose: () => void };

export const InspectionForm = ({ shipment, inspection, onClose }: Props) => {
  const client = useQueryClient();
  const decision = useDecision(shipment);
  const [status, setStatus] = useState<InspectionStatus>(inspection?.status ?? 'in_progress');
  const [notes, setNotes] = useState(inspection?.notes ?? '');

  const save = useMutation({
    mutationFn: (version: number) =>
      request<Inspection>(`${shipmentPath(shipment.id)}/inspection`, {
        method: 'PATCH',
        body: { status, notes: notes.trim() || null },
        ifMatch: version,
      }),
    onSuccess: (saved) => {
      client.setQueryData(partKey(shipment.id, 'inspection'), saved);
      void client.invalidateQueries({ queryKey: shipmentKey(shipment.id) });
      notifyDone('Inspection saved.');
      onClose();
    },
    onError: (error) => void decision.takeFailure(error),
  });

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(decision.version);
      }}
    >
      <Stack gap="sm">
        <fieldset className={classes.choices}>
          <legend className={classes.legend}>Result</legend>
          {INSPECTION_STATUSES.map((value) => {
            const { label, icon: Icon } = INSPECTION[value];
            return (
              <label key={value} className={classes.choice}>
                <input
                  type="radio"
                  name="inspection"
                  className={classes.radio}
                  checked={status === value}
                  onChange={() => setStatus(value)}
                />
                <Icon size={15} aria-hidden />
                {label}
              </label>
            );
          })}
        </fieldset>
        <Textarea
          label="Notes"
          maxLength={2000}
          autosize
          minRows={2}
          maxRows={10}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value)}
        />
        {decision.meanwhile ? (
          <Meanwhile
            base={decision.base}
            current={shipment}
            meanwhile={decision.meanwhile}
            mine="Save mine on top"
            busy={save.isPending}
            onTheirs={onClose}
            onMine={() => {
              decision.proceed();
              save.mutate(shipment.version);
            }}
          />
        ) : (
          <>
            <FormTrouble error={save.error} />
            <Group gap="xs" justify="flex-end">
              <Button size="xs" variant="default" onClick={onClose}>
                Back
              </Button>
              <Button size="xs" type="submit" loading={save.isPending}>
                Save inspection
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </form>
  );
};
