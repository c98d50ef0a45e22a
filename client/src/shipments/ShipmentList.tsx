import { Button, Text } from '@mantine/core';
import { PackageSearch, Plus, Ship } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { mayCreate } from './access.ts';
import { type Filters, isFiltered, NO_FILTERS, useFilters } from './filters.ts';
import { ListBadge } from './ListBadge.tsx';
import { ListFilters } from './ListFilters.tsx';
import classes from './ShipmentList.module.css';
import { ShipmentRows } from './ShipmentRows.tsx';
import { SkeletonRows } from './SkeletonRows.tsx';
import { useShipmentList } from './useShipmentList.ts';

const NewShipment = lazy(() => import('./NewShipment.tsx'));

export default function ShipmentList() {
  const [filters, setFilters] = useFilters();
  const [creating, setCreating] = useState(false);
  const user = useUser();
  return (
    <Page
      title="Shipments"
      fixed
      aside={<ListBadge />}
      actions={
        user &&
        mayCreate(user) && (
          <Button
            size="sm"
            aria-label="New shipment"
            leftSection={<Plus size={16} aria-hidden />}
            onClick={() => setCreating(true)}
          >
            New<span className={classes.wide}>&nbsp;shipment</span>
          </Button>
        )
      }
    >
      <ListFilters filters={filters} onChange={setFilters} />
      <Listed filters={filters} onClear={() => setFilters(NO_FILTERS)} />
      <Suspense>{creating && <NewShipment onClose={() => setCreating(false)} />}</Suspense>
    </Page>
  );
}

type ListedProps = { filters: Filters; onClear: () => void };

/** Apart from the rest of the page, which a row that changes leaves as it is. */
const Listed = ({ filters, onClear }: ListedProps) => {
  const list = useShipmentList(filters);
  return (
    <>
      <section className={classes.panel} aria-label="Shipments">
        <ListBody list={list} filters={filters} onClear={onClear} />
      </section>
      <Text size="xs" c="dimmed" className={classes.foot} aria-live="off">
        {footer(list)}
      </Text>
    </>
  );
};

type ListState = ReturnType<typeof useShipmentList>;

const footer = ({ rows, isPending, hasNextPage, isFetchNextPageError }: ListState) => {
  if (isPending || rows.length === 0) return ' ';
  const count = rows.length.toLocaleString('en');
  if (isFetchNextPageError) return `${count} shown. The rest could not be read; scroll again to retry.`;
  return hasNextPage
    ? `${count} shown, more as you scroll`
    : `${count} ${rows.length === 1 ? 'shipment' : 'shipments'}`;
};

const ListBody = ({ list, filters, onClear }: ListedProps & { list: ListState }) => {
  if (list.isPending) return <SkeletonRows />;
  if (list.isError && list.rows.length === 0) return <Trouble error={list.error} retry={() => void list.refetch()} />;
  if (list.rows.length > 0) return <ShipmentRows list={list} />;
  return isFiltered(filters) ? (
    <Notice icon={<PackageSearch size={32} aria-hidden />} title="No shipment matches">
      Try another word, or fewer filters.
      <br />
      <Button mt="md" variant="default" onClick={onClear}>
        Clear filters
      </Button>
    </Notice>
  ) : (
    <Notice icon={<Ship size={32} aria-hidden />} title="No shipments yet">
      Import your purchase orders from a CSV file, or create the first one by hand.
      <br />
      <Button mt="md" variant="default" component={Link} href="/import">
        Import a file
      </Button>
    </Notice>
  );
};
