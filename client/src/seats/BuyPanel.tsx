import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Armchair, CircleAlert, X } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Route } from '../../../server/contract/seats.ts';
import { announce } from '../app/announce.tsx';
import { isTransient } from '../app/api.ts';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { money } from '../app/money.ts';
import { newId } from '../app/newId.ts';
import { Panel } from '../app/Panel.tsx';
import { ApiError } from '../app/problem.ts';
import classes from './BuyPanel.module.css';
import { type Basket, listSeats, MOST_SEATS } from './basket.ts';
import { hold } from './calls.ts';

type Props = {
  departure: Route;
  basket: Basket;
  onSeen: () => void;
  /** These are being asked for; none: an answer came. */
  onTaking: (seats: readonly string[]) => void;
  onHeld: () => void;
  /** The free seat that is nearest to a lost one. */
  instead: string | undefined;
  /** Staff sell to others. */
  staff: boolean;
  onChoose: (seatNumber: string) => void;
};

/** From chosen seats to a hold: who sits where, what it costs, all of them or none. */
export const BuyPanel = ({ departure, basket, onSeen, onTaking, onHeld, instead, onChoose, staff }: Props) => {
  const { chosen } = basket;
  const [names, setNames] = useState<Record<string, string>>({});
  // The same request sent twice (a retry after a lost answer) holds once; another choice is another request.
  const sent = useRef({ content: '', key: '' });

  const take = useMutation({
    mutationFn: () => {
      const passengers = chosen.map((seatNumber) => ({ seatNumber, passengerName: (names[seatNumber] ?? '').trim() }));
      const content = JSON.stringify([departure.id, passengers]);
      if (sent.current.content !== content) sent.current = { content, key: newId() };
      return hold(departure.id, passengers, sent.current.key);
    },
    onMutate: () => onTaking(chosen),
    onSuccess: onHeld,
    onError: (error) => {
      // The refusal is this request's answer for good; the same seats asked for later are a new request.
      if (error instanceof ApiError) sent.current = isTransient(error) ? sent.current : { content: '', key: '' };
    },
    onSettled: () => onTaking([]),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    take.mutate();
  };
  const { reset, isError } = take;
  // What was refused was another choice.
  const choice = chosen.join(' ');
  const refused = useRef(choice);
  useEffect(() => {
    if (isError && refused.current !== choice) reset();
    refused.current = choice;
  }, [choice, isError, reset]);

  return (
    <Panel title={titleOf(chosen.length, staff)}>
      <Stack gap="md">
        <LostNotice basket={basket} onSeen={onSeen} instead={instead} onChoose={onChoose} />
        {chosen.length === 0 ? (
          <Group gap="sm" wrap="nowrap" align="flex-start" c="dimmed">
            <Armchair size={20} aria-hidden className={classes.icon} />
            <Text size="sm">
              Choose a free seat in the map, or several: up to {MOST_SEATS} are held together, all of them or none.
            </Text>
          </Group>
        ) : (
          <form onSubmit={submit}>
            <Stack gap="md">
              <ul className={classes.seats}>
                {chosen.map((seatNumber, index) => (
                  <li key={seatNumber} className={classes.seat}>
                    <span className={classes.number} aria-hidden>
                      {seatNumber}
                    </span>
                    <TextInput
                      className={classes.name}
                      label={`Passenger in seat ${seatNumber}`}
                      required
                      withAsterisk={false}
                      maxLength={200}
                      autoComplete={index === 0 ? 'name' : 'off'}
                      value={names[seatNumber] ?? ''}
                      onChange={(event) => setNames({ ...names, [seatNumber]: event.currentTarget.value })}
                    />
                    <Button
                      variant="subtle"
                      color="gray"
                      size="compact-sm"
                      className={classes.back}
                      aria-label={`Give back seat ${seatNumber}`}
                      onClick={() => onChoose(seatNumber)}
                    >
                      <X size={16} aria-hidden />
                    </Button>
                  </li>
                ))}
              </ul>
              <Group justify="space-between" className={classes.total}>
                <Text size="sm" c="dimmed">
                  {chosen.length} × {money(departure.price)}
                </Text>
                <Text fw={700} fz={18}>
                  {money({ ...departure.price, amount: departure.price.amount * chosen.length })}
                </Text>
              </Group>
              <FormTrouble error={take.error} />
              <Button type="submit" size="md" fullWidth loading={take.isPending}>
                Hold {chosen.length === 1 ? `seat ${chosen[0]}` : `${chosen.length} seats`}
              </Button>
              <Text size="xs" c="dimmed">
                Nobody else can take {chosen.length > 1 ? 'them' : 'it'} while {staff ? 'it is paid' : 'you pay'}.
                Nothing is charged yet.
              </Text>
            </Stack>
          </form>
        )}
      </Stack>
    </Panel>
  );
};

const titleOf = (seats: number, staff: boolean) => {
  if (staff) return seats > 1 ? `Sell ${seats} seats` : 'Sell a seat';
  return seats > 1 ? `Your ${seats} seats` : 'Your seat';
};

type LostProps = { basket: Basket; onSeen: () => void; instead: string | undefined; onChoose: (seat: string) => void };

/** Somebody else was faster: said at once, with what can be done now. */
const LostNotice = ({ basket, onSeen, instead, onChoose }: LostProps) => {
  const seats = basket.lost.map(({ seatNumber }) => seatNumber);
  const told = seats.length > 0 ? `Seat ${listSeats(seats)} ${seats.length > 1 ? 'were' : 'was'} just taken` : '';
  useEffect(() => {
    if (told) announce(`${told} by somebody else`);
  }, [told]);
  if (!told) return null;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<CircleAlert size={18} aria-hidden />}
      title={told}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={onSeen}
      data-testid="lost-seat"
    >
      Somebody else was a moment faster. Nothing was charged{basket.chosen.length > 0 && '; your other seats stay'}.
      {instead && (
        <div>
          <Button
            size="xs"
            variant="default"
            mt="xs"
            onClick={() => {
              onChoose(instead);
              onSeen();
            }}
          >
            Take seat {instead} instead
          </Button>
        </div>
      )}
    </Alert>
  );
};
