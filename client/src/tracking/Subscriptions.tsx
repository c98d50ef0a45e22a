import { Skeleton, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Eye } from 'lucide-react';
import { Link } from 'wouter';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import { Panel } from '../app/Panel.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { readSubscriptions } from './calls.ts';

const AGAIN_MS = 5000;

/** Which parcels are being watched now, and by how many screens. Asked for every few seconds: nobody is told of it. */
export const Subscriptions = () => {
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['tracking', 'subscriptions'],
    queryFn: ({ signal }) => readSubscriptions(signal),
    refetchInterval: AGAIN_MS,
  });
  const { status, staleSince } = useFreshness();
  const fresh =
    status === 'live' && dataUpdatedAt
      ? { status: 'as-of' as const, staleSince: dataUpdatedAt }
      : { status, staleSince };
  return (
    <Panel title="Watched now" aside={<ContinuityBadge of={fresh} label="This table" />}>
      {isPending && <Skeleton height={120} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      {data?.items.length === 0 && (
        <Notice icon={<Eye size={32} aria-hidden />} title="Nobody watches a parcel">
          Whoever opens a parcel or its tracking page is counted here.
        </Notice>
      )}
      {data && data.items.length > 0 && (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Parcel</Table.Th>
              <Table.Th scope="col" ta="right">
                Screens
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map(({ awb, subscribers }) => (
              <Table.Tr key={awb}>
                <Table.Td>
                  <Link href={`/tracking/${awb}`}>{awb}</Link>
                </Table.Td>
                <Table.Td ta="right">{subscribers}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
};
