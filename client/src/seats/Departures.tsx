import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { Bus, CalendarPlus, FileArchive, Plus, SearchX, Ticket as TicketIcon } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import type { Route } from '../../../server/contract/seats.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { useUser } from '../signin/session.ts';
import { isSeatStaff, mayManageRoutes } from './access.ts';
import { DepartureRow } from './DepartureRow.tsx';
import classes from './Departures.module.css';
import { isSearched, NO_SEARCH, type Search, useSearch } from './filters.ts';
import { TICKETS, TIMETABLE } from './places.ts';
import { SearchForm } from './SearchForm.tsx';
import { useDepartures } from './useDepartures.ts';

const NewDeparture = lazy(() => import('./NewDeparture.tsx'));

/** Finds a departure; for staff it is the board of all of them, with how full each is. */
export default function Departures() {
  const [search, setSearch] = useSearch();
  const [creating, setCreating] = useState(false);
  const user = useUser();
  const staff = !!user && isSeatStaff(user);
  const list = useDepartures(search, staff);
  const manager = !!user && mayManageRoutes(user);
  return (
    <Page
      title={staff ? 'Departures' : 'Find a bus'}
      aside={<ContinuityBadge of={list.fresh} label="These departures" />}
      actions={
        <>
          <Button
            component={Link}
            href={TICKETS}
            size="sm"
            variant="default"
            leftSection={<TicketIcon size={16} aria-hidden />}
          >
            {staff ? 'Tickets' : 'My tickets'}
          </Button>
          {manager && (
            <>
              <Button
                component={Link}
                href={TIMETABLE}
                size="sm"
                variant="default"
                leftSection={<FileArchive size={16} aria-hidden />}
                className={classes.wide}
              >
                Import a timetable
              </Button>
              <Button size="sm" leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
                New<span className={classes.wide}>&nbsp;departure</span>
              </Button>
            </>
          )}
        </>
      }
    >
      <SearchForm search={search} onChange={setSearch} places={list.places} />
      <Body list={list} search={search} staff={staff} manager={manager} onClear={() => setSearch(NO_SEARCH)} />
      <Suspense>{creating && <NewDeparture onClose={() => setCreating(false)} />}</Suspense>
    </Page>
  );
}

type BodyProps = {
  list: ReturnType<typeof useDepartures>;
  search: Search;
  staff: boolean;
  manager: boolean;
  onClear: () => void;
};

const Body = ({ list, search, staff, manager, onClear }: BodyProps) => {
  if (list.isPending) return <RowSkeletons />;
  if (list.isError && list.rows.length === 0) return <Trouble error={list.error} retry={() => void list.refetch()} />;
  if (list.rows.length === 0)
    return isSearched(search) ? (
      <Notice icon={<SearchX size={32} aria-hidden />} title="No departure matches">
        Try another day, or only a part of the place's name.
        <br />
        <Button mt="md" variant="default" onClick={onClear}>
          Show all departures
        </Button>
      </Notice>
    ) : (
      <Notice icon={<Bus size={32} aria-hidden />} title="No departures ahead">
        {manager ? 'Import a timetable, or set the first departure up by hand.' : 'Nothing is on sale right now.'}
        {manager && (
          <>
            <br />
            <Button
              component={Link}
              href={TIMETABLE}
              mt="md"
              variant="default"
              leftSection={<CalendarPlus size={16} aria-hidden />}
            >
              Import a timetable
            </Button>
          </>
        )}
      </Notice>
    );
  return (
    <Stack gap="lg" data-testid="departures">
      {byDay(list.rows).map(([day, rows]) => (
        <section key={day} aria-label={dayName(rows[0]!)}>
          <Text component="h2" className={classes.day}>
            {dayName(rows[0]!)}
          </Text>
          <ul className={classes.list}>
            {rows.map((departure) => (
              <DepartureRow key={departure.id} departure={departure} staff={staff} />
            ))}
          </ul>
        </section>
      ))}
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Later departures
          </Button>
        </Group>
      )}
    </Stack>
  );
};

const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayName = ({ departsAt }: Route) => dayFormat.format(new Date(departsAt));

/** By the calendar of whoever looks, in the order in which they come. */
const byDay = (rows: Route[]): [string, Route[]][] => {
  const days = new Map<string, Route[]>();
  for (const row of rows) {
    const day = new Date(row.departsAt).toDateString();
    const known = days.get(day);
    if (known) known.push(row);
    else days.set(day, [row]);
  }
  return [...days];
};

const RowSkeletons = () => (
  <Stack gap={8}>
    {Array.from({ length: 6 }, (_, index) => (
      <Skeleton key={index} height={74} radius="md" />
    ))}
  </Stack>
);
