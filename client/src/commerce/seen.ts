import type { QueryClient } from '@tanstack/react-query';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { isOver } from './orderStatus.ts';
import { LIVE_ORDERS, type LiveOrders } from './orders.ts';
import type { ReadStock } from './stock.ts';
import { STOCK } from './useStock.ts';

/**
 * How far this person has seen each stream, kept on the device, so that after a while away the server can be asked what
 * happened in between.
 */

export type Seen = { at: number; streams: Record<string, number> };

/** The server's limit is 500; a digest of more would be no digest. */
const MOST_STREAMS = 300;
const keyOf = (userId: string) => `waybeat.seen.${userId}`;

export const readSeen = (userId: string): Seen | undefined => {
  try {
    return (JSON.parse(localStorage.getItem(keyOf(userId)) ?? 'null') as Seen | null) ?? undefined;
  } catch {
    return undefined;
  }
};

/** Streams that the screens hold right now, with the version that is on them. */
export const streamsHeld = (client: QueryClient): Record<string, number> => {
  const orders = Object.values(client.getQueryData<LiveOrders>(LIVE_ORDERS) ?? {}).filter((order) => !isOver(order));
  const items: StockItem[] = client.getQueryData<ReadStock>(STOCK)?.items ?? [];
  const streams: Record<string, number> = {};
  for (const { id, version } of orders.slice(0, MOST_STREAMS)) streams[`order:${id}`] = version;
  for (const { productId, version } of items.slice(0, MOST_STREAMS - Object.keys(streams).length))
    streams[`product:${productId}`] = Math.max(version, streams[`product:${productId}`] ?? 0);
  return streams;
};

/** Adds what is held now to what was kept; the newest streams stay. */
export const keepSeen = (userId: string, client: QueryClient): void => {
  const streams = { ...readSeen(userId)?.streams, ...streamsHeld(client) };
  const newest = Object.entries(streams).slice(-MOST_STREAMS);
  try {
    localStorage.setItem(keyOf(userId), JSON.stringify({ at: Date.now(), streams: Object.fromEntries(newest) }));
  } catch {
    // A full or forbidden storage costs the digest, nothing else.
  }
};
