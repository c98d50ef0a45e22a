import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { Order } from '../../../server/contract/commerce.ts';
import { announce } from '../app/announce.tsx';
import { useContinuity } from '../hooks/useContinuity.ts';
import { usePollingFallback } from '../hooks/usePollingFallback.ts';
import { openStream } from '../streams/sharedStreams.ts';
import type { StreamHandle } from '../streams/types.ts';
import { socketClient } from '../utils/socketClient.ts';
import { readOrder, readOrders } from './calls.ts';
import { noteChange } from './changes.ts';
import { isOver, ORDER_STATUS } from './orderStatus.ts';
import { orderStream } from './orderStream.ts';
import { heldOrder, LIVE_ORDERS, type LiveOrders, merge, ORDER_LISTS, orderKey, takeOrder } from './orders.ts';
import type { OrderNotice } from './wire.ts';

/** A connection follows 500 streams; the newest open orders are followed, older ones are read again. */
const MOST_FOLLOWED = 300;
const NOTICES = ['order:new_order', 'order:shop_order', 'order:status_updated', 'payment:status_updated'] as const;

/** Every order that the user may see, newest first, kept true while the screen is open. */
export const useOrders = () => {
  const client = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ORDER_LISTS,
    queryFn: ({ pageParam, signal }) => readOrders(pageParam ? { cursor: pageParam } : {}, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 30_000,
  });
  const { data: live = {} } = useQuery<LiveOrders>({
    queryKey: LIVE_ORDERS,
    queryFn: () => client.getQueryData<LiveOrders>(LIVE_ORDERS) ?? {},
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const orders = useMemo(() => merge(list.data?.pages.flatMap(({ items }) => items) ?? [], live), [list.data, live]);
  const followed = useMemo(
    () =>
      orders
        .filter((order) => !isOver(order))
        .slice(0, MOST_FOLLOWED)
        .map(({ id }) => id),
    [orders],
  );
  useOrderStreams(followed);
  useNewOrders();
  useReadAgain(() => void list.refetch());
  return { ...list, orders };
};

/** Calls `read` once the connection is back, and now and then while only HTTP works. */
const useReadAgain = (read: () => void) => {
  const { status } = useContinuity();
  const before = useRef(status);
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  useEffect(() => {
    const was = before.current;
    before.current = status;
    if (status === 'live' && was !== 'live') latest.current();
  }, [status]);
  usePollingFallback(() => latest.current());
};

/** Follows each of these orders; one question to the server covers all that are new to us. */
const useOrderStreams = (ids: string[]) => {
  const client = useQueryClient();
  const open = useRef(new Map<string, StreamHandle<Order>>());
  useEffect(() => {
    const wanted = new Set(ids);
    for (const [id, handle] of open.current)
      if (!wanted.has(id)) {
        handle.close();
        open.current.delete(id);
      }
    for (const id of wanted) {
      if (open.current.has(id)) continue;
      const handle = openStream(orderStream(id));
      open.current.set(id, handle);
      let first = true;
      handle.subscribe(() => {
        const order = handle.getState();
        if (!order) return;
        const known = heldOrder(client, id);
        takeOrder(client, order);
        if (!first && known && known.version < order.version) tellChange(known, order);
        first = false;
      });
    }
  }, [client, ids]);
  useEffect(() => {
    const handles = open.current;
    return () => {
      for (const handle of handles.values()) handle.close();
      handles.clear();
    };
  }, []);
};

const tellChange = (before: Order, now: Order) => {
  noteChange(now.id);
  if (before.status !== now.status) announce(`${now.orderNumber} is ${ORDER_STATUS[now.status].label.toLowerCase()}`);
  else if (before.paymentStatus !== now.paymentStatus) announce(`${now.orderNumber}: payment ${now.paymentStatus}`);
};

/** Reads an order that a notice names and we do not hold yet. */
const useNewOrders = () => {
  const client = useQueryClient();
  useEffect(() => {
    const take = async (notice: OrderNotice) => {
      if (heldOrder(client, notice.orderId)) return;
      try {
        const order = await readOrder(notice.orderId);
        if (heldOrder(client, order.id)) return;
        takeOrder(client, order);
        noteChange(order.id);
        if (notice.type === 'order:new_order' || notice.type === 'order:shop_order')
          announce(`New order ${order.orderNumber}`);
      } catch {
        // Gone or out of reach in this very moment: the list is read again after a reconnect.
      }
    };
    const stops = NOTICES.map((type) =>
      socketClient.on<OrderNotice & { version?: number }>(type, (event) => void take(event)),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [client]);
};

/** One order, read once and then kept by its stream. */
export const useOrder = (id: string) => {
  const client = useQueryClient();
  return useQuery({
    queryKey: orderKey(id),
    queryFn: ({ signal }) => readOrder(id, signal),
    initialData: () => heldOrder(client, id),
    refetchOnMount: 'always',
    staleTime: Number.POSITIVE_INFINITY,
    // A slow answer must not take the page back behind an event that overtook it.
    structuralSharing: (held, read) => (held && (held as Order).version > (read as Order).version ? held : read),
  });
};
