import { Alert, Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CloudOff, CreditCard, Hourglass, Store } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { Ticket } from '../../../server/contract/seats.ts';
import { announce } from '../app/announce.tsx';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { money } from '../app/money.ts';
import { notifyDone } from '../app/notify.tsx';
import { Panel } from '../app/Panel.tsx';
import { ApiError } from '../app/problem.ts';
import { listSeats } from './basket.ts';
import { Countdown } from './Countdown.tsx';
import { cancelTicket, extendTicket, readPaymentOptions } from './calls.ts';
import { useSecondsLeft } from './clock.ts';
import classes from './HeldPanel.module.css';
import { ticketPath } from './places.ts';
import { type Paying, usePayment } from './usePayment.ts';

type Props = {
  /** Reserved tickets of the user on one departure, at least one. */
  tickets: Ticket[];
  /** Staff say how they were paid. */
  staff: boolean;
  onChanged: () => void;
  /** The user gives these up. */
  onGiveBack: (ids: string[]) => void;
};

const earliest = (tickets: Ticket[]) =>
  tickets.reduce((first, { expiresAt }) => (expiresAt && expiresAt < first ? expiresAt : first), '9999');

/** Seats that are held: how long still, and paying for them. */
export const HeldPanel = ({ tickets, staff, onChanged, onGiveBack }: Props) => {
  const { data: options } = useQuery({
    queryKey: ['seats', 'payment-options'],
    queryFn: ({ signal }) => readPaymentOptions(signal),
    staleTime: 60_000,
  });
  const [method, setMethod] = useState(staff ? 'cash' : 'card');
  const until = earliest(tickets);
  const left = useSecondsLeft(Date.parse(until));
  // The most that was ever left: how long the whole hold is, as far as this screen knows.
  const whole = useRef(left);
  whole.current = Math.max(whole.current, left);
  const panel = useRef<HTMLDivElement>(null);
  const payment = usePayment(tickets, method, onChanged);
  const seats = listSeats(tickets.map(({ seatNumber }) => seatNumber));
  const [first] = tickets;

  useEffect(() => {
    // The form that had the focus is gone.
    panel.current?.focus({ preventScroll: true });
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const ended = left === 0;
  useEffect(() => {
    if (ended) onChanged();
  }, [ended, onChanged]);

  const extend = useMutation({
    mutationFn: () => Promise.all(tickets.filter(({ extended }) => !extended).map(({ id }) => extendTicket(id))),
    onSuccess: () => {
      whole.current = 0;
      notifyDone('You have more time.');
    },
    onSettled: onChanged,
  });
  const release = useMutation({
    mutationFn: () => {
      onGiveBack(tickets.map(({ id }) => id));
      return Promise.all(tickets.map(({ id }) => cancelTicket(id)));
    },
    onSettled: onChanged,
  });

  const total = tickets.reduce((sum, ticket) => sum + ticket.price.amount, 0);
  const busy =
    payment.state.phase === 'sending' || payment.state.phase === 'unsure' || payment.state.phase === 'pending';
  // Whoever may not pay here learns it before trying; the server's refusal says the same.
  const atDesk = options?.mayPay === false || isForbidden(payment.state);
  const offered = tickets.some(({ offer }) => offer?.kind === 'waiting_list');
  return (
    <div ref={panel} tabIndex={-1} className={classes.panel}>
      <Panel title={`${offered ? 'Free for you' : 'Held for you'}: ${tickets.length > 1 ? 'seats' : 'seat'} ${seats}`}>
        <Stack gap="md">
          <Countdown until={until} of={whole.current} what={offered ? 'This offer' : 'Your hold'} />
          <ul className={classes.tickets}>
            {tickets.map(({ id, seatNumber, passengerName, price: each }) => (
              <li key={id}>
                <b>{seatNumber}</b>
                <span>{passengerName}</span>
                <span>{money(each)}</span>
              </li>
            ))}
          </ul>
          {staff && (
            <NativeSelect
              label="Paid by"
              value={method}
              onChange={(event) => setMethod(event.currentTarget.value)}
              data={[
                { value: 'cash', label: 'Cash' },
                { value: 'card', label: 'Card at the desk' },
                { value: 'transfer', label: 'Bank transfer' },
              ]}
            />
          )}
          <PaymentNews state={payment.state} tickets={tickets} atDesk={atDesk} />
          <FormTrouble error={extend.error ?? release.error} />
          {!atDesk && (
            <Button
              size="md"
              fullWidth
              leftSection={<CreditCard size={18} aria-hidden />}
              loading={payment.state.phase === 'sending'}
              disabled={ended || busy || release.isPending}
              onClick={() => void payment.start()}
            >
              {staff
                ? `Record ${money({ ...first!.price, amount: total })}`
                : `Pay ${money({ ...first!.price, amount: total })}`}
            </Button>
          )}
          <Group gap="xs" grow>
            {!offered && (
              <Button
                variant="default"
                leftSection={<Hourglass size={16} aria-hidden />}
                loading={extend.isPending}
                disabled={ended || busy || tickets.every(({ extended }) => extended)}
                onClick={() => extend.mutate()}
              >
                {tickets.every(({ extended }) => extended) ? 'Extended' : 'More time'}
              </Button>
            )}
            <Button variant="default" loading={release.isPending} disabled={busy} onClick={() => release.mutate()}>
              Give back
            </Button>
          </Group>
        </Stack>
      </Panel>
    </div>
  );
};

const isForbidden = (state: Paying) =>
  state.phase === 'failed' && state.error instanceof ApiError && state.error.code === 'FORBIDDEN';

const PaymentNews = ({ state, tickets, atDesk }: { state: Paying; tickets: Ticket[]; atDesk: boolean }) => {
  const { phase } = state;
  useEffect(() => {
    if (phase === 'unsure') announce('No answer to your payment yet. Do not pay again.');
    if (phase === 'paid') announce('Paid');
  }, [phase]);
  if (phase === 'unsure')
    return (
      <Alert
        color="yellow"
        variant="light"
        role="alert"
        icon={<CloudOff size={18} aria-hidden />}
        title="No answer to your payment yet"
        data-testid="payment-unsure"
      >
        The connection broke in the middle. You need not pay again: it is asked for by itself and counts once.
      </Alert>
    );
  if (phase === 'pending')
    return (
      <Alert
        color="tide"
        variant="light"
        role="status"
        icon={<Hourglass size={18} aria-hidden />}
        title="Waiting for your bank"
        data-testid="payment-pending"
      >
        Your ticket shows here the moment the payment is confirmed.
      </Alert>
    );
  if (phase === 'paid')
    return (
      <Alert color="tide" variant="light" role="status" icon={<CircleCheck size={18} aria-hidden />} title="Paid">
        <Button component={Link} href={ticketPath(tickets[0]!.id)} size="xs" mt={4}>
          Show the ticket
        </Button>
      </Alert>
    );
  if (atDesk)
    return (
      <Alert
        color="tide"
        variant="light"
        role="status"
        icon={<Store size={18} aria-hidden />}
        title="Pay at the desk"
        data-testid="pay-at-desk"
      >
        This company takes payments at its counters. Tell them your name and seat{tickets.length > 1 && 's'} before the
        time is over; your ticket shows here the moment it is paid.
      </Alert>
    );
  if (phase === 'refused')
    return (
      <Alert
        color="red"
        variant="light"
        role="alert"
        icon={<CircleAlert size={18} aria-hidden />}
        title="The payment did not go through"
        data-testid="payment-refused"
      >
        Nothing was charged, and the seat is still held for you. Try again, or pay another way.
      </Alert>
    );
  return phase === 'failed' ? <FormTrouble error={state.error} /> : null;
};
