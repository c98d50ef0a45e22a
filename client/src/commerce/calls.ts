import type { z } from 'zod';
import type {
  Announcement,
  ConnectedUsers,
  CreatedWebhook,
  Digest,
  Order,
  OrderHistoryEntry,
  OrderStatus,
  PaymentStatus,
  StockHistoryEntry,
  StockItem,
  Transfer,
  TransferStatus,
  Webhook,
  WebhookDelivery,
} from '../../../server/contract/commerce.ts';
import type { List } from '../../../server/contract/common.ts';
import { request } from '../app/api.ts';
import type { ServerStatus } from './wire.ts';

/** Every call of these screens, in one place. */

const part = encodeURIComponent;
const withQuery = (path: string, query: Record<string, string | undefined>) => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
};

export const readOrders = (query: { shopId?: string; cursor?: string; updatedSince?: string }, signal?: AbortSignal) =>
  request<List<Order>>(withQuery('/api/orders', { ...query, limit: '200' }), signal ? { signal } : {});
export const readOrder = (id: string, signal?: AbortSignal) =>
  request<Order>(`/api/orders/${part(id)}`, signal ? { signal } : {});
export const readOrderHistory = (id: string, signal?: AbortSignal) =>
  request<List<OrderHistoryEntry>>(`/api/orders/${part(id)}/timeline?limit=200`, signal ? { signal } : {});
export const placeOrder = (body: object, idempotencyKey: string) =>
  request<Order>('/api/orders', { method: 'POST', body, idempotencyKey });
export const setOrderStatus = (id: string, status: OrderStatus, ifMatch: number) =>
  request<Order>(`/api/orders/${part(id)}/status`, { method: 'PATCH', body: { status }, ifMatch });
export const setPayment = (id: string, status: PaymentStatus, ifMatch: number) =>
  request<Order>(`/api/orders/${part(id)}/payment`, { method: 'PATCH', body: { status }, ifMatch });

export const readStock = (query: { shopId?: string; cursor?: string }, signal?: AbortSignal) =>
  request<List<StockItem>>(withQuery('/api/inventory', { ...query, limit: '200' }), signal ? { signal } : {});
export const readStockHistory = ({ productId, shopId }: StockItem, signal?: AbortSignal) =>
  request<List<StockHistoryEntry>>(
    withQuery(`/api/inventory/${part(productId)}/history`, { shopId, limit: '60' }),
    signal ? { signal } : {},
  );
export type StockBody = {
  shopId: string;
  productName?: string;
  quantity: number;
  threshold?: number;
  companyId?: string;
};
export const putStock = (productId: string, body: StockBody) =>
  request<StockItem>(`/api/inventory/${part(productId)}`, { method: 'PUT', body });
export const adjustStock = (
  productId: string,
  body: { shopId: string; delta: number; companyId?: string },
  idempotencyKey: string,
) => request<StockItem>(`/api/inventory/${part(productId)}/adjust`, { method: 'POST', body, idempotencyKey });

export const readTransfers = (signal?: AbortSignal) =>
  request<List<Transfer>>('/api/transfers?limit=100', signal ? { signal } : {});
export const startTransfer = (body: object, idempotencyKey: string) =>
  request<Transfer>('/api/transfers', { method: 'POST', body, idempotencyKey });
export const setTransferStatus = (id: string, status: TransferStatus, ifMatch: number) =>
  request<Transfer>(`/api/transfers/${part(id)}/status`, { method: 'PATCH', body: { status }, ifMatch });

export const readAnnouncements = (signal?: AbortSignal) =>
  request<List<Announcement>>('/api/announcements?limit=50', signal ? { signal } : {});
export const makeAnnouncement = (body: object, idempotencyKey: string) =>
  request<Announcement>('/api/announcements', { method: 'POST', body, idempotencyKey });
export const sendNotification = (body: object, idempotencyKey: string) =>
  request<{ id: string; recipients: number }>('/api/notifications', { method: 'POST', body, idempotencyKey });

export const readOnline = async (signal?: AbortSignal) =>
  (await request<z.infer<typeof ConnectedUsers>>('/connected-users', signal ? { signal } : {})).data;
export const readServerStatus = (signal?: AbortSignal) => request<ServerStatus>('/ws/status', signal ? { signal } : {});

export const readWebhooks = (signal?: AbortSignal) =>
  request<List<Webhook>>('/api/webhooks?limit=100', signal ? { signal } : {});
export const addWebhook = (body: object, idempotencyKey: string) =>
  request<CreatedWebhook>('/api/webhooks', { method: 'POST', body, idempotencyKey });
export const switchWebhook = (id: string, status: Webhook['status']) =>
  request<Webhook>(`/api/webhooks/${part(id)}`, { method: 'PATCH', body: { status } });
export const removeWebhook = (id: string) => request<void>(`/api/webhooks/${part(id)}`, { method: 'DELETE' });
export const readDeliveries = (id: string, signal?: AbortSignal) =>
  request<List<WebhookDelivery>>(`/api/webhooks/${part(id)}/deliveries?limit=50`, signal ? { signal } : {});
export const replayDelivery = (id: string, deliveryId: string) =>
  request<WebhookDelivery>(`/api/webhooks/${part(id)}/deliveries/${part(deliveryId)}/replay`, { method: 'POST' });

/** What happened to each stream since the version last seen, told in a line. */
export const readDigest = (streams: Record<string, number>) =>
  request<Digest>('/api/digest', { method: 'POST', body: { streams } });
