import type { Announcement, Order, PaymentStatus, StockItem, Transfer } from '../contract/commerce.ts';
import { publishEach, publishNotice, publishNotices } from '../websocket/publish.ts';
import { EVERYONE_ROOM, membersRoom, userRoom } from '../websocket/rooms.ts';
import {
  orderRooms,
  orderStream,
  productRoom,
  productShopRoom,
  productStream,
  shopsAudience,
  staffAudience,
  transferRoom,
} from './access.ts';

/**
 * What happens in commerce, as those who may see it hear it. Called in the transaction of the change; the events go out
 * when it commits.
 */

/** Tells the company and the shop of a new order. */
export const emitOrderCreated = async (order: Order): Promise<void> => {
  const { id: orderId, orderNumber, status, total, shopId, customerId, companyId } = order;
  const payload = { orderId, orderNumber, status, total, shopId, customerId };
  await publishNotices([
    { rooms: staffAudience(companyId), type: 'order:new_order', payload },
    { rooms: shopsAudience(companyId, shopId), type: 'order:shop_order', payload },
  ]);
};

const statusMessage = ({ orderNumber, status }: Order) =>
  status === 'pending' ? `Your order #${orderNumber} was received` : `Your order #${orderNumber} is now ${status}`;

/** One event of the order and the notice to its customer. Answers the order's new version. */
const tellOfOrder = async (
  { id, companyId, shopId, customerId }: Order,
  kind: 'order' | 'payment',
  payload: Record<string, unknown>,
): Promise<number> => {
  const stream = orderStream(id);
  const versions = await publishEach([
    { stream, rooms: orderRooms(id, companyId, shopId), type: `${kind}:update`, payload },
    { rooms: [userRoom(customerId)], type: `${kind}:status_updated`, payload },
  ]);
  return versions.get(stream)!;
};

/** Tells of an order's status. Answers its new version. */
export const emitOrderStatus = (order: Order): Promise<number> => {
  const { id: orderId, orderNumber, status } = order;
  return tellOfOrder(order, 'order', { orderId, orderNumber, status, message: statusMessage(order) });
};

const PAYMENT_WORDS: Record<PaymentStatus, string> = {
  pending: 'is awaited',
  paid: 'was received',
  failed: 'failed',
  refunded: 'was refunded',
};

/** Tells of an order's payment. Answers its new version. */
export const emitPaymentStatus = (order: Order): Promise<number> => {
  const { id: orderId, orderNumber, paymentStatus } = order;
  const message = `The payment for your order #${orderNumber} ${PAYMENT_WORDS[paymentStatus]}`;
  return tellOfOrder(order, 'payment', { orderId, orderNumber, paymentStatus, message });
};

type StockEvent = { item: StockItem; severity: 'warning' | 'critical' | null };

const stockEvents = ({ item, severity }: StockEvent) => {
  const { companyId, productId, productName, shopId, quantity, threshold } = item;
  const payload = { productId, productName, shopId, quantity, threshold };
  const staff = staffAudience(companyId);
  const shop = shopsAudience(companyId, shopId);
  const changed = [
    {
      stream: productStream(companyId, productId),
      rooms: [productRoom(companyId, productId), productShopRoom(companyId, productId, shopId)],
      type: 'inventory:stock_changed',
      payload,
    },
    { rooms: staff, type: 'inventory:updated', payload },
    { rooms: shop, type: 'inventory:shop_update', payload },
  ];
  if (!severity) return changed;
  const message =
    severity === 'critical'
      ? `${productName} is out of stock`
      : `${productName} is running low (${quantity} remaining)`;
  const alert = { ...payload, severity, message };
  return [
    ...changed,
    { rooms: [...staff, ...shop], type: 'inventory:low_stock_alert', payload: alert },
    { rooms: staff, type: 'inventory:alert', payload: alert },
  ];
};

/**
 * Tells of the stock of different products, and warns where `severity` says that a level was crossed. Answers the products'
 * versions in the same order.
 */
export const emitStockChangedEach = async (changes: StockEvent[]): Promise<number[]> => {
  const versions = await publishEach(changes.flatMap(stockEvents));
  return changes.map(({ item }) => versions.get(productStream(item.companyId, item.productId))!);
};

/** Tells both shops, the company and whoever looks at it of a transfer. */
export const emitTransfer = (transfer: Transfer): Promise<void> => {
  const { id: transferId, companyId, status, productId, quantity, fromShopId, toShopId } = transfer;
  return publishNotice({
    rooms: [transferRoom(transferId), ...staffAudience(companyId), ...shopsAudience(companyId, fromShopId, toShopId)],
    type: 'transfer:status_update',
    payload: { transferId, status, productId, quantity, fromShopId, toShopId },
  });
};

/** Tells every connected member of the company, or everybody, of an announcement. */
export const emitAnnouncement = ({ id, companyId, subject, content, priority }: Announcement): Promise<void> =>
  publishNotice({
    rooms: [companyId === null ? EVERYONE_ROOM : membersRoom(companyId)],
    type: 'announcement:new',
    payload: { id, subject, content, priority },
  });
