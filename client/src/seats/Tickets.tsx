import { Anchor, Button, Skeleton, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ArrowLeft, Ticket as TicketIcon } from 'lucide-react';
import { Link } from 'wouter';
import type { Ticket } from '../../../server/contract/seats.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Page } from '../app/Page.tsx';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { stamp } from '../app/time.ts';
import { useUser } from '../signin/session.ts';
import { isSeatStaff } from './access.ts';
import { readTickets, TICKETS_KEY } from './calls.ts';
import { FindByCode } from './FindByCode.tsx';
import { DEPARTURES, ticketPath } from './places.ts';
import { TicketBadge } from './TicketBadge.tsx';
import classes from './Tickets.module.css';
import { useListFreshness } from './useListFreshness.ts';

const READ_AGAIN_MS = 15_000;

/** A customer's own tickets; all of the company's to staff. */
export default function Tickets() {
  const user = useUser();
  const staff = !!user && isSeatStaff(user);
  const list = useInfiniteQuery({
    queryKey: [...TICKETS_KEY, 'all'],
    queryFn: ({ pageParam, signal }) => readTickets({ cursor: pageParam, limit: 100 }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    refetchOnMount: 'always',
    // Customers hear of each of theirs.
    refetchInterval: staff ? READ_AGAIN_MS : false,
  });
  const fresh = useListFreshness(list, !staff);
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Page title={staff ? 'Tickets' : 'My tickets'} aside={<ContinuityBadge of={fresh} label="These tickets" />}>
      <Anchor component={Link} href={DEPARTURES} size="sm" className={classes.back}>
        <ArrowLeft size={14} aria-hidden /> All departures
      </Anchor>
      {staff && <FindByCode />}
      {list.isPending && <Skeleton height={240} radius="md" />}
      {list.isError && rows.length === 0 && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && (
        <Notice icon={<TicketIcon size={32} aria-hidden />} title="No tickets yet">
          {staff
            ? 'A ticket shows here as soon as a seat is held.'
            : 'Choose a departure and a seat, and it shows here.'}
          <br />
          <Button component={Link} href={DEPARTURES} mt="md" variant="default">
            See the departures
          </Button>
        </Notice>
      )}
      <Stack gap={8}>
        {rows.length > 0 && (
          <ul className={classes.list} data-testid="tickets">
            {rows.map((ticket) => (
              <Row key={ticket.id} ticket={ticket} />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </Stack>
    </Page>
  );
}

const Row = ({ ticket }: { ticket: Ticket }) => (
  <li className={classes.row} data-status={ticket.status}>
    <span className={classes.seat}>
      <span className={classes.srOnly}>Seat </span>
      {ticket.seatNumber}
    </span>
    <div className={classes.what}>
      <Link href={ticketPath(ticket.id)} className={classes.link}>
        {ticket.origin} → {ticket.destination}
      </Link>
      <span className={classes.who}>{ticket.passengerName}</span>
    </div>
    <time className={classes.when} dateTime={ticket.departsAt}>
      {stamp(ticket.departsAt)}
    </time>
    <TicketBadge status={ticket.status} />
  </li>
);
