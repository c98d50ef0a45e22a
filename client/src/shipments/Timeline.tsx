import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Ban, FileCheck2, FilePlus2, FileUp, Flag, type LucideIcon, ScanSearch } from 'lucide-react';
import type { List } from '../../../server/contract/common.ts';
import type { TimelineEntry as Entry, ShipmentStatus } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import { TimelineEntry, TimelineList } from '../app/TimelineEntry.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { tellEntry } from './describe.ts';
import { STATUS } from './status.ts';
import { partKey, shipmentPath } from './useShipment.ts';

const ICONS: Record<Entry['kind'], LucideIcon> = {
  created: Flag,
  imported: FileUp,
  status: Flag,
  rejected: Ban,
  inspection: ScanSearch,
  document_uploaded: FilePlus2,
  document_verified: FileCheck2,
};

const iconOf = ({ kind, to }: Entry) => (kind === 'status' && STATUS[to as ShipmentStatus]?.icon) || ICONS[kind];

/** A file's name is part of the sentence already. */
const noteOf = ({ kind, note }: Entry) => (kind.startsWith('document') ? null : note);

/** Everything that happened to the shipment, newest first, for as long as it exists. */
export const Timeline = ({ shipmentId, fresh }: { shipmentId: string; fresh: Continuity }) => {
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: partKey(shipmentId, 'timeline'),
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '50', ...(pageParam && { cursor: pageParam }) });
      return request<List<Entry>>(`${shipmentPath(shipmentId)}/timeline?${query}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title="Timeline" aside={<ContinuityBadge of={fresh} label="This timeline" />}>
      {isPending && <Skeleton height={120} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      <TimelineList testId="timeline">
        {entries.map((entry) => (
          <TimelineEntry
            key={entry.id}
            icon={iconOf(entry)}
            bad={entry.kind === 'rejected'}
            at={entry.at}
            note={noteOf(entry)}
          >
            <b>{entry.by}</b> {tellEntry(entry)}
          </TimelineEntry>
        ))}
      </TimelineList>
      {hasNextPage && (
        <Button variant="subtle" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show older
        </Button>
      )}
    </Panel>
  );
};
