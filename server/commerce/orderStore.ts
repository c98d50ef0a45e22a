import { z } from 'zod';
import type {
  Order,
  OrderHistoryEntry,
  OrderItem,
  OrderQuery,
  OrderStatus,
  PaymentStatus,
} from '../contract/commerce.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { condition, type Scope } from './access.ts';

/** SQL of orders. An order's version is its stream's: one place holds it. */

export type OrderRow = {
  id: string;
  company_id: string;
  order_number: string;
  shop_id: string;
  customer_id: string;
  status: OrderStatus;
  payment_status: PaymentStatus;
  items: OrderItem[];
  total_amount: number;
  currency: string;
  status_at: Date;
  created_at: Date;
  updated_at: Date;
  version: number;
};

export const toOrder = (row: OrderRow): Order => ({
  id: row.id,
  companyId: row.company_id,
  orderNumber: row.order_number,
  shopId: row.shop_id,
  customerId: row.customer_id,
  status: row.status,
  paymentStatus: row.payment_status,
  items: row.items,
  total: { amount: row.total_amount, currency: row.currency },
  statusChangedAt: row.status_at.toISOString(),
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const SELECT = `select t.*, coalesce(v.version, 0) as version
  from orders t left join streams v on v.name = 'order:' || t.id`;

/** Collects the parameters of a statement; `add` answers the placeholder. */
export const parameterList = () => {
  const parameters: unknown[] = [];
  return { parameters, add: (value: unknown) => `$${parameters.push(value)}` };
};

/** Those of `ids` that the scope may read. */
export const findOrders = async (scope: Scope, ids: string[]): Promise<Order[]> => {
  const { parameters, add } = parameterList();
  const where = condition(scope, add);
  return (await query<OrderRow>(`${SELECT} where ${where} and t.id = any(${add(ids)})`, parameters)).map(toOrder);
};

/** Throws NOT_FOUND where the scope may not read it, which looks the same as where there is none. */
export const getOrder = async (scope: Scope, id: string): Promise<Order> => {
  const [order] = await findOrders(scope, [id]);
  if (!order) throw notFound('Order');
  return order;
};

/** Locks an order until the transaction ends. Every writer of its stream comes by here first. Throws NOT_FOUND. */
export const lockOrder = async (scope: Scope, id: string): Promise<Order> => {
  const { parameters, add } = parameterList();
  const where = condition(scope, add);
  const [locked] = await query(`select 1 from orders t where ${where} and t.id = ${add(id)} for update`, parameters);
  if (!locked) throw notFound('Order');
  return getOrder(scope, id);
};

const Position = z.tuple([z.iso.datetime(), z.string()]);

/** One page; newest first, or with `updatedSince` oldest change first, so that a reader can follow along. */
export const listOrders = async (scope: Scope, filter: OrderQuery) => {
  const { parameters, add } = parameterList();
  const where = [condition(scope, add)];
  const position = decodeCursor(filter.cursor, Position);
  if (filter.status) where.push(`t.status = any(${add(filter.status)})`);
  if (filter.shopId) where.push(`t.shop_id = ${add(filter.shopId)}`);
  if (filter.customerId) where.push(`t.customer_id = ${add(filter.customerId)}`);
  if (filter.q)
    where.push(
      `concat_ws(' ', t.order_number, t.customer_id) ilike ${add(`%${filter.q.replace(/[\\%_]/g, '\\$&')}%`)}`,
    );
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`t.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 't.updated_at' : 't.created_at';
  const direction = changed ? 'asc' : 'desc';
  if (position)
    where.push(`(${column}, t.id) ${changed ? '>' : '<'} (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const rows = await query<OrderRow>(
    `${SELECT} where ${where.join(' and ')}
     order by ${column} ${direction}, t.id ${direction} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toOrder), filter.limit, (order) => [changed ? order.updatedAt : order.createdAt, order.id]);
};

const FIRST_NUMBER = 10_001;
/** The company's next order number, such as `ORD-10001`. */
export const nextOrderNumber = async (companyId: string): Promise<string> => {
  const [row] = await query<{ last: number }>(
    `insert into order_numbers (company_id, last) values ($1, $2)
     on conflict (company_id) do update set last = order_numbers.last + 1 returning last`,
    [companyId, FIRST_NUMBER],
  );
  return `ORD-${row!.last}`;
};

export type NewOrder = {
  id: string;
  companyId: string;
  orderNumber: string;
  shopId: string;
  customerId: string;
  status: OrderStatus;
  items: OrderItem[];
  total: { amount: number; currency: string };
  /** When the state was reached, and what decides between two of the same moment; now, where it is created here. */
  at: string | null;
  order: string;
};

/** Adds an order. Undefined when the id is taken already. */
export const insertOrder = async (order: NewOrder): Promise<Order | undefined> => {
  const [row] = await query<OrderRow>(
    `insert into orders (id, company_id, order_number, shop_id, customer_id, status, items, total_amount, currency,
       status_at, status_order, details_at, details_order)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, clock_timestamp()), $11, coalesce($10, clock_timestamp()), $11)
     on conflict (id) do nothing returning *, 0 as version`,
    [
      order.id,
      order.companyId,
      order.orderNumber,
      order.shopId,
      order.customerId,
      order.status,
      JSON.stringify(order.items),
      order.total.amount,
      order.total.currency,
      order.at,
      order.order,
    ],
  );
  return row && toOrder(row);
};

/** Sets the status of a locked order. What is decided here is newer than what was told before. */
export const setOrderStatus = async (id: string, status: OrderStatus): Promise<Order> => {
  const [row] = await query<OrderRow>(
    `update orders set status = $2, status_at = greatest(clock_timestamp(), status_at), status_order = '~',
       updated_at = clock_timestamp() where id = $1 returning *, 0 as version`,
    [id, status],
  );
  return toOrder(row!);
};

export const setPaymentStatus = async (id: string, status: PaymentStatus): Promise<Order> => {
  const [row] = await query<OrderRow>(
    `update orders set payment_status = $2, payment_at = greatest(clock_timestamp(), payment_at), payment_order = '~',
       updated_at = clock_timestamp() where id = $1 returning *, 0 as version`,
    [id, status],
  );
  return toOrder(row!);
};

/** Writes the order's own history. */
export const noteOrder = (
  orderId: string,
  version: number,
  by: string,
  kind: OrderHistoryEntry['kind'],
  from: string | null,
  to: string,
): Promise<unknown> =>
  query(
    'insert into order_history (order_id, version, by, kind, from_status, status) values ($1, $2, $3, $4, $5, $6)',
    [orderId, version, by, kind, from, to],
  );

/** One page of an order's history, newest first. */
export const listOrderHistory = async (orderId: string, limit: number, cursor: string | undefined) => {
  const before = decodeCursor(cursor, z.int()) ?? null;
  const rows = await query<Omit<OrderHistoryEntry, 'id' | 'at'> & { id: number; at: Date }>(
    `select id, at, by, kind, from_status as "from", status as "to" from order_history
     where order_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [orderId, before, limit + 1],
  );
  const { items, nextCursor } = toPage(rows, limit, ({ id }) => id);
  return { items: items.map(({ id, at, ...rest }) => ({ ...rest, id: String(id), at: at.toISOString() })), nextCursor };
};
