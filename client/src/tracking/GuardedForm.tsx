import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { stamp } from '../app/time.ts';
import { STATUS } from './status.ts';
import type { useGuarded } from './useGuarded.ts';
import type { Parcel } from './wire.ts';

type Props = {
  title: string;
  action: string;
  guarded: ReturnType<typeof useGuarded>;
  ready?: boolean;
  onClose: () => void;
  children: ReactNode;
};

const differences = (before: Parcel, now: Parcel): string[] => [
  ...(before.status === now.status
    ? []
    : [`The status went from ${STATUS[before.status].label} to ${STATUS[now.status].label}.`]),
  ...(before.riderId === now.riderId ? [] : [`The rider is ${now.riderId ?? 'nobody'} now.`]),
  ...(before.eta === now.eta ? [] : [`The arrival is expected ${now.eta ? stamp(now.eta) : 'at no known time'}.`]),
];

/** A dialog that saves only on top of what was seen, and asks when that has changed. */
export const GuardedForm = ({ title, action, guarded, ready = true, onClose, children }: Props) => {
  const { mutation, moved, base, submit, anyway } = guarded;
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!moved) submit();
        }}
      >
        <Stack gap="md">
          {children}
          {moved ? (
            <Alert
              color="yellow"
              icon={<TriangleAlert size={18} />}
              role="alert"
              title="Somebody changed this parcel meanwhile"
            >
              {differences(base, moved).join(' ') || 'Look at it again, then decide.'}
              <Group gap="xs" mt="sm">
                <Button variant="default" onClick={onClose}>
                  Leave it so
                </Button>
                <Button onClick={anyway} loading={mutation.isPending} disabled={!ready}>
                  {action} anyway
                </Button>
              </Group>
            </Alert>
          ) : (
            <>
              <FormTrouble error={mutation.error} />
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={onClose}>
                  Back
                </Button>
                <Button type="submit" loading={mutation.isPending} disabled={!ready}>
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
