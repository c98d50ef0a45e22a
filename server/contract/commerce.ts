import { z } from 'zod';
import { durable, envelope, Id, ListQuery, list, Moment, ROLES, Role, Since, Time, text } from './common.ts';

/** Orders, stock, transfers, notifications, announcements, rooms and webhooks: bodies, resources, socket events. */

export const Money = z.object({
  amount: z.int().min(0).max(1_000_000_000_000).describe('minor units'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'Expected an ISO 4217 code such as EUR'),
});
export type Money = z.infer<typeof Money>;

// Orders

export const ORDER_STATUSES = ['pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled'] as const;
export const OrderStatus = z.enum(ORDER_STATUSES);
export type OrderStatus = z.infer<typeof OrderStatus>;
export const PaymentStatus = z.enum(['pending', 'paid', 'failed', 'refunded']);
export type PaymentStatus = z.infer<typeof PaymentStatus>;

export const OrderItem = z.object({
  productId: Id,
  name: text(200),
  quantity: z.int().min(1).max(1_000_000),
  price: Money.describe('of one piece'),
});
export type OrderItem = z.infer<typeof OrderItem>;

export const Order = z.object({
  id: z.string(),
  companyId: z.string(),
  orderNumber: z.string(),
  shopId: z.string(),
  customerId: z.string(),
  status: OrderStatus,
  paymentStatus: PaymentStatus,
  items: z.array(OrderItem),
  total: Money,
  statusChangedAt: Time,
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Order = z.infer<typeof Order>;

/** A bare number is accepted as minor units of DEFAULT_CURRENCY, as some shops send it. */
export const DEFAULT_CURRENCY = 'EUR';
const Price = z.union([
  Money,
  Money.shape.amount.transform((amount) => ({ amount, currency: DEFAULT_CURRENCY as string })),
]);
export const CreateOrder = z.object({
  /** Needed of staff; a customer orders for themselves. */
  customerId: Id.optional(),
  shopId: Id,
  /** Needed of a caller who belongs to no company. */
  companyId: Id.optional(),
  items: z
    .array(OrderItem.extend({ price: Price }))
    .min(1)
    .max(500),
});
export type CreateOrder = z.infer<typeof CreateOrder>;

export const OrderQuery = ListQuery.extend({
  status: z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(OrderStatus))
    .optional()
    .describe('one status or several with commas'),
  shopId: Id.optional(),
  customerId: Id.optional(),
  q: z.string().trim().max(200).optional().describe('searches order number and customer'),
});
export type OrderQuery = z.infer<typeof OrderQuery>;
export const OrderStatusChange = z.object({ status: OrderStatus.exclude(['pending']) });
export const PaymentChange = z.object({ status: PaymentStatus.exclude(['pending']) });

/** One line of an order's own history, which lives as long as the order. Newest first in `…/timeline`. */
export const OrderHistoryEntry = z.object({
  id: z.string(),
  at: Time,
  by: z.string(),
  kind: z.enum(['created', 'status', 'payment']),
  from: z.string().nullable(),
  to: z.string(),
});
export type OrderHistoryEntry = z.infer<typeof OrderHistoryEntry>;

// Stock

export const StockLevel = z.enum(['ok', 'warning', 'critical']);
export type StockLevel = z.infer<typeof StockLevel>;

export const StockItem = z.object({
  companyId: z.string(),
  productId: z.string(),
  productName: z.string(),
  shopId: z.string(),
  quantity: z.int(),
  threshold: z.int(),
  level: StockLevel,
  version: z.int().describe('of the product’s stream'),
  updatedAt: Time,
});
export type StockItem = z.infer<typeof StockItem>;

/** A product in the shops that the reader may see. */
export const ProductStock = z.object({
  companyId: z.string(),
  productId: z.string(),
  productName: z.string(),
  version: z.int(),
  items: z.array(StockItem),
});
export type ProductStock = z.infer<typeof ProductStock>;

export const InventoryQuery = ListQuery.extend({
  shopId: Id.optional(),
  productId: Id.optional(),
  level: StockLevel.optional(),
  low: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('true: at or below the threshold'),
  q: z.string().trim().max(200).optional().describe('searches product name and id'),
});
export type InventoryQuery = z.infer<typeof InventoryQuery>;

const Quantity = z.int().min(0).max(1_000_000_000);
export const SetStock = z.object({
  shopId: Id,
  productName: text(200).optional(),
  quantity: Quantity,
  threshold: Quantity.optional().describe('at or below it the stock is low'),
  companyId: Id.optional(),
});
export type SetStock = z.infer<typeof SetStock>;
export const AdjustStock = z.object({
  shopId: Id,
  delta: z.int().min(-1_000_000_000).max(1_000_000_000),
  companyId: Id.optional(),
});
export type AdjustStock = z.infer<typeof AdjustStock>;

export const StockHistoryQuery = ListQuery.omit({ updatedSince: true }).extend({ shopId: Id.optional() });
/** One change of one shop's stock, newest first; lives as long as the product. */
export const StockHistoryEntry = z.object({
  id: z.string(),
  at: Time,
  by: z.string(),
  shopId: z.string(),
  before: z.int(),
  quantity: z.int(),
  delta: z.int(),
  threshold: z.int(),
  reason: z.enum(['set', 'adjusted', 'transfer', 'message']),
});
export type StockHistoryEntry = z.infer<typeof StockHistoryEntry>;

// Transfers

export const TransferStatus = z.enum(['pending', 'in_transit', 'completed', 'cancelled']);
export type TransferStatus = z.infer<typeof TransferStatus>;
export const Transfer = z.object({
  id: z.string(),
  companyId: z.string(),
  productId: z.string(),
  productName: z.string(),
  fromShopId: z.string(),
  toShopId: z.string(),
  quantity: z.int(),
  status: TransferStatus,
  createdBy: z.string(),
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Transfer = z.infer<typeof Transfer>;
export const CreateTransfer = z
  .object({
    productId: Id,
    fromShopId: Id,
    toShopId: Id,
    quantity: z.int().min(1).max(1_000_000_000),
    companyId: Id.optional(),
  })
  .refine(({ fromShopId, toShopId }) => fromShopId !== toShopId, {
    path: ['toShopId'],
    message: 'Must be another shop than fromShopId',
  });
export type CreateTransfer = z.infer<typeof CreateTransfer>;
export const TransferQuery = ListQuery.extend({ status: TransferStatus.optional(), shopId: Id.optional() });
export type TransferQuery = z.infer<typeof TransferQuery>;
export const TransferStatusChange = z.object({ status: TransferStatus.exclude(['pending']) });

// Notifications and announcements

export const Priority = z.enum(['low', 'normal', 'medium', 'high', 'urgent', 'critical']);
export type Priority = z.infer<typeof Priority>;
export const Metadata = z.record(z.string().max(200), z.unknown());

export const Notification = z.object({
  id: z.string(),
  kind: z.string(),
  priority: Priority,
  subject: z.string(),
  content: z.string(),
  metadata: Metadata,
  read: z.boolean(),
  readAt: Time.nullable(),
  createdAt: Time,
});
export type Notification = z.infer<typeof Notification>;
export const NotificationList = list(Notification).extend({ unread: z.int() });
export type NotificationList = z.infer<typeof NotificationList>;
export const NotificationQuery = ListQuery.extend({
  unread: z
    .enum(['true', 'false', '1', '0'])
    .transform((value) => value === 'true' || value === '1')
    .optional(),
});
export type NotificationQuery = z.infer<typeof NotificationQuery>;

const message = {
  priority: Priority.default('normal'),
  subject: text(200),
  content: text(5000),
};
export const CreateNotification = z
  .object({
    userId: Id.optional(),
    role: z.enum(ROLES).optional(),
    all: z.literal(true).optional(),
    /** For a super_admin: the company whose role, or whose people, are meant. */
    companyId: Id.optional(),
    kind: text(50).optional(),
    /** The reference's name for `kind`. */
    type: text(50).optional(),
    ...message,
    metadata: Metadata.default({}),
  })
  .refine(
    ({ userId, role, all }) => [userId, role, all].filter((one) => one !== undefined).length === 1,
    'Give exactly one of userId, role and all',
  );
export type CreateNotification = z.infer<typeof CreateNotification>;
export const NotificationSent = z.object({ id: z.string(), recipients: z.int() });
export const NotificationRead = z.object({ id: z.string().nullable(), unread: z.int() });

export const CreateAnnouncement = z.object(message);
export type CreateAnnouncement = z.infer<typeof CreateAnnouncement>;
export const Announcement = z.object({
  id: z.string(),
  companyId: z.string().nullable().describe('null: for everybody'),
  subject: z.string(),
  content: z.string(),
  priority: Priority,
  by: z.string(),
  createdAt: Time,
});
export type Announcement = z.infer<typeof Announcement>;

// Who is online

export const ConnectedUsers = z.object({
  success: z.literal(true),
  data: z.object({
    count: z.int(),
    users: z.array(z.string()),
    people: z.array(
      z.object({ userId: z.string(), username: z.string(), role: Role, companyId: z.string().nullable() }),
    ),
  }),
});
export const UserStatus = z.object({
  success: z.literal(true),
  data: z.object({ userId: z.string(), isConnected: z.boolean() }),
});

// While you were away

export const DigestRequest = z.object({
  streams: z
    .record(z.string().min(1).max(450), Since)
    .refine((streams) => Object.keys(streams).length <= 500, 'At most 500 streams')
    .describe('stream name → last version seen, as for resume'),
});
export type DigestRequest = z.infer<typeof DigestRequest>;
/** What happened to one stream meanwhile, in a line that a person reads. */
export const DigestLine = z.object({
  stream: z.string(),
  from: z.int(),
  to: z.int(),
  changes: z.int(),
  title: z.string(),
  text: z.string(),
  lastAt: Time.nullable(),
  link: z
    .object({ orderId: z.string() })
    .or(z.object({ productId: z.string() }))
    .optional(),
});
export type DigestLine = z.infer<typeof DigestLine>;
export const Digest = z.object({ unread: z.int(), until: Time, items: z.array(DigestLine) });
/** Without versions: everything that the user may see and that moved since a time. */
export const DigestQuery = z.object({ since: Moment });
export type Digest = z.infer<typeof Digest>;

// Webhooks

const WebhookUrl = z
  .url({ protocol: /^https?$/, error: 'Expected an address such as https://example.com/hook' })
  .max(2000);
const EventNames = z.array(text(100)).max(100);
export const WebhookStatus = z.enum(['active', 'off']);
export const Webhook = z.object({
  id: z.string(),
  companyId: z.string(),
  url: z.string(),
  events: z.array(z.string()).describe('names of durable events, or what they begin with; empty: all'),
  status: WebhookStatus,
  offReason: z.string().nullable(),
  failingSince: Time.nullable(),
  dropped: z.int().describe('events dropped since it was last switched on, because too many waited for it'),
  createdBy: z.string(),
  version: z.int(),
  createdAt: Time,
  updatedAt: Time,
});
export type Webhook = z.infer<typeof Webhook>;
/** The secret is told once. */
export const CreatedWebhook = Webhook.extend({ secret: z.string() });
export type CreatedWebhook = z.infer<typeof CreatedWebhook>;
export const CreateWebhook = z.object({
  url: WebhookUrl,
  events: EventNames.default([]),
  companyId: Id.optional(),
});
export type CreateWebhook = z.infer<typeof CreateWebhook>;
export const ChangeWebhook = z.object({
  url: WebhookUrl.optional(),
  events: EventNames.optional(),
  status: WebhookStatus.optional(),
});
export type ChangeWebhook = z.infer<typeof ChangeWebhook>;
/** `failed`: tried and not delivered yet; it is tried again at `nextAttemptAt`. */
export const DeliveryStatus = z.enum(['pending', 'failed', 'delivered']);
export const WebhookDelivery = z.object({
  id: z.string(),
  webhookId: z.string(),
  eventType: z.string(),
  stream: z.string(),
  version: z.int(),
  status: DeliveryStatus,
  attempts: z.int(),
  responseStatus: z.int().nullable().describe('HTTP status of the last answer'),
  error: z.string().nullable(),
  nextAttemptAt: Time.nullable(),
  deliveredAt: Time.nullable(),
  createdAt: Time,
});
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;
export const DeliveryQuery = ListQuery.omit({ updatedSince: true });

// Client → server

export const RoomName = z.string().trim().min(1).max(200);
export const Typing = z.object({ roomId: RoomName, isTyping: z.boolean() });

export const SubscribeNotifications = z.object({ since: Since.nullish() }).nullish();

export const SubscribeOrder = z.union([
  Id.transform((orderId) => ({ orderId, since: null as number | null | undefined })),
  z.object({ orderId: Id, since: Since.nullish() }),
]);

export const SubscribeInventory = z.union([
  Id.transform((productId) => ({ productId, since: null as number | null | undefined })),
  z.object({ productId: Id, since: Since.nullish() }),
]);

// Server → client

const newOrder = {
  orderId: z.string(),
  orderNumber: z.string(),
  status: OrderStatus,
  total: Money,
  shopId: z.string(),
  customerId: z.string(),
};
export const OrderNew = envelope('order:new_order', newOrder);
export const OrderShop = envelope('order:shop_order', newOrder);

const orderChange = { orderId: z.string(), orderNumber: z.string(), status: OrderStatus, message: z.string() };
export const OrderStatusUpdated = envelope('order:status_updated', orderChange);
export const OrderUpdate = durable('order:update', orderChange);

const paymentChange = {
  orderId: z.string(),
  orderNumber: z.string(),
  paymentStatus: PaymentStatus,
  message: z.string(),
};
export const PaymentStatusUpdated = envelope('payment:status_updated', paymentChange);
export const PaymentUpdate = durable('payment:update', paymentChange);

const stockChange = {
  productId: z.string(),
  productName: z.string(),
  shopId: z.string(),
  quantity: z.int(),
  threshold: z.int(),
};
export const InventoryUpdated = envelope('inventory:updated', stockChange);
export const InventoryShopUpdate = envelope('inventory:shop_update', stockChange);
/** The durable event of the stream `product:{productId}`. */
export const InventoryStockChanged = durable('inventory:stock_changed', stockChange);

const stockAlert = { ...stockChange, severity: z.enum(['warning', 'critical']), message: z.string() };
export const InventoryLowStockAlert = envelope('inventory:low_stock_alert', stockAlert);
export const InventoryAlert = envelope('inventory:alert', stockAlert);

export const TransferStatusUpdate = envelope('transfer:status_update', {
  transferId: z.string(),
  status: TransferStatus,
  productId: z.string(),
  quantity: z.int(),
  fromShopId: z.string(),
  toShopId: z.string(),
});

const notified = {
  id: z.string(),
  kind: z.string(),
  priority: Priority,
  subject: z.string(),
  content: z.string(),
  metadata: Metadata,
  unread: z.int(),
};
export const NotificationNew = durable('notification:new', notified);
export const NotificationBroadcast = durable('notification:broadcast', notified);
/** `id` is null when all were read at once. */
export const NotificationReadEvent = durable('notification:read', NotificationRead.shape);
/** Durable events of the stream `notifications`. */
export type NotificationEvent =
  | z.infer<typeof NotificationNew>
  | z.infer<typeof NotificationBroadcast>
  | z.infer<typeof NotificationReadEvent>;

export const AnnouncementNew = envelope('announcement:new', {
  id: z.string(),
  subject: z.string(),
  content: z.string(),
  priority: Priority,
});

export const TypingEvent = envelope('typing', {
  roomId: z.string(),
  userId: z.string(),
  username: z.string(),
  isTyping: z.boolean(),
});

/** What another service said of a company, shop, product or user; its own fields come with it. */
export const CompanyUpdated = envelope('company:updated', { companyId: z.string() }).loose();
export const ShopUpdated = envelope('shop:updated', { shopId: z.string() }).loose();
export const ProductUpdated = envelope('product:updated', { productId: z.string() }).loose();
export const UserUpdated = envelope('user:updated', { userId: z.string() }).loose();

export const WebhookDisabled = envelope('webhook:disabled', {
  webhookId: z.string(),
  url: z.string(),
  reason: z.string(),
});
