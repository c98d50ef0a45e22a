import { matchQuery, type QueryClient } from '@tanstack/react-query';
import { type Arrival, applyShipments, LISTS, ONE, type Pages, withoutRepeats } from './cache.ts';

/** An event may overtake an answer that was asked for before it; so the last ones are kept a while. */

const KEPT = 500;
/** With the client, which ends with the session: what one person heard is nothing to who signs in next. */
const arrivedAt = new WeakMap<QueryClient, Map<string, Arrival>>();

const arrivedOf = (client: QueryClient): Map<string, Arrival> => {
  const known = arrivedAt.get(client);
  if (known) return known;
  const arrived = new Map<string, Arrival>();
  arrivedAt.set(client, arrived);
  return arrived;
};

export const remember = (client: QueryClient, arrival: Arrival): void => {
  const arrived = arrivedOf(client);
  const { id } = arrival.shipment;
  arrived.delete(id);
  arrived.set(id, arrival);
  if (arrived.size > KEPT) arrived.delete(arrived.keys().next().value!);
};

/**
 * Puts into every list and shipment that is read what arrived while it was on its way, and has each row of a list in it
 * once. Only then, not when an event has changed it: all of them would be applied for every event again. Answers how to
 * end it.
 */
export const replayAfterReads = (client: QueryClient): (() => void) =>
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success' || event.action.manual) return;
    const { query } = event;
    if (matchQuery({ queryKey: LISTS }, query)) {
      const data = query.state.data as Pages;
      const once = withoutRepeats(data);
      if (once !== data) client.setQueryData(query.queryKey, once);
    } else if (!matchQuery({ queryKey: ONE }, query)) return;
    applyShipments(client, [...arrivedOf(client).values()]);
  });
