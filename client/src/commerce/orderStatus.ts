import { Ban, CheckCheck, Clock, PackageCheck, Settings2, Truck } from 'lucide-react';
import type { Order, OrderStatus, PaymentStatus } from '../../../server/contract/commerce.ts';
import type { BadgeLook } from '../app/Badge.tsx';

export const ORDER_STATUS: Record<OrderStatus, BadgeLook & { action: string }> = {
  pending: { label: 'Pending', action: 'Set to pending', icon: Clock, tone: 'gray' },
  confirmed: { label: 'Confirmed', action: 'Confirm', icon: CheckCheck, tone: 'blue' },
  processing: { label: 'Processing', action: 'Start processing', icon: Settings2, tone: 'amber' },
  shipped: { label: 'Shipped', action: 'Mark shipped', icon: Truck, tone: 'tide' },
  delivered: { label: 'Delivered', action: 'Mark delivered', icon: PackageCheck, tone: 'green' },
  cancelled: { label: 'Cancelled', action: 'Cancel order', icon: Ban, tone: 'faded' },
};

export const PAYMENT: Record<PaymentStatus, string> = {
  pending: 'Unpaid',
  paid: 'Paid',
  failed: 'Payment failed',
  refunded: 'Refunded',
};

/** The lanes of the board, in the order an order passes them. */
export const LANES: OrderStatus[] = ['pending', 'confirmed', 'processing', 'shipped', 'delivered'];

/** An order that nothing happens to any more. */
export const isOver = ({ status }: Pick<Order, 'status'>) => status === 'delivered' || status === 'cancelled';

/** Where an order may go: forward, and out while it has not left the shop. */
export const nextOf = (status: OrderStatus): OrderStatus[] => {
  if (isOver({ status })) return [];
  const forward = LANES.slice(LANES.indexOf(status) + 1);
  return status === 'shipped' ? forward : [...forward, 'cancelled'];
};

export const paymentNext = ({ paymentStatus }: Order): Exclude<PaymentStatus, 'pending'>[] => {
  if (paymentStatus === 'paid') return ['refunded'];
  if (paymentStatus === 'refunded') return [];
  return paymentStatus === 'failed' ? ['paid'] : ['paid', 'failed'];
};
