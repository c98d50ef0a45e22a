import type { OrderStatus, PaymentStatus, StockLevel, TransferStatus } from '../contract/commerce.ts';
import { conflict } from '../platform/errors.ts';

/** Which step may follow which. Plain facts, without a database. */

const FORWARD: OrderStatus[] = ['pending', 'confirmed', 'processing', 'shipped', 'delivered'];
const CANCELLABLE: OrderStatus[] = ['pending', 'confirmed', 'processing'];

/** Where an order may go from here: forward, also by leaps, and to cancelled before it is shipped. */
export const nextOrderStatuses = (from: OrderStatus): OrderStatus[] => {
  const at = FORWARD.indexOf(from);
  return at < 0 ? [] : [...FORWARD.slice(at + 1), ...(CANCELLABLE.includes(from) ? ['cancelled' as const] : [])];
};

const PAYMENTS: Record<PaymentStatus, PaymentStatus[]> = {
  pending: ['paid', 'failed'],
  failed: ['paid'],
  paid: ['refunded'],
  refunded: [],
};
const TRANSFERS: Record<TransferStatus, TransferStatus[]> = {
  pending: ['in_transit', 'completed', 'cancelled'],
  in_transit: ['completed', 'cancelled'],
  completed: [],
  cancelled: [],
};

const require = (what: string, from: string, to: string, allowed: string[]): void => {
  if (allowed.includes(to)) return;
  const next = allowed.length > 0 ? `it may become ${allowed.join(', ')}` : 'that is final';
  throw conflict(`This ${what} is ${from}; ${next}`);
};

/** Each throws CONFLICT naming the allowed steps. */
export const requireOrderStep = (from: OrderStatus, to: OrderStatus) =>
  require('order', from, to, nextOrderStatuses(from));
export const requirePaymentStep = (from: PaymentStatus, to: PaymentStatus) =>
  require('payment', from, to, PAYMENTS[from]);
export const requireTransferStep = (from: TransferStatus, to: TransferStatus) =>
  require('transfer', from, to, TRANSFERS[from]);

/** How worrying a quantity is. At the threshold it is low already. */
export const levelOf = (quantity: number, threshold: number): StockLevel => {
  if (quantity === 0) return 'critical';
  return quantity <= threshold ? 'warning' : 'ok';
};

const GRAVITY: Record<StockLevel, number> = { ok: 0, warning: 1, critical: 2 };
/** The level to warn of: only where it became worse by this very change. */
export const crossed = (before: StockLevel, after: StockLevel): 'warning' | 'critical' | null =>
  after !== 'ok' && GRAVITY[after] > GRAVITY[before] ? after : null;
