import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { difference } from './describe.ts';
import { type Filters, matches } from './filters.ts';

/** The lists that were read, kept true by what arrives later. A version decides which of two states is the newer. */

export const LISTS = ['shipments', 'list'] as const;
export const listKey = (filters: Filters) => [...LISTS, filters] as const;
export const ONE = ['shipments', 'one'] as const;
export const shipmentKey = (id: string) => [...ONE, id] as const;

export type Pages = InfiniteData<List<Shipment>, string | null>;
/** A state of a shipment that somebody told us; `by` whom it was changed, when that is not who it says itself. */
export type Arrival = { shipment: Shipment; by?: string; isNew?: boolean };
export type Change = { shipment: Shipment; by: string; what: string; isNew: boolean };

/** How an event changes a shipment that we hold; undefined when it is older, or when we lack what it builds on. */
export const advance = (held: Shipment | undefined, event: ShipmentEvent): Shipment | undefined => {
  const { version } = event;
  if (held && version <= held.version) return undefined;
  if (event.type === 'shipment:updated') return { ...event.shipment, version };
  if (!held) return undefined;
  if (event.type === 'inspection:updated')
    return { ...held, version, inspectionStatus: event.inspection.status, updatedAt: event.inspection.updatedAt };
  return { ...held, version, updatedAt: event.timestamp };
};

/** Where each id stands in a page. Events come by the hundred, and 10,000 rows are not gone through for each. */
const places = new WeakMap<readonly Shipment[], ReadonlyMap<string, number>>();

const placesOf = (items: readonly Shipment[]): ReadonlyMap<string, number> => {
  const known = places.get(items);
  if (known) return known;
  const found = new Map(items.map(({ id }, at) => [id, at]));
  places.set(items, found);
  return found;
};

/** The newest state of each of these in any list, and on its own page. */
export const heldAmong = (client: QueryClient, ids: ReadonlySet<string>): Map<string, Shipment> => {
  const held = new Map<string, Shipment>();
  const see = (shipment: Shipment) => {
    const before = held.get(shipment.id);
    if (!before || shipment.version > before.version) held.set(shipment.id, shipment);
  };
  for (const id of ids) {
    const open = client.getQueryData<Shipment>(shipmentKey(id));
    if (open) see(open);
  }
  for (const [, data] of client.getQueriesData<Pages>({ queryKey: LISTS }))
    for (const { items } of data?.pages ?? []) {
      const at = placesOf(items);
      for (const id of ids) {
        const place = at.get(id);
        if (place !== undefined) see(items[place]!);
      }
    }
  return held;
};

/** Puts newer states into one list: replaces rows in place, adds those that belong into the part already read. */
export const patchPages = (data: Pages, filters: Filters, newer: ReadonlyMap<string, Shipment>): Pages => {
  const seen = new Set<string>();
  let touched = false;
  const pages = data.pages.map((page) => {
    let items = page.items;
    const at = placesOf(page.items);
    for (const [id, next] of newer) {
      const place = at.get(id);
      if (place === undefined) continue;
      seen.add(id);
      if (next.version <= items[place]!.version) continue;
      if (items === page.items) items = [...page.items];
      items[place] = next;
    }
    if (items === page.items) return page;
    touched = true;
    places.set(items, at);
    return { ...page, items };
  });

  const last = pages.at(-1);
  const oldest = last?.nextCursor ? last.items.at(-1) : undefined;
  for (const shipment of newer.values()) {
    if (seen.has(shipment.id) || !matches(shipment, filters)) continue;
    // Beyond the part that was read: it comes with its page.
    if (oldest && shipment.createdAt < oldest.createdAt) continue;
    insert(pages, shipment);
    touched = true;
  }
  return touched ? { ...data, pages } : data;
};

/**
 * A row that was added live can come again with the next page that is read: what stands in an earlier page leaves the
 * later one. The same object when there is none.
 */
export const withoutRepeats = (data: Pages): Pages => {
  const seen = new Set<string>();
  let touched = false;
  const pages = data.pages.map((page) => {
    const items = page.items.filter(({ id }) => !seen.has(id) && seen.add(id));
    if (items.length === page.items.length) return page;
    touched = true;
    return { ...page, items };
  });
  return touched ? { ...data, pages } : data;
};

const newestFirst = (a: Shipment, b: Shipment) =>
  a.createdAt === b.createdAt ? (a.id < b.id ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1;

const insert = (pages: List<Shipment>[], shipment: Shipment) => {
  const at = pages.findIndex(({ items }) => items.length > 0 && newestFirst(shipment, items.at(-1)!) < 0);
  const index = at < 0 ? pages.length - 1 : at;
  const page = pages[index];
  if (!page) return;
  const before = page.items.findIndex((item) => newestFirst(shipment, item) < 0);
  const items = [...page.items];
  items.splice(before < 0 ? items.length : before, 0, shipment);
  pages[index] = { ...page, items };
};

/** Takes newer states into every list and open page, and answers what a reader of them would want to be told. */
export const applyShipments = (client: QueryClient, shipments: readonly Arrival[]) => {
  const known = heldAmong(client, new Set(shipments.map(({ shipment }) => shipment.id)));
  const newer = new Map<string, Shipment>();
  const changes: Change[] = [];
  for (const { shipment, by, isNew = false } of shipments) {
    const held = newer.get(shipment.id) ?? known.get(shipment.id);
    if (held && shipment.version < held.version) continue;
    // Also when one list has it already: another may have been read a moment too early.
    newer.set(shipment.id, shipment);
    if (held?.version === shipment.version) continue;
    const what = isNew ? 'new' : held ? difference(held, shipment) : undefined;
    if (what) changes.push({ shipment, by: by ?? shipment.changedBy, what, isNew });
  }
  for (const [key, data] of client.getQueriesData<Pages>({ queryKey: LISTS })) {
    const patched = data && patchPages(data, key[2] as Filters, newer);
    if (patched !== data) client.setQueryData<Pages>(key, patched);
  }
  for (const [id, shipment] of newer) {
    const open = client.getQueryData<Shipment>(shipmentKey(id));
    if (open && open.version < shipment.version) client.setQueryData(shipmentKey(id), shipment);
  }
  return changes;
};
