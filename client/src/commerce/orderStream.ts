import type { Order, OrderStatus, PaymentStatus } from '../../../server/contract/commerce.ts';
import type { DurableEvent } from '../../../server/contract/common.ts';
import type { OpenStreamArgs } from '../streams/types.ts';

/** An order after one more event of its stream. */
export const advance = (order: Order, event: DurableEvent): Order => {
  const next = { ...order, version: event.version, updatedAt: event.timestamp };
  if (event.type === 'order:update') return { ...next, status: event.status as OrderStatus };
  if (event.type === 'payment:update') return { ...next, paymentStatus: event.paymentStatus as PaymentStatus };
  return next;
};

/** How the stream of one order is followed. */
export const orderStream = (orderId: string): OpenStreamArgs<Order> => ({
  stream: `order:${orderId}`,
  join: { event: 'subscribe_order', payload: { orderId } },
  leave: { event: 'unsubscribe_order', payload: { orderId } },
  fromSnapshot: (snapshot, version) => ({ ...(snapshot as Order), version }),
  reduce: advance,
});
