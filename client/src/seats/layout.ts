/** Where seats stand in the coach, read from their numbers alone: "12C" is row 12, third from the left. */

export type Row<Seat> = {
  name: string;
  /** In order from the window on the left; null where the aisle is. */
  places: (Seat | null)[];
};

const ROW_AND_LETTER = /^(\d{1,3})\s*-?\s*([A-H])$/i;
/** Seats side by side when numbers say nothing of it: two, the aisle, two. */
const ABREAST = 4;

type Numbered = { seatNumber: string };

/** As people order them: 2 before 10. */
const inOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare;

export const layOut = <Seat extends Numbered>(seats: readonly Seat[]): Row<Seat>[] => {
  const sorted = [...seats].sort((a, b) => inOrder(a.seatNumber, b.seatNumber));
  return byLetter(sorted) ?? byCount(sorted);
};

const byLetter = <Seat extends Numbered>(seats: Seat[]): Row<Seat>[] | undefined => {
  const rows = new Map<string, Map<string, Seat>>();
  const letters = new Set<string>();
  for (const seat of seats) {
    const [, row, letter] = ROW_AND_LETTER.exec(seat.seatNumber) ?? [];
    if (!row || !letter) return undefined;
    letters.add(letter.toUpperCase());
    const places = rows.get(row) ?? new Map<string, Seat>();
    places.set(letter.toUpperCase(), seat);
    rows.set(row, places);
  }
  const columns = [...letters].sort();
  return [...rows].map(([name, places]) => ({
    name,
    places: withAisle(columns.map((letter) => places.get(letter) ?? null)),
  }));
};

const byCount = <Seat extends Numbered>(seats: Seat[]): Row<Seat>[] =>
  Array.from({ length: Math.ceil(seats.length / ABREAST) }, (_, index) => {
    const places: (Seat | null)[] = seats.slice(index * ABREAST, (index + 1) * ABREAST);
    while (places.length < ABREAST) places.push(null);
    return { name: String(index + 1), places: withAisle(places) };
  });

/** The aisle stands in the middle, a little right of it when the number of seats is odd. */
const withAisle = <Seat>(places: (Seat | null)[]): (Seat | null)[] => {
  if (places.length < 3) return places;
  const left = Math.ceil(places.length / 2);
  return [...places.slice(0, left), null, ...places.slice(left)];
};

const STEPS: Record<string, readonly [rows: number, places: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-5, 0],
  PageDown: [5, 0],
};

type Find<Seat> = { row: number; place: number; seat: Seat };

const find = <Seat extends Numbered>(rows: Row<Seat>[], seatNumber: string): Find<Seat> | undefined => {
  for (const [row, { places }] of rows.entries())
    for (const [place, seat] of places.entries()) if (seat?.seatNumber === seatNumber) return { row, place, seat };
  return undefined;
};

/** The nearest seat to a place of a row: there may be none right there, as beside the stairs. */
const nearest = <Seat extends Numbered>(places: (Seat | null)[], place: number): Seat | undefined => {
  for (let away = 0; away < places.length; away++) {
    const seat = places[place - away] ?? places[place + away];
    if (seat) return seat;
  }
  return undefined;
};

/** The seat that a key leads to; undefined when the key is none of ours or leads nowhere. */
export const seatAfter = <Seat extends Numbered>(
  rows: Row<Seat>[],
  from: string,
  key: string,
  whole = false,
): Seat | undefined => {
  const at = find(rows, from);
  if (!at) return undefined;
  const seatsOf = (row: number) => rows[row]?.places.filter((seat) => seat !== null) ?? [];
  if (key === 'Home') return seatsOf(whole ? 0 : at.row)[0];
  if (key === 'End') return seatsOf(whole ? rows.length - 1 : at.row).at(-1);
  const step = STEPS[key];
  if (!step) return undefined;
  const [down, right] = step;
  if (right !== 0) {
    const { places } = rows[at.row]!;
    for (let place = at.place + right; place >= 0 && place < places.length; place += right) {
      const seat = places[place];
      if (seat) return seat;
    }
    return undefined;
  }
  const row = Math.min(rows.length - 1, Math.max(0, at.row + down));
  return row === at.row ? undefined : nearest(rows[row]!.places, at.place);
};
