import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { announce } from '../app/announce.tsx';
import { request } from '../app/api.ts';
import { advance, applyShipments, type Change, heldShipment, LISTS, type Pages } from './cache.ts';
import { noteChanges } from './changes.ts';

/**
 * Keeps every list that was read true: by the events of the company's room, and after an interruption by reading what
 * changed since. Events are taken in batches, since a busy minute brings hundreds and each would redraw the list.
 */

type Arrival = { shipment: Shipment; by?: string; isNew?: boolean };

const BATCH_MS = 80;
/** Clocks and transactions overlap: rows may become visible a little after the time they carry. */
const OVERLAP_MS = 60_000;
/** An event may overtake the answer to a list that was asked for before it; so the last ones are kept a while. */
const KEPT = 500;

const arrived = new Map<string, Arrival>();
let queue: Arrival[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let catchingUp = false;
let caughtUpAt = Date.now();
const listeners = new Set<() => void>();

const say = ({ shipment, what, by, isNew }: Change) =>
  isNew ? `New shipment ${shipment.poNumber}` : `${shipment.poNumber}: ${what}, by ${by}`;

const take = (client: QueryClient, arrivals: Arrival[]) => {
  const changes = applyShipments(client, arrivals);
  noteChanges(changes.map(({ shipment, what, by, isNew }) => [shipment.id, { what, by, isNew }]));
  for (const change of changes) announce(say(change));
};

const enqueue = (client: QueryClient, arrival: Arrival) => {
  const { id } = arrival.shipment;
  arrived.delete(id);
  arrived.set(id, arrival);
  if (arrived.size > KEPT) arrived.delete(arrived.keys().next().value!);
  queue.push(arrival);
  if (timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    const batch = queue;
    queue = [];
    take(client, batch);
  }, BATCH_MS);
};

/** A durable event of any shipment the user may see. */
export const takeEvent = (client: QueryClient, event: ShipmentEvent): void => {
  const id = event.shipmentId;
  const pending = queue.findLast(({ shipment }) => shipment.id === id)?.shipment;
  const next = advance(pending ?? heldShipment(client, id), event);
  if (next)
    enqueue(client, event.type === 'shipment:updated' ? { shipment: next, by: event.changedBy } : { shipment: next });
};

export const takeNew = (client: QueryClient, shipment: Shipment): void =>
  enqueue(client, { shipment, by: shipment.changedBy, isNew: true });

/** After a list was read: what arrived while it was on its way. */
export const replayArrivals = (client: QueryClient): void => {
  applyShipments(client, [...arrived.values()]);
};

/** The user's own change, as the server answered it; the event brings the same a moment earlier or later. */
export const takeOwn = (client: QueryClient, shipment: Shipment): void => enqueue(client, { shipment });

const listsOf = (client: QueryClient): Pages[] =>
  client.getQueriesData<Pages>({ queryKey: LISTS }).flatMap(([, data]) => data ?? []);

const newestUpdate = (client: QueryClient): string | undefined => {
  let newest: string | undefined;
  for (const { pages } of listsOf(client))
    for (const page of pages)
      for (const { updatedAt } of page.items) if (!newest || updatedAt > newest) newest = updatedAt;
  return newest;
};

const readDelta = async (client: QueryClient, since: string) => {
  const query = new URLSearchParams({ limit: '200', updatedSince: since });
  // A longer way than reading the lists anew is not worth going.
  const longest = Math.max(2, ...listsOf(client).map(({ pages }) => pages.length));
  for (let page = 0; page < longest; page++) {
    const { items, nextCursor } = await request<List<Shipment>>(`/api/shipments?${query}`);
    take(
      client,
      items.map((shipment) => ({ shipment })),
    );
    if (nextCursor === null) return;
    query.set('cursor', nextCursor);
  }
  await client.invalidateQueries({ queryKey: LISTS });
};

const setCatchingUp = (value: boolean) => {
  catchingUp = value;
  for (const listener of listeners) listener();
};

/**
 * Reads what changed while nobody told us. Without rows to build on it does nothing: the list's first read is fresh.
 * When it fails the lists are marked as outdated, so that they are read anew when next seen.
 */
export const catchUp = async (client: QueryClient): Promise<void> => {
  const newest = newestUpdate(client);
  if (!newest) return void client.invalidateQueries({ queryKey: LISTS });
  setCatchingUp(true);
  try {
    await readDelta(client, new Date(Date.parse(newest) - OVERLAP_MS).toISOString());
    caughtUpAt = Date.now();
  } catch {
    // The list's own error state tells the user when this read fails as well.
    await client.invalidateQueries({ queryKey: LISTS });
  } finally {
    setCatchingUp(false);
  }
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};
export const useCatchingUp = (): boolean => useSyncExternalStore(subscribe, () => catchingUp);
/** When `catchUp` last succeeded, in milliseconds since 1970. */
export const useCaughtUpAt = (): number => useSyncExternalStore(subscribe, () => caughtUpAt);
