/** Seats that a buyer has chosen and not yet holds, kept while the map changes under them. Pure. */

export type Lost = { seatNumber: string; at: number };
export type Basket = {
  /** In the order they were chosen. */
  readonly chosen: readonly string[];
  /** Chosen seats that somebody else got first, the latest last; until the buyer has seen it. */
  readonly lost: readonly Lost[];
};

export const EMPTY: Basket = { chosen: [], lost: [] };

/** As many as one request may hold. */
export const MOST_SEATS = 8;

export const toggle = (basket: Basket, seatNumber: string): Basket => {
  if (basket.chosen.includes(seatNumber))
    return { ...basket, chosen: basket.chosen.filter((other) => other !== seatNumber) };
  if (basket.chosen.length >= MOST_SEATS) return basket;
  return {
    chosen: [...basket.chosen, seatNumber],
    lost: basket.lost.filter((lost) => lost.seatNumber !== seatNumber),
  };
};

/** Drops what can no longer be had, and remembers that it was lost. The same object when nothing was. */
export const reconcile = (basket: Basket, isFree: (seatNumber: string) => boolean, at: number): Basket => {
  const gone = basket.chosen.filter((seatNumber) => !isFree(seatNumber));
  if (gone.length === 0) return basket;
  return {
    chosen: basket.chosen.filter(isFree),
    lost: [
      ...basket.lost.filter(({ seatNumber }) => !gone.includes(seatNumber)),
      ...gone.map((seatNumber) => ({ seatNumber, at })),
    ],
  };
};

export const seen = (basket: Basket): Basket => ({ ...basket, lost: [] });

/** "12", "12 and 13", "11, 12 and 13" */
export const listSeats = (seats: readonly string[]): string =>
  seats.length < 2 ? (seats[0] ?? '') : `${seats.slice(0, -1).join(', ')} and ${seats.at(-1)}`;
