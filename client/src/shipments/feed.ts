import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { announce } from '../app/announce.tsx';
import { request } from '../app/api.ts';
import { remember } from './arrivals.ts';
import { type Arrival, advance, applyShipments, type Change, heldAmong, LISTS, type Pages } from './cache.ts';
import { noteChanges } from './changes.ts';

/**
 * Keeps every list that was read true: by the events of the company's room, and after an interruption by reading what
 * changed since. Events are taken in batches, since a busy minute brings hundreds and each would redraw the list.
 */

/** `after` tells what a shipment is once this has happened to what is held; undefined when it is older than that. */
type Heard = { id: string; after: (held: Shipment | undefined) => Arrival | undefined };

const BATCH_MS = 80;
/** Clocks and transactions overlap: rows may become visible a little after the time they carry. */
const OVERLAP_MS = 60_000;

let queue: Heard[] = [];
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

const takeHeard = (client: QueryClient, heard: Heard[]) => {
  const held = heldAmong(client, new Set(heard.map(({ id }) => id)));
  const arrivals: Arrival[] = [];
  for (const { id, after } of heard) {
    const arrival = after(held.get(id));
    if (!arrival) continue;
    held.set(id, arrival.shipment);
    arrivals.push(arrival);
    remember(client, arrival);
  }
  take(client, arrivals);
};

const enqueue = (client: QueryClient, heard: Heard) => {
  queue.push(heard);
  if (timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    const batch = queue;
    queue = [];
    takeHeard(client, batch);
  }, BATCH_MS);
};

/** A durable event of any shipment the user may see. */
export const takeEvent = (client: QueryClient, event: ShipmentEvent): void =>
  enqueue(client, {
    id: event.shipmentId,
    after: (held) => {
      const shipment = advance(held, event);
      return shipment && (event.type === 'shipment:updated' ? { shipment, by: event.changedBy } : { shipment });
    },
  });

const enqueueState = (client: QueryClient, arrival: Arrival) =>
  enqueue(client, { id: arrival.shipment.id, after: () => arrival });

export const takeNew = (client: QueryClient, shipment: Shipment): void =>
  enqueueState(client, { shipment, by: shipment.changedBy, isNew: true });

/** The user's own change, as the server answered it; the event brings the same a moment earlier or later. */
export const takeOwn = (client: QueryClient, shipment: Shipment): void => enqueueState(client, { shipment });

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

/** The lists without an answer yet, which may be made before we heard the first event. */
const firstAnswers = (client: QueryClient) =>
  client
    .getQueryCache()
    .findAll({ queryKey: LISTS })
    .filter(({ state }) => state.data === undefined && state.fetchStatus === 'fetching')
    .map((query) => query.fetch());

/**
 * Reads what changed while nobody told us, once there are rows to build on. When it fails the lists are marked as
 * outdated, so that they are read anew when next seen.
 */
export const catchUp = async (client: QueryClient): Promise<void> => {
  await Promise.allSettled(firstAnswers(client));
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
