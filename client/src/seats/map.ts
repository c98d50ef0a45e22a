import type { SeatMap, SeatUpdate } from '../../../server/contract/seats.ts';
import type { SeatStatus } from './seatStatus.ts';

/** A departure's seats as its stream tells them. Pure. */

export type Seat = {
  seatNumber: string;
  status: SeatStatus;
  /** Of what happened to it while we looked; 0: nothing. */
  changedIn: number;
  change: 'taken' | 'freed' | undefined;
};

export type RouteState = {
  version: number;
  seats: ReadonlyMap<string, Seat>;
  /** The latest first; a few, for those who want to know what became of their tickets. */
  recent: readonly SeatUpdate[];
};

const REMEMBERED = 50;

export const fromSnapshot = (snapshot: SeatMap, version: number): RouteState => ({
  version,
  seats: new Map(
    snapshot.seats.map(({ seatNumber, status }) => [
      seatNumber,
      { seatNumber, status, changedIn: 0, change: undefined },
    ]),
  ),
  recent: [],
});

const changeOf = (before: SeatStatus | undefined, after: SeatStatus): Seat['change'] => {
  if (before === after) return undefined;
  if (after === 'available') return 'freed';
  return before === 'available' ? 'taken' : undefined;
};

export const applyUpdate = (state: RouteState, update: SeatUpdate): RouteState => {
  const { seatNumber, status, version } = update;
  const before = state.seats.get(seatNumber);
  const seats = new Map(state.seats);
  seats.set(seatNumber, { seatNumber, status, changedIn: version, change: changeOf(before?.status, status) });
  return { version, seats, recent: [update, ...state.recent].slice(0, REMEMBERED) };
};

export const countFree = (state: RouteState): number => {
  let free = 0;
  for (const { status } of state.seats.values()) if (status === 'available') free += 1;
  return free;
};

const numeric = (seatNumber: string) => Number.parseInt(seatNumber, 10) || 0;

/** The free seat whose number is nearest to another's. */
export const nearestFree = (state: RouteState, to: string, except: readonly string[]): string | undefined => {
  let best: string | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const { seatNumber, status } of state.seats.values()) {
    if (status !== 'available' || seatNumber === to || except.includes(seatNumber)) continue;
    const away = Math.abs(numeric(seatNumber) - numeric(to));
    if (away < distance) {
      best = seatNumber;
      distance = away;
    }
  }
  return best;
};
