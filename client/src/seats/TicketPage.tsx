import { Alert, Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, Ban, CircleAlert, Hourglass, Printer } from 'lucide-react';
import { useEffect } from 'react';
import { Link } from 'wouter';
import type { Ticket } from '../../../server/contract/seats.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { money } from '../app/money.ts';
import { Page } from '../app/Page.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { clock, full } from '../app/time.ts';
import { Countdown } from './Countdown.tsx';
import { readTicket, ticketKey } from './calls.ts';
import { OfferNotice } from './OfferNotice.tsx';
import { departurePath, TICKETS } from './places.ts';
import { QrCode } from './QrCode.tsx';
import { TicketHistory } from './TicketHistory.tsx';
import classes from './TicketPage.module.css';
import { useRouteStream } from './useRouteStream.ts';

const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});

/** One ticket: to show at the door from a phone, or to print. */
export default function TicketPage({ id }: { id: string }) {
  const {
    data: ticket,
    error,
    isPending,
    refetch,
  } = useQuery({
    queryKey: ticketKey(id),
    queryFn: ({ signal }) => readTicket(id, signal),
    refetchOnMount: 'always',
  });
  const { fresh, state } = useRouteStream(ticket?.routeId ?? null);
  const version = state?.version;
  // The ticket moves with its departure's seats: what happens to it is an event of that stream.
  useEffect(() => {
    if (version) void refetch();
  }, [version, refetch]);

  if (isPending)
    return (
      <Page title="Ticket">
        <BackLink />
        <Skeleton height={320} radius="md" />
      </Page>
    );
  if (!ticket)
    return (
      <Page title="Ticket">
        <BackLink />
        <Trouble error={error} retry={() => void refetch()} />
      </Page>
    );
  return (
    <Page
      title={`Seat ${ticket.seatNumber}, ${ticket.origin} to ${ticket.destination}`}
      aside={<ContinuityBadge of={fresh} label="This ticket" />}
      actions={
        ticket.status === 'confirmed' && (
          <Button leftSection={<Printer size={16} aria-hidden />} variant="default" onClick={() => globalThis.print()}>
            Print
          </Button>
        )
      }
    >
      <BackLink />
      <div className={classes.grid}>
        <Stack gap="md">
          <OfferNotice ticket={ticket} onAnswered={() => void refetch()} />
          <State ticket={ticket} />
          <Paper ticket={ticket} />
        </Stack>
        <TicketHistory id={id} version={ticket.version} fresh={fresh} />
      </div>
    </Page>
  );
}

const BackLink = () => (
  <Anchor component={Link} href={TICKETS} size="sm" className={classes.backLink}>
    <ArrowLeft size={14} aria-hidden /> All tickets
  </Anchor>
);

/** What stands between this ticket and the bus. */
const State = ({ ticket }: { ticket: Ticket }) => {
  if (ticket.offer?.kind === 'late_payment') return null;
  if (ticket.status === 'reserved' && ticket.expiresAt)
    return (
      <Stack gap="xs">
        <Countdown until={ticket.expiresAt} what="This hold" />
        <Button component={Link} href={departurePath(ticket.routeId)} leftSection={<Hourglass size={16} aria-hidden />}>
          Pay for it
        </Button>
      </Stack>
    );
  if (ticket.status === 'suspended')
    return (
      <Alert color="yellow" variant="light" icon={<CircleAlert size={18} aria-hidden />} title="Suspended">
        This ticket does not open the door right now. Ask at the counter.{ticket.reason && ` (${ticket.reason})`}
      </Alert>
    );
  if (ticket.status === 'cancelled')
    return (
      <Alert color="gray" variant="light" icon={<Ban size={18} aria-hidden />} title="Cancelled">
        This ticket is not valid any more.{ticket.reason && ` ${ticket.reason}.`}
      </Alert>
    );
  return null;
};

const Paper = ({ ticket }: { ticket: Ticket }) => {
  const { origin, destination, departsAt, seatNumber, passengerName, status, code } = ticket;
  return (
    <article className={classes.paper} data-status={status} aria-label={`Ticket for seat ${seatNumber}`}>
      <div className={classes.facts}>
        <div className={classes.journey}>
          <span>{origin}</span>
          <span aria-hidden className={classes.line} />
          <span className={classes.srOnly}>to</span>
          <span>{destination}</span>
        </div>
        <dl className={classes.list}>
          <Fact name="Day">{dayFormat.format(new Date(departsAt))}</Fact>
          <Fact name="Departs">
            <time dateTime={departsAt} title={full(departsAt)}>
              {clock(departsAt)}
            </time>
          </Fact>
          <Fact name="Seat">{seatNumber}</Fact>
          <Fact name="Passenger">{passengerName}</Fact>
          <Fact name="Price">{money(ticket.price)}</Fact>
        </dl>
      </div>
      <div className={classes.stub}>
        {status === 'confirmed' ? (
          <>
            <QrCode text={code} label="QR code of this ticket" />
            <Text className={classes.id}>{code}</Text>
          </>
        ) : (
          <Text size="sm" c="dimmed" ta="center">
            {status === 'reserved' ? 'The code shows here once it is paid.' : 'No code: this ticket is not valid now.'}
          </Text>
        )}
      </div>
    </article>
  );
};

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <Group gap={0} className={classes.fact}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </Group>
);
