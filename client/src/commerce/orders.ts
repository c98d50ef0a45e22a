import type { QueryClient } from '@tanstack/react-query';
import type { Order } from '../../../server/contract/commerce.ts';

/**
 * Orders as these screens hold them: lists as they were read, and beside them everything newer that came live. Of two
 * pictures of one order the higher version is the true one, whichever way it came.
 */

export const ORDER_LISTS = ['commerce', 'orders', 'list'] as const;
export const orderKey = (id: string) => ['commerce', 'orders', 'one', id] as const;
export const timelineKey = (id: string) => ['commerce', 'orders', 'timeline', id] as const;
export const LIVE_ORDERS = ['commerce', 'orders', 'live'] as const;

export type LiveOrders = Record<string, Order>;

/** The list as it stands: newest first, every order once and in its newest version. */
export const merge = (read: Order[], live: LiveOrders): Order[] => {
  const byId = new Map(read.map((order) => [order.id, order]));
  for (const order of Object.values(live)) {
    const held = byId.get(order.id);
    if (!held || order.version > held.version) byId.set(order.id, order);
  }
  return [...byId.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
};

export const heldOrder = (client: QueryClient, id: string): Order | undefined =>
  client.getQueryData<LiveOrders>(LIVE_ORDERS)?.[id];

/** Takes one order as it is now; an older picture than the held one changes nothing. */
export const takeOrder = (client: QueryClient, order: Order): void => {
  client.setQueryData<LiveOrders>(LIVE_ORDERS, (held = {}) => {
    const before = held[order.id];
    return before && before.version >= order.version ? held : { ...held, [order.id]: order };
  });
  client.setQueryData<Order>(orderKey(order.id), (held) => (held && held.version >= order.version ? held : order));
};
