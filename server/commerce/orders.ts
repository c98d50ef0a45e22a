import { randomUUID } from 'node:crypto';
import type { User } from '../contract/auth.ts';
import type { CreateOrder, Money, Order, OrderItem, OrderStatus, PaymentStatus } from '../contract/commerce.ts';
import { query, transaction } from '../platform/database.ts';
import { badRequest, forbidden, unprocessable } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { registerStream } from '../websocket/streams.ts';
import { companyFor, isStaff, isWithin, orderRoom, orderRooms, orderScope, requirePart, stockScope } from './access.ts';
import { emitOrderCreated, emitOrderStatus, emitPaymentStatus } from './commerceEvents.ts';
import * as store from './orderStore.ts';
import { requireOrderStep, requirePaymentStep } from './steps.ts';

/** Orders: each change with its event and its line of history in one transaction. */

export const orderKind = registerStream({
  prefix: 'order',
  namespace: '/',
  room: orderRoom,
  authorize: async (user, ids) =>
    new Map((await store.findOrders(orderScope(user), ids)).map(({ id }) => [id, 'full'])),
  snapshots: async (user, ids) =>
    new Map((await store.findOrders(orderScope(user), ids)).map((order) => [order.id, order])),
  audience: async (id) => {
    const [order] = await store.findOrders({ kind: 'all' }, [id]);
    return order ? orderRooms(id, order.companyId, order.shopId) : null;
  },
});

/** What the items cost together. Throws UNPROCESSABLE where they are of several currencies. */
export const totalOf = (items: OrderItem[]): Money => {
  const { currency } = items[0]!.price;
  if (items.some(({ price }) => price.currency !== currency))
    throw unprocessable('items: all prices of an order are in one currency');
  const amount = items.reduce((sum, { quantity, price }) => sum + quantity * price.amount, 0);
  if (!Number.isSafeInteger(amount)) throw unprocessable('items: the total is too large');
  return { amount, currency };
};

/** The customer and company of a new order. A shop's customers order for themselves, its people for a customer. */
const partiesOf = (user: User, { customerId, companyId: named, shopId }: CreateOrder) => {
  if (user.role === 'customer') {
    if (customerId !== undefined && customerId !== user.id) throw forbidden('You may order for yourself only');
    return { customerId: user.id, companyId: companyFor({ ...user, companyId: null }, named) };
  }
  const scope = stockScope(user);
  requirePart(scope);
  const companyId = companyFor(user, named);
  if (!isWithin(scope, { companyId, shopIds: [shopId] })) throw forbidden('This shop is not one of yours');
  if (customerId === undefined)
    throw badRequest('customerId: say who orders', [{ path: 'customerId', message: 'Required' }]);
  return { customerId, companyId };
};

export const createOrder = (user: User, body: CreateOrder): Promise<Order> =>
  transaction(async () => {
    const { customerId, companyId } = partiesOf(user, body);
    const order = (await store.insertOrder({
      id: randomUUID(),
      companyId,
      orderNumber: await store.nextOrderNumber(companyId),
      shopId: body.shopId,
      customerId,
      status: 'pending',
      items: body.items,
      total: totalOf(body.items),
      at: null,
      order: '~',
    }))!;
    await store.noteOrder(order.id, 0, user.username, 'created', null, 'pending');
    await emitOrderCreated(order);
    return order;
  });

/** Who moves an order on: the company's staff and the shop. A customer may only cancel what nobody works on yet. */
const requireMover = (user: User, order: Order, status: OrderStatus): void => {
  if (isStaff(user) || user.role === 'merchant') return;
  if (user.role !== 'customer' || status !== 'cancelled') throw forbidden();
  if (order.status !== 'pending') throw forbidden('The shop has begun with this order; ask it to cancel');
};

export const changeOrderStatus = (
  user: User,
  id: string,
  status: OrderStatus,
  expected: number | undefined,
): Promise<Order> =>
  transaction(async () => {
    const before = await store.lockOrder(orderScope(user), id);
    requireMover(user, before, status);
    requireVersion(expected, before.version);
    requireOrderStep(before.status, status);
    const order = await store.setOrderStatus(id, status);
    const version = await emitOrderStatus(order);
    await store.noteOrder(id, version, user.username, 'status', before.status, status);
    return { ...order, version };
  });

export const changePayment = (
  user: User,
  id: string,
  status: PaymentStatus,
  expected: number | undefined,
): Promise<Order> =>
  transaction(async () => {
    const before = await store.lockOrder(orderScope(user), id);
    if (!isStaff(user) && user.role !== 'merchant') throw forbidden();
    requireVersion(expected, before.version);
    requirePaymentStep(before.paymentStatus, status);
    const order = await store.setPaymentStatus(id, status);
    const version = await emitPaymentStatus(order);
    await store.noteOrder(id, version, user.username, 'payment', before.paymentStatus, status);
    return { ...order, version };
  });

/** Whether this user ever ordered from the company. */
export const isCustomerOf = async (userId: string, companyId: string): Promise<boolean> =>
  (await query('select 1 from orders where customer_id = $1 and company_id = $2 limit 1', [userId, companyId])).length >
  0;
