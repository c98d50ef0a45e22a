import { Button, Group, Skeleton, Stack } from '@mantine/core';
import { PackageSearch } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import type { ParcelFilters } from './calls.ts';
import { ParcelFilter } from './ParcelFilter.tsx';
import { ParcelLine } from './ParcelLine.tsx';
import classes from './ParcelList.module.css';
import { noteFirst, useSeen } from './seen.ts';
import { useNow } from './useNow.ts';
import { useParcelList } from './useParcelList.ts';

const NONE: ParcelFilters = { status: '', q: '' };

/** Every parcel one may see, newest first; for a merchant those they sent. */
export const ParcelList = ({ userId, empty }: { userId: string; empty: string }) => {
  const [filters, setFilters] = useState(NONE);
  const list = useParcelList(filters);
  const unread = useSeen(userId);
  const now = useNow(5000);
  const { rows } = list;
  useEffect(() => noteFirst(userId, rows), [userId, rows]);
  const changed = rows.filter((parcel) => unread(parcel) > 0).length;
  return (
    <>
      <Group justify="space-between" gap="xs" className={classes.head}>
        <ParcelFilter filters={filters} onChange={setFilters} />
        <ContinuityBadge of={list.fresh} label="This list" compact />
      </Group>
      {changed > 0 && (
        <p className={classes.changed} role="status">
          {changed === 1 ? 'One parcel has' : `${changed} parcels have`} changed since you last looked.
        </p>
      )}
      <section className={classes.panel} aria-label="Parcels">
        {list.isPending && (
          <Stack p="md" gap="sm">
            <Skeleton height={40} />
            <Skeleton height={40} />
            <Skeleton height={40} />
          </Stack>
        )}
        {list.isError && rows.length === 0 && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && (
          <Notice icon={<PackageSearch size={32} aria-hidden />} title="No parcel here">
            {filters.q || filters.status ? 'Try another word, or every status.' : empty}
          </Notice>
        )}
        <ul className={classes.list} data-testid="parcels">
          {rows.map((parcel) => (
            <ParcelLine key={parcel.awb} parcel={parcel} unread={unread(parcel)} now={now} />
          ))}
        </ul>
        {list.hasNextPage && (
          <Button variant="subtle" m="xs" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </section>
    </>
  );
};
