import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Ban, Info } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import type { Route, Ticket } from '../../../server/contract/seats.ts';
import { announce } from '../app/announce.tsx';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { money } from '../app/money.ts';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { clock, day, full } from '../app/time.ts';
import { isDesk } from './access.ts';
import { BuyPanel } from './BuyPanel.tsx';
import { type Basket, listSeats } from './basket.ts';
import { CancelDeparture } from './CancelDeparture.tsx';
import { DEPARTURES_KEY } from './calls.ts';
import classes from './DeparturePage.module.css';
import { HeldPanel } from './HeldPanel.tsx';
import { Legend } from './Legend.tsx';
import { countFree, type Seat } from './map.ts';
import { Occupancy } from './Occupancy.tsx';
import { OfferNotice } from './OfferNotice.tsx';
import { Passengers } from './Passengers.tsx';
import { ticketPath } from './places.ts';
import { SeatDialog } from './SeatDialog.tsx';
import { type MapSeat, SeatMap } from './SeatMap.tsx';
import type { Look } from './seatStatus.ts';
import { TicketBadge } from './TicketBadge.tsx';
import { useBasket } from './useBasket.ts';
import { useEndedHolds } from './useEndedHolds.ts';
import type { useRouteStream } from './useRouteStream.ts';
import { useRouteTickets } from './useRouteTickets.ts';
import { WaitingPanel } from './WaitingPanel.tsx';

type Props = {
  departure: Route;
  route: ReturnType<typeof useRouteStream>;
  user: User;
  onChanged: () => void;
  /** Above the content: the way back. */
  children: ReactNode;
};

export const DepartureView = ({ departure, route, user, onChanged, children }: Props) => {
  const client = useQueryClient();
  const { state, fresh } = route;
  const { known, tickets, own, bySeat, staff, reread } = useRouteTickets(departure, user, state);
  const { basket, choose, dismiss, clear, setTaking, instead } = useBasket(state, own);
  const holds = useEndedHolds(own);
  const [open, setOpen] = useState<string>();
  const [cancelling, setCancelling] = useState(false);
  const side = useRef<HTMLDivElement>(null);

  const cancelled = departure.status === 'cancelled';
  const gone = Date.parse(departure.departsAt) < Date.now();
  const onSale = !cancelled && !gone;
  const held = useMemo(
    () => own.filter(({ status, offer }) => status === 'reserved' && offer?.kind !== 'late_payment'),
    [own],
  );
  const booked = useMemo(() => own.filter(({ status }) => status === 'confirmed' || status === 'suspended'), [own]);
  const offered = own.filter(({ status, offer }) => status === 'reserved' && offer?.kind === 'late_payment');
  const seats = useMemo(
    () =>
      [...(state?.seats.values() ?? [])].map((seat) => drawn(seat, { basket, bySeat, userId: user.id, staff, onSale })),
    [state, basket, bySeat, user.id, staff, onSale],
  );
  const free = state ? countFree(state) : departure.available;

  const chooseOrOpen = useCallback(
    (seatNumber: string) => {
      const ticket = staff ? bySeat.get(seatNumber) : undefined;
      if (ticket) setOpen(ticket.id);
      else choose(seatNumber);
    },
    [staff, bySeat, choose],
  );
  const changed = useCallback(() => {
    reread();
    void client.invalidateQueries({ queryKey: DEPARTURES_KEY });
  }, [reread, client]);

  const opened = open === undefined ? undefined : tickets.find(({ id }) => id === open);
  const title = `${departure.origin} to ${departure.destination}`;
  return (
    <Page
      title={title}
      aside={<ContinuityBadge of={fresh} label="This departure" />}
      actions={
        staff &&
        onSale && (
          <Button
            variant="default"
            size="sm"
            leftSection={<Ban size={16} aria-hidden />}
            onClick={() => setCancelling(true)}
          >
            Cancel departure
          </Button>
        )
      }
    >
      {children}
      <div className={classes.facts}>
        <time className={classes.when} dateTime={departure.departsAt} title={full(departure.departsAt)}>
          {day(departure.departsAt)}, {clock(departure.departsAt)}
        </time>
        <Text fw={600}>{money(departure.price)}</Text>
        <Occupancy available={free} total={state?.seats.size ?? departure.total} />
      </div>
      {cancelled && (
        <Alert
          color="red"
          variant="light"
          mb="md"
          icon={<Ban size={18} aria-hidden />}
          title="This departure is cancelled"
        >
          Its tickets are not valid any more; what was paid for them is refunded.
        </Alert>
      )}
      {!cancelled && gone && (
        <Alert color="gray" variant="light" mb="md" icon={<Info size={18} aria-hidden />} title="This bus has left">
          No seats are sold for it any more.
        </Alert>
      )}
      <div
        className={classes.grid}
        data-urgent={(!staff && own.some(({ status }) => status !== 'cancelled')) || offered.length > 0 || undefined}
      >
        <Panel title="Seats" aside={<ContinuityBadge of={fresh} label="These seats" />}>
          {!state && !route.error && <Skeleton height={420} radius="md" />}
          {!state && route.error && <Trouble error={route.error} />}
          {state && (
            <>
              <SeatMap seats={seats} label={`Seats of ${title}`} onChoose={chooseOrOpen} purpose="choose" />
              <Legend looks={staff ? STAFF_LOOKS : BUYER_LOOKS} />
            </>
          )}
        </Panel>
        <div className={classes.side} ref={side}>
          <EndedNotice seats={offered.length > 0 ? NONE : holds.ended} onSeen={holds.dismiss} />
          {offered.map((ticket) => (
            <OfferNotice key={ticket.id} ticket={ticket} onAnswered={changed} />
          ))}
          {held.length > 0 && (
            <HeldPanel tickets={held} staff={staff} onChanged={changed} onGiveBack={holds.giveBack} />
          )}
          {onSale &&
            state &&
            known &&
            (held.length === 0 || basket.chosen.length > 0 || basket.lost.length > 0) &&
            free > 0 && (
              <BuyPanel
                departure={departure}
                basket={basket}
                staff={staff}
                instead={instead}
                onChoose={choose}
                onSeen={dismiss}
                onTaking={setTaking}
                onHeld={() => {
                  clear();
                  changed();
                }}
              />
            )}
          {onSale && state && free === 0 && held.length === 0 && !staff && (
            <WaitingPanel departure={departure} version={state.version} />
          )}
          {staff && <Passengers tickets={[...bySeat.values()]} fresh={fresh} onOpen={setOpen} />}
          {booked.length > 0 && !staff && <Booked tickets={booked} />}
        </div>
      </div>
      {basket.chosen.length > 0 && (
        <div className={classes.dock}>
          <Text fw={600}>
            {basket.chosen.length === 1 ? `Seat ${basket.chosen[0]}` : `${basket.chosen.length} seats`} ·{' '}
            {money({ ...departure.price, amount: departure.price.amount * basket.chosen.length })}
          </Text>
          <Button size="sm" onClick={() => showForm(side.current)}>
            Go on
          </Button>
        </div>
      )}
      {opened && (
        <SeatDialog
          desk={isDesk(user)}
          key={opened.id}
          ticket={opened}
          free={seats.filter(({ look }) => look === 'available').map(({ seatNumber }) => seatNumber)}
          onClose={() => setOpen(undefined)}
          onChanged={changed}
        />
      )}
      {cancelling && (
        <CancelDeparture
          departure={departure}
          sold={bySeat.size}
          onClose={() => setCancelling(false)}
          onDone={() => {
            onChanged();
            changed();
          }}
        />
      )}
    </Page>
  );
};

