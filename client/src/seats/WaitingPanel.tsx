import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BellRing, ListPlus } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import type { Route } from '../../../server/contract/seats.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { Panel } from '../app/Panel.tsx';
import { joinWaiting, leaveWaiting, readWaiting, waitingKey } from './calls.ts';

type Props = { departure: Route; version: number };

/** For a full departure: who waits gets the next seat that comes free, for a limited time. */
export const WaitingPanel = ({ departure, version }: Props) => {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const key = waitingKey(departure.id);
  const { data: waiting, error } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => readWaiting(departure.id, signal),
  });
  // Somebody ahead may have gone, with every change of the map.
  useEffect(() => {
    if (version > 0) void client.invalidateQueries({ queryKey: waitingKey(departure.id) });
  }, [client, departure.id, version]);
  const settled = { onSettled: () => client.invalidateQueries({ queryKey: key }) };
  const join = useMutation({ mutationFn: () => joinWaiting(departure.id, name.trim()), ...settled });
  const leave = useMutation({ mutationFn: (id: string) => leaveWaiting(departure.id, id), ...settled });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    join.mutate();
  };
  const mine = waiting?.find(({ status }) => status === 'waiting');
  return (
    <Panel title="Waiting list">
      {mine ? (
        <Alert
          color="tide"
          variant="light"
          role="status"
          icon={<BellRing size={18} aria-hidden />}
          title={mine.position === 1 ? 'You are next' : `You are number ${mine.position}`}
          data-testid="waiting"
        >
          The next seat that comes free is held for you for a while; it shows here and under your tickets.
          <Group mt="xs">
            <Button size="xs" variant="default" loading={leave.isPending} onClick={() => leave.mutate(mine.id)}>
              Stop waiting
            </Button>
          </Group>
          <FormTrouble error={leave.error} />
        </Alert>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              Every seat is taken. Seats come free when a hold ends or a ticket is given back: wait, and the next one is
              offered to you.
            </Text>
            <TextInput
              label="Passenger"
              required
              withAsterisk={false}
              maxLength={200}
              autoComplete="name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <FormTrouble error={join.error ?? error} />
            <Button type="submit" leftSection={<ListPlus size={16} aria-hidden />} loading={join.isPending}>
              Join the waiting list
            </Button>
          </Stack>
        </form>
      )}
    </Panel>
  );
};
