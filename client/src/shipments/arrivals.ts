import { matchQuery, type QueryClient } from '@tanstack/react-query';
import { type Arrival, applyShipments, LISTS } from './cache.ts';

/** An event may overtake the answer to a list that was asked for before it; so the last ones are kept a while. */

const KEPT = 500;
const arrived = new Map<string, Arrival>();

export const remember = (arrival: Arrival): void => {
  const { id } = arrival.shipment;
  arrived.delete(id);
  arrived.set(id, arrival);
  if (arrived.size > KEPT) arrived.delete(arrived.keys().next().value!);
};

/**
 * Puts into every list that is read what arrived while it was on its way. Only then, not when an event has changed it:
 * all of them would be applied for every event again. Answers how to end it.
 */
export const replayAfterReads = (client: QueryClient): (() => void) =>
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success' || event.action.manual) return;
    if (matchQuery({ queryKey: LISTS }, event.query)) applyShipments(client, [...arrived.values()]);
  });
