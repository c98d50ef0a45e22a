import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Ticket } from '../../../server/contract/seats.ts';
import { type Basket, EMPTY, reconcile, seen, toggle } from './basket.ts';
import { nearestFree, type RouteState } from './map.ts';

/** The seats that a buyer has chosen, which leave the choice the moment somebody else has them. */
export const useBasket = (state: RouteState | undefined, own: Ticket[]) => {
  const [basket, setBasket] = useState<Basket>(EMPTY);
  /** Asked for right now: whether they are ours or somebody else's, the answer says. */
  const [taking, setTaking] = useState<readonly string[]>([]);
  const mine = useMemo(
    () => new Set(own.filter(({ status }) => status !== 'cancelled').map(({ seatNumber }) => seatNumber)),
    [own],
  );
  useEffect(() => {
    if (!state) return;
    const isFree = (seatNumber: string) =>
      state.seats.get(seatNumber)?.status === 'available' || taking.includes(seatNumber) || mine.has(seatNumber);
    setBasket((now) => reconcile(now, isFree, state.version));
  }, [state, taking, mine]);
  useEffect(() => {
    setBasket((now) =>
      now.chosen.some((seatNumber) => mine.has(seatNumber))
        ? { ...now, chosen: now.chosen.filter((seatNumber) => !mine.has(seatNumber)) }
        : now,
    );
  }, [mine]);

  const choose = useCallback((seatNumber: string) => setBasket((now) => toggle(now, seatNumber)), []);
  const dismiss = useCallback(() => setBasket(seen), []);
  const clear = useCallback(() => setBasket(EMPTY), []);
  const lost = basket.lost.at(-1)?.seatNumber;
  const instead = state && lost ? nearestFree(state, lost, basket.chosen) : undefined;
  return { basket, choose, dismiss, clear, setTaking, instead };
};
