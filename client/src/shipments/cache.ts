import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { List } from '../../../server/contract/common.ts';
import type { Shipment, ShipmentEvent } from '../../../server/contract/shipments.ts';
import { difference } from './describe.ts';
import { type Filters, matches } from './filters.ts';

/** The lists that were read, kept true by what arrives later. A version decides which of two states is the newer. */

export const LISTS = ['shipments', 'list'] as const;
export const listKey = (filters: Filters) => [...LISTS, filters] as const;
export const shipmentKey = (id: string) => ['shipments', 'one', id] as const;

export type Pages = InfiniteData<List<Shipment>, string | null>;
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

const find = (data: Pages | undefined, id: string): Shipment | undefined => {
  for (const page of data?.pages ?? []) for (const shipment of page.items) if (shipment.id === id) return shipment;
  return undefined;
};

/** The newest state of a shipment in any list, and on its own page. */
export const heldShipment = (client: QueryClient, id: string): Shipment | undefined => {
  let newest = client.getQueryData<Shipment>(shipmentKey(id));
  for (const [, data] of client.getQueriesData<Pages>({ queryKey: LISTS })) {
    const found = find(data, id);
    if (found && (!newest || found.version > newest.version)) newest = found;
  }
  return newest;
};

/** Puts newer states into one list: replaces rows in place, adds those that belong into the part already read. */
export const patchPages = (data: Pages, filters: Filters, newer: ReadonlyMap<string, Shipment>): Pages => {
  const seen = new Set<string>();
  let touched = false;
  const pages = data.pages.map((page) => {
    let items = page.items;
    for (const [at, item] of page.items.entries()) {
      const next = newer.get(item.id);
      if (!next) continue;
      seen.add(item.id);
      if (next.version <= item.version) continue;
      if (items === page.items) items = [...page.items];
      items[at] = next;
    }
    if (items === page.items) return page;
    touched = true;
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
export const applyShipments = (
  client: QueryClient,
  shipments: { shipment: Shipment; by?: string; isNew?: boolean }[],
) => {
  const newer = new Map<string, Shipment>();
  const changes: Change[] = [];
  for (const { shipment, by, isNew = false } of shipments) {
    const held = newer.get(shipment.id) ?? heldShipment(client, shipment.id);
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
