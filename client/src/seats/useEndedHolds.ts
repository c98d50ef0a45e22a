import { useCallback, useEffect, useRef, useState } from 'react';
import type { Ticket } from '../../../server/contract/seats.ts';

/** Seats whose hold ended by itself while the user looked: not paid, and not given back. */
export const useEndedHolds = (own: Ticket[]) => {
  const held = useRef(new Map<string, string>());
  const given = useRef(new Set<string>());
  const [ended, setEnded] = useState<readonly string[]>([]);
  useEffect(() => {
    const over: string[] = [];
    for (const { id, seatNumber, status } of own) {
      if (status === 'reserved') held.current.set(id, seatNumber);
      else if (held.current.delete(id) && status === 'cancelled' && !given.current.has(id)) over.push(seatNumber);
    }
    if (over.length > 0) setEnded((now) => [...now, ...over]);
  }, [own]);
  /** The user gives these back: no news when they are gone. */
  const giveBack = useCallback((ids: string[]) => {
    for (const id of ids) given.current.add(id);
  }, []);
  const dismiss = useCallback(() => setEnded([]), []);
  return { ended, giveBack, dismiss };
};