/** On a phone the form is below the map: brings it into sight, with the first empty field ready for typing. */
const showForm = (side: HTMLElement | null) => {
  const field =
    side?.querySelector<HTMLInputElement>('input:placeholder-shown, input[value=""]') ?? side?.querySelector('input');
  (field ?? side)?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
};

/** An offer tells the rest of the story of a hold that ended. */
const NONE: readonly string[] = [];

const BUYER_LOOKS: Look[] = ['available', 'chosen', 'held', 'mine', 'reserved', 'confirmed', 'suspended'];
const STAFF_LOOKS: Look[] = ['available', 'chosen', 'held', 'reserved', 'confirmed', 'suspended'];

type Context = {
  basket: Basket;
  bySeat: Map<string, Ticket>;
  userId: string;
  staff: boolean;
  onSale: boolean;
};

const lookOf = ({ seatNumber, status }: Seat, { basket, bySeat, userId, staff }: Context): Look => {
  if (status === 'available') return basket.chosen.includes(seatNumber) ? 'chosen' : 'available';
  const ticket = bySeat.get(seatNumber);
  if (ticket?.userId !== userId) return status;
  if (status === 'reserved') return 'held';
  return status === 'confirmed' && !staff ? 'mine' : status;
};

const drawn = (seat: Seat, context: Context): MapSeat => {
  const { seatNumber, changedIn, change } = seat;
  const { basket, bySeat, staff, onSale } = context;
  const look = lookOf(seat, context);
  const lost = basket.lost.some((one) => one.seatNumber === seatNumber);
  const flash = lost ? 'lost' : look === 'held' || look === 'mine' ? undefined : change;
  return {
    seatNumber,
    look,
    note: staff ? bySeat.get(seatNumber)?.passengerName : undefined,
    flash: flash && { kind: flash, at: changedIn },
    open: seat.status === 'available' ? onSale : staff && bySeat.has(seatNumber),
  };
};

const EndedNotice = ({ seats, onSeen }: { seats: readonly string[]; onSeen: () => void }) => {
  const told = seats.length > 0 ? `Your hold on seat ${listSeats(seats)} has ended` : '';
  useEffect(() => {
    if (told) announce(told);
  }, [told]);
  if (!told) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      icon={<Info size={18} aria-hidden />}
      title={told}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={onSeen}
      data-testid="hold-ended"
    >
      Nothing was charged. While it is free you can choose it again.
    </Alert>
  );
};

const Booked = ({ tickets }: { tickets: Ticket[] }) => (
  <Panel title={tickets.length > 1 ? 'Your tickets' : 'Your ticket'}>
    <Stack gap="xs" data-testid="booked">
      {tickets.map(({ id, seatNumber, passengerName, status }) => (
        <Group key={id} justify="space-between" wrap="nowrap">
          <div>
            <Text fw={600}>Seat {seatNumber}</Text>
            <Text size="sm" c="dimmed">
              {passengerName}
            </Text>
          </div>
          <Group gap="xs">
            <TicketBadge status={status} />
            <Button component={Link} href={ticketPath(id)} size="xs" variant="default">
              Show
            </Button>
          </Group>
        </Group>
      ))}
    </Stack>
  </Panel>
);
