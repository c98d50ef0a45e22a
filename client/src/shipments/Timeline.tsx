import { Button, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Ban, FileCheck2, FilePlus2, FileUp, Flag, type LucideIcon, ScanSearch } from 'lucide-react';
import type { List } from '../../../server/contract/common.ts';
import type { ShipmentStatus, TimelineEntry } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { full, stamp } from '../app/time.ts';
import { tellEntry } from './describe.ts';
import { STATUS } from './status.ts';
import classes from './Timeline.module.css';
import { partKey, shipmentPath } from './useShipment.ts';

const ICONS: Record<TimelineEntry['kind'], LucideIcon> = {
  created: Flag,
  imported: FileUp,
  status: Flag,
  rejected: Ban,
  inspection: ScanSearch,
  document_uploaded: FilePlus2,
  document_verified: FileCheck2,
};

const iconOf = ({ kind, to }: TimelineEntry) =>
  (kind === 'status' && STATUS[to as ShipmentStatus]?.icon) || ICONS[kind];

/** A file's name is part of the sentence already. */
const noteOf = ({ kind, note }: TimelineEntry) => (kind.startsWith('document') ? null : note);

/** Everything that happened to the shipment, newest first, for as long as it exists. */
export const Timeline = ({ shipmentId, fresh }: { shipmentId: string; fresh: Continuity }) => {
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: partKey(shipmentId, 'timeline'),
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: '50', ...(pageParam && { cursor: pageParam }) });
      return request<List<TimelineEntry>>(`${shipmentPath(shipmentId)}/timeline?${query}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title="Timeline" aside={<ContinuityBadge of={fresh} label="This timeline" />}>
      {isPending && <Skeleton height={120} />}
      {error && !data && <Trouble error={error} retry={() => void refetch()} />}
      <ol className={classes.list} data-testid="timeline">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {hasNextPage && (
        <Button variant="subtle" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show older
        </Button>
      )}
    </Panel>
  );
};

const Entry = ({ entry }: { entry: TimelineEntry }) => {
  const Icon = iconOf(entry);
  const note = noteOf(entry);
  return (
    <li className={classes.entry}>
      <span className={classes.icon} data-kind={entry.kind}>
        <Icon size={14} aria-hidden />
      </span>
      <div className={classes.body}>
        <Text size="sm" className={classes.line}>
          <b>{entry.by}</b> {tellEntry(entry)}
        </Text>
        {note && (
          <Text size="sm" className={classes.note}>
            {note}
          </Text>
        )}
        <Text size="xs" c="dimmed" component="time" dateTime={entry.at} title={full(entry.at)}>
          {stamp(entry.at)}
        </Text>
      </div>
    </li>
  );
};
