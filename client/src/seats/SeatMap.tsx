// biome-ignore-all lint/a11y/useSemanticElements: a grid of seats is operated as one, with arrow keys; tables are read
// biome-ignore-all lint/a11y/useFocusableInteractive: the cells take the focus, one at a time
import { VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Check, LifeBuoy } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, memo, useId, useMemo, useRef, useState } from 'react';
import { layOut, seatAfter } from './layout.ts';
import classes from './SeatMap.module.css';
import { LOOKS, type Look, SPOKEN } from './seatStatus.ts';

export type MapSeat = {
  seatNumber: string;
  look: Look;
  /** Said and shown beyond the look, as a passenger's name to an agent. */
  note?: string | undefined;
  /** Changes when something just happened to the seat: it flashes once. */
  flash?: { kind: 'lost' | 'taken' | 'freed'; at: number } | undefined;
  /** Whether choosing it does something. */
  open: boolean;
};

type Props = {
  seats: MapSeat[];
  label: string;
  onChoose: (seatNumber: string) => void;
  /** Whether a click chooses (a buyer's) or opens (an agent's). */
  purpose: 'choose' | 'open';
};

/** On a wide screen the coach lies on its side, so that all of it is in sight; longer ones stand and scroll. */
const LYING = '(min-width: 75em)';
const LONGEST_LYING = 13;

/** The front is on the left then, and the window seats of the left side are at the bottom. */
const TURNED: Record<string, string> = {
  ArrowRight: 'ArrowDown',
  ArrowLeft: 'ArrowUp',
  ArrowUp: 'ArrowRight',
  ArrowDown: 'ArrowLeft',
};

/**
 * The coach from above. One stop for the Tab key; arrow keys walk from seat to seat, Home and End along the row (with
 * Ctrl to the first and last seat), Space or Enter chooses.
 */
export const SeatMap = ({ seats, label, onChoose, purpose }: Props) => {
  const rows = useMemo(() => layOut(seats), [seats]);
  const [focused, setFocused] = useState<string>();
  const grid = useRef<HTMLDivElement>(null);
  const hint = useId();
  const wide = useMediaQuery(LYING, false, { getInitialValueInEffect: false });
  const lying = wide && rows.length > 1 && rows.length <= LONGEST_LYING;
  // The seat that Tab leads to: where the user was last, else the first one that can be had.
  const present = seats.some(({ seatNumber }) => seatNumber === focused);
  const stop = present ? focused : (seats.find(({ open }) => open) ?? seats[0])?.seatNumber;

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (stop === undefined || event.altKey || event.metaKey) return;
    const next = seatAfter(rows, stop, (lying && TURNED[event.key]) || event.key, event.ctrlKey);
    if (next) {
      setFocused(next.seatNumber);
      grid.current?.querySelector<HTMLElement>(`[data-seat="${CSS.escape(next.seatNumber)}"]`)?.focus();
    }
    // Also at the edge: the page must not scroll away under somebody who walks the map.
    if (next || /^(Arrow|Page|Home|End)/.test(event.key)) event.preventDefault();
  };

  const width = rows[0]?.places.length ?? 0;
  return (
    <div className={classes.coach} data-lying={lying || undefined}>
      <div className={classes.front} aria-hidden>
        <LifeBuoy size={22} />
        <span>Front</span>
      </div>
      <div
        ref={grid}
        role="grid"
        aria-label={label}
        aria-describedby={hint}
        aria-rowcount={rows.length}
        aria-multiselectable={purpose === 'choose' || undefined}
        className={classes.grid}
        style={{ '--columns': width } as CSSProperties}
        onKeyDown={onKeyDown}
        data-testid="seat-map"
      >
        {rows.map((row, index) => (
          <div key={row.name} role="row" className={classes.row} aria-rowindex={index + 1}>
            {row.places.map((seat, place) => {
              const column = `${row.name}:${place}`;
              if (!seat)
                return (
                  <span key={column} className={classes.gap} aria-hidden>
                    {isAisle(row.places, place) ? row.name : ''}
                  </span>
                );
              return (
                <Seat
                  key={seat.seatNumber}
                  seat={seat}
                  stop={seat.seatNumber === stop}
                  selectable={purpose === 'choose'}
                  onChoose={onChoose}
                  onFocus={setFocused}
                />
              );
            })}
          </div>
        ))}
      </div>
      <VisuallyHidden id={hint}>
        Arrow keys walk from seat to seat, {purpose === 'choose' ? 'Space chooses or gives back' : 'Enter opens'}.
      </VisuallyHidden>
    </div>
  );
};

const isAisle = (places: (MapSeat | null)[], place: number) => places.length > 3 && place === places.length >> 1;

type SeatProps = {
  seat: MapSeat;
  stop: boolean;
  selectable: boolean;
  onChoose: (seatNumber: string) => void;
  onFocus: (seatNumber: string) => void;
};

const Seat = memo(
  ({ seat, stop, selectable, onChoose, onFocus }: SeatProps) => {
    const { seatNumber, look, note, flash, open } = seat;
    const Icon = look === 'chosen' || look === 'held' || look === 'mine' ? Check : LOOKS[look].icon;
    return (
      <button
        type="button"
        role="gridcell"
        className={classes.seat}
        data-seat={seatNumber}
        data-look={look}
        data-open={open || undefined}
        tabIndex={stop ? 0 : -1}
        aria-selected={selectable ? look === 'chosen' : undefined}
        aria-disabled={!open || undefined}
        aria-label={`Seat ${seatNumber}, ${SPOKEN[look]}${note ? `, ${note}` : ''}`}
        title={`${seatNumber}: ${LOOKS[look].label}${note ? `, ${note}` : ''}`}
        onClick={() => open && onChoose(seatNumber)}
        onFocus={() => onFocus(seatNumber)}
      >
        {flash && <span key={flash.at} className={classes.flash} data-kind={flash.kind} aria-hidden />}
        <span className={classes.number}>{seatNumber}</span>
        {Icon && <Icon size={12} strokeWidth={2.6} className={classes.icon} aria-hidden />}
      </button>
    );
  },
  (before, after) =>
    before.stop === after.stop &&
    before.selectable === after.selectable &&
    before.onChoose === after.onChoose &&
    before.seat.look === after.seat.look &&
    before.seat.note === after.seat.note &&
    before.seat.open === after.seat.open &&
    before.seat.flash?.at === after.seat.flash?.at &&
    before.seat.flash?.kind === after.seat.flash?.kind &&
    before.seat.seatNumber === after.seat.seatNumber,
);
