import { Skeleton, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { full, stamp } from '../app/time.ts';
import { readHistory } from './calls.ts';
import { tellEntry } from './describe.ts';
import classes from './TicketHistory.module.css';

/** Everything that happened to the ticket, newest first. */
export const TicketHistory = ({ id, version, fresh }: { id: string; version: number; fresh: Continuity }) => {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['seats', 'history', id, version],
    queryFn: ({ signal }) => readHistory(id, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title="History" aside={<ContinuityBadge of={fresh} label="This history" />}>
      {isPending && <Skeleton height={120} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      <ol className={classes.list} data-testid="ticket-history">
        {data?.map((entry) => (
          <li key={entry.id} className={classes.entry}>
            <Text size="sm">
              {tellEntry(entry)}
              {entry.by && (
                <Text span c="dimmed" size="sm">
                  {' '}
                  by {entry.by}
                </Text>
              )}
            </Text>
            <Text size="xs" c="dimmed" component="time" dateTime={entry.at} title={full(entry.at)}>
              {stamp(entry.at)}
            </Text>
          </li>
        ))}
      </ol>
    </Panel>
  );
};
