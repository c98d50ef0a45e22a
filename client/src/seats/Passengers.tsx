import { Text, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Ticket } from '../../../server/contract/seats.ts';
import { type Continuity, ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Panel } from '../app/Panel.tsx';
import classes from './Passengers.module.css';
import { TicketBadge } from './TicketBadge.tsx';

type Props = { tickets: Ticket[]; fresh: Continuity; onOpen: (ticketId: string) => void };

const bySeatNumber = new Intl.Collator('en', { numeric: true }).compare;

/** Who sits where, to staff; a row opens the ticket. */
export const Passengers = ({ tickets, fresh, onOpen }: Props) => {
  const [wanted, setWanted] = useState('');
  const rows = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return tickets
      .filter(
        ({ seatNumber, passengerName }) =>
          seatNumber.toLowerCase() === text || passengerName.toLowerCase().includes(text),
      )
      .sort((a, b) => bySeatNumber(a.seatNumber, b.seatNumber));
  }, [tickets, wanted]);
  return (
    <Panel title="Passengers" aside={<ContinuityBadge of={fresh} label="These passengers" />}>
      {tickets.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nobody yet.
        </Text>
      ) : (
        <>
          <TextInput
            type="search"
            aria-label="Find a passenger by name or seat"
            placeholder="Name or seat"
            size="xs"
            mb="xs"
            leftSection={<Search size={14} aria-hidden />}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
          <ul className={classes.list} data-testid="passengers">
            {rows.map(({ id, seatNumber, passengerName, status }) => (
              <li key={id}>
                <button type="button" className={classes.row} onClick={() => onOpen(id)}>
                  <span className={classes.seat}>{seatNumber}</span>
                  <span className={classes.name}>{passengerName}</span>
                  <TicketBadge status={status} />
                </button>
              </li>
            ))}
          </ul>
          {rows.length === 0 && (
            <Text size="sm" c="dimmed">
              No passenger matches.
            </Text>
          )}
        </>
      )}
    </Panel>
  );
};
