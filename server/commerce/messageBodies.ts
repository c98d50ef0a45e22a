import { z } from 'zod';
import {
  Metadata,
  Money,
  OrderItem,
  OrderStatus,
  type PaymentStatus,
  Priority,
  TransferStatus,
} from '../contract/commerce.ts';
import { Id, Moment, ROLES, text } from '../contract/common.ts';
import { badRequest } from '../platform/errors.ts';

/**
 * What other services say. The routing key tells what happened; where nobody knows the key, the fields tell what it is
 * about, the most particular first: a payment names its order, too.
 */

/** Other services number their things. */
const Name = z.union([Id, z.number().transform(String)]);
const Quantity = z.int().min(0).max(1_000_000_000);
const Amount = z.union([Money, Money.shape.amount.transform((amount) => ({ amount, currency: 'EUR' }))]);

const Base = z.object({ companyId: Name.optional(), occurredAt: Moment.optional() });

const OrderBody = Base.extend({
  orderId: Name,
  orderNumber: text(100).optional(),
  shopId: Name.optional(),
  customerId: Name.optional(),
  status: z.string().optional(),
  items: z
    .array(OrderItem.extend({ productId: Name, price: Amount }))
    .max(500)
    .optional(),
  total: Amount.optional(),
});
const PaymentBody = Base.extend({ paymentId: Name.optional(), orderId: Name, status: z.string().optional() });
const StockBody = Base.extend({
  companyId: Name,
  productId: Name,
  productName: text(200).optional(),
  shopId: Name,
  quantity: Quantity,
  threshold: Quantity.optional(),
});
const TransferBody = Base.extend({
  companyId: Name,
  transferId: Name,
  productId: Name,
  quantity: Quantity.min(1),
  fromShopId: Name,
  toShopId: Name,
  status: TransferStatus,
});
const NotificationBody = Base.extend({
  userId: Name.optional(),
  role: z.enum(ROLES).optional(),
  subject: text(200),
  content: text(5000),
  type: text(50).optional(),
  kind: text(50).optional(),
  priority: Priority.default('normal'),
  metadata: Metadata.default({}),
}).refine(({ userId, role, companyId }) => userId ?? role ?? companyId, 'Name a userId, a role or a companyId');
const UserBody = Base.extend({ userId: Name }).loose();
const CompanyBody = Base.extend({ companyId: Name }).loose();
const ShopBody = Base.extend({ shopId: Name }).loose();
const ProductBody = Base.extend({ productId: Name }).loose();

export type Effect =
  | { kind: 'order'; status: OrderStatus; body: z.infer<typeof OrderBody> }
  | { kind: 'payment'; status: PaymentStatus; body: z.infer<typeof PaymentBody> }
  | { kind: 'stock'; low: boolean; body: z.infer<typeof StockBody> }
  | { kind: 'transfer'; body: z.infer<typeof TransferBody> }
  | { kind: 'notification'; body: z.infer<typeof NotificationBody> }
  | { kind: 'deactivated'; body: z.infer<typeof UserBody> }
  | { kind: 'user'; body: z.infer<typeof UserBody> }
  | { kind: 'company'; body: z.infer<typeof CompanyBody> }
  | { kind: 'shop'; body: z.infer<typeof ShopBody> }
  | { kind: 'product'; body: z.infer<typeof ProductBody> };

const ORDER_KEYS: Record<string, OrderStatus> = {
  confirmed: 'confirmed',
  processing: 'processing',
  shipped: 'shipped',
  delivered: 'delivered',
  cancelled: 'cancelled',
};
const PAYMENT_KEYS: Record<string, PaymentStatus> = {
  success: 'paid',
  succeeded: 'paid',
  paid: 'paid',
  failed: 'failed',
  refunded: 'refunded',
};

const toOrder = (action: string, raw: unknown): Effect => {
  const body = OrderBody.parse(raw);
  const status =
    ORDER_KEYS[action] ?? OrderStatus.safeParse(body.status).data ?? (action === 'created' ? 'pending' : undefined);
  if (!status) throw badRequest('status: neither the routing key nor the body tells the order’s status');
  return { kind: 'order', status, body };
};
const toPayment = (action: string, raw: unknown): Effect => {
  const body = PaymentBody.parse(raw);
  const status = PAYMENT_KEYS[action] ?? PAYMENT_KEYS[body.status ?? ''];
  if (!status) throw badRequest('status: neither the routing key nor the body tells how the payment went');
  return { kind: 'payment', status, body };
};
const toStock = (action: string, raw: Record<string, unknown>): Effect => ({
  kind: 'stock',
  low: action === 'low_stock',
  body: StockBody.parse(action === 'out_of_stock' ? { quantity: 0, ...raw } : raw),
});

const has = (raw: Record<string, unknown>, ...fields: string[]) =>
  fields.every((field) => raw[field] !== undefined && raw[field] !== null);

const fromFields = (action: string, raw: Record<string, unknown>): Effect | undefined => {
  if (has(raw, 'paymentId')) return toPayment(action, raw);
  if (has(raw, 'transferId')) return { kind: 'transfer', body: TransferBody.parse(raw) };
  if (has(raw, 'orderId')) return toOrder(action, raw);
  if (has(raw, 'productId', 'quantity')) return toStock(action, raw);
  if (has(raw, 'subject', 'content')) return { kind: 'notification', body: NotificationBody.parse(raw) };
  return undefined;
};

const KNOWN: Record<string, string[]> = {
  order: ['created', ...Object.keys(ORDER_KEYS)],
  payment: Object.keys(PAYMENT_KEYS),
  inventory: ['updated', 'low_stock', 'out_of_stock'],
};

/** What a message says. Throws BAD_REQUEST where it cannot be understood, with the fields that are wrong. */
export const parseMessage = (routingKey: string, raw: unknown): Effect => {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw badRequest('The body is not a JSON object');
  const fields = raw as Record<string, unknown>;
  const dot = routingKey.indexOf('.');
  const subject = dot < 0 ? routingKey : routingKey.slice(0, dot);
  const action = dot < 0 ? '' : routingKey.slice(dot + 1);
  if (KNOWN[subject]?.includes(action)) {
    if (subject === 'order') return toOrder(action, fields);
    if (subject === 'payment') return toPayment(action, fields);
    return toStock(action, fields);
  }
  if (subject === 'notification') return { kind: 'notification', body: NotificationBody.parse(fields) };
  if (subject === 'user' && action === 'deactivated') return { kind: 'deactivated', body: UserBody.parse(fields) };
  if (subject === 'user') return { kind: 'user', body: UserBody.parse(fields) };
  if (subject === 'company') return { kind: 'company', body: CompanyBody.parse(fields) };
  if (subject === 'shop') return { kind: 'shop', body: ShopBody.parse(fields) };
  if (subject === 'product') return { kind: 'product', body: ProductBody.parse(fields) };
  const found = fromFields(action, fields);
  if (!found) throw badRequest(`Neither the routing key ${routingKey} nor the fields tell what this is about`);
  return found;
};
