import { ORDER_STATUSES, type Order, type OrderStatus, type PaymentStatus } from '../contract/commerce.ts';
import { query } from '../platform/database.ts';
import { badRequest, conflict, forbidden } from '../platform/errors.ts';
import { roundsOf } from '../platform/grouped.ts';
import { changeUser } from '../platform/users.ts';
import { publishNotice } from '../websocket/publish.ts';
import { membersRoom, SUPER_ADMIN_ROOM, shopRoom, userRoom } from '../websocket/rooms.ts';
import { productRoom, productStream, shopsAudience, staffAudience } from './access.ts';
import { emitOrderCreated, emitOrderStatus, emitPaymentStatus, emitTransfer } from './commerceEvents.ts';
import type { Effect } from './messageBodies.ts';
import { sendNotification } from './notifications.ts';
import { findOrders, insertOrder, nextOrderNumber, noteOrder, type OrderRow, toOrder } from './orderStore.ts';
import { totalOf } from './orders.ts';
import { tellStockEach } from './stock.ts';
import { putStockEach } from './stockStore.ts';
import { TRANSFER, type TransferRow, toTransfer } from './transfers.ts';

/**
 * What other services say takes effect here, in the transaction of the caller. The time at which it happened decides
 * between two words about one thing, not the order in which they arrive; of the same moment, `tie` does, the same way
 * however they are shuffled.
 */

export type Told = {
  /** When it happened. */
  at: string;
  /** What tells this message from all others. */
  key: string;
  /** Whether the sender may speak for this company; null: for one that the message does not name. */
  maySpeakFor: (companyId: string | null) => boolean;
};

const BY = 'another service';

const requireTrust = ({ maySpeakFor }: Told, companyId: string | null): void => {
  if (!maySpeakFor(companyId))
    throw forbidden(`The sender may not speak for ${companyId === null ? 'every company' : `company ${companyId}`}`);
};

/**
 * The order as it is once nobody else works on it. Two messages about one order or payment wait for each other, also
 * where there is no row to lock yet.
 */
const lockAndFind = async (orderId: string): Promise<Order | undefined> => {
  const [, [order]] = await Promise.all([
    query("select pg_advisory_xact_lock(hashtextextended('order:' || $1, 5))", [orderId]),
    findOrders({ kind: 'all' }, [orderId]),
  ]);
  return order;
};

const tieOf = (status: OrderStatus, key: string) => `${ORDER_STATUSES.indexOf(status)}${key}`;

/** Sets the payment if this word is newer, and tells of it. */
const applyPayment = async (orderId: string, status: PaymentStatus, at: string, tie: string): Promise<void> => {
  const [row] = await query<OrderRow>(
    `update orders set payment_status = $2, payment_at = $3, payment_order = $4, updated_at = clock_timestamp()
     where id = $1 and (payment_at is null or (payment_at, payment_order) < ($3::timestamptz, $4))
     returning *, 0 as version`,
    [orderId, status, at, tie],
  );
  if (!row) return;
  const version = await emitPaymentStatus(toOrder(row));
  await noteOrder(orderId, version, BY, 'payment', null, status);
};

/** What was told of the payment before anybody told of the order. */
const applyWaitingPayment = async ({ id, companyId }: Order): Promise<void> => {
  const [waiting] = await query<{ status: PaymentStatus; at: Date; tie: string }>(
    'delete from waiting_payments where order_id = $1 and coalesce(company_id, $2) = $2 returning status, at, tie',
    [id, companyId],
  );
  if (waiting) await applyPayment(id, waiting.status, waiting.at.toISOString(), waiting.tie);
};

const addOrder = async ({ status, body }: Extract<Effect, { kind: 'order' }>, told: Told): Promise<void> => {
  const { orderId, companyId, shopId, customerId } = body;
  if (companyId === undefined || shopId === undefined || customerId === undefined)
    throw badRequest('companyId, shopId and customerId: needed for an order that is first heard of');
  requireTrust(told, companyId);
  const items = body.items ?? [];
  const order = (await insertOrder({
    id: orderId,
    companyId,
    orderNumber: body.orderNumber ?? (await nextOrderNumber(companyId)),
    shopId,
    customerId,
    status,
    items,
    total: body.total ?? (items.length > 0 ? totalOf(items) : { amount: 0, currency: 'EUR' }),
    at: told.at,
    order: tieOf(status, told.key),
  }))!;
  await Promise.all([
    !body.items && !body.total
      ? query("update orders set details_at = '-infinity', details_order = '' where id = $1", [orderId])
      : null,
    emitOrderCreated(order),
    noteOrder(orderId, 0, BY, 'created', null, 'pending'),
  ]);
  if (status !== 'pending') {
    const version = await emitOrderStatus(order);
    await noteOrder(orderId, version, BY, 'status', 'pending', status);
  }
  await applyWaitingPayment(order);
};

const applyOrder = async (effect: Extract<Effect, { kind: 'order' }>, told: Told): Promise<void> => {
  const { status, body } = effect;
  const { orderId } = body;
  const known = await lockAndFind(orderId);
  if (!known) return addOrder(effect, told);
  requireTrust(told, known.companyId);
  if (body.companyId !== undefined && body.companyId !== known.companyId)
    throw conflict(`orderId ${orderId} is another company's`);
  if (body.items || body.total)
    await query(
      `update orders set items = coalesce($2, items), total_amount = $3, currency = $4, order_number = coalesce($5, order_number),
         details_at = $6, details_order = $7, updated_at = clock_timestamp()
       where id = $1 and (details_at, details_order) < ($6::timestamptz, $7)`,
      [
        orderId,
        body.items ? JSON.stringify(body.items) : null,
        (body.total ?? totalOf(body.items!)).amount,
        (body.total ?? totalOf(body.items!)).currency,
        body.orderNumber ?? null,
        told.at,
        told.key,
      ],
    );
  const [row] = await query<OrderRow>(
    `update orders set status = $2, status_at = $3, status_order = $4, updated_at = clock_timestamp()
     where id = $1 and (status_at, status_order) < ($3::timestamptz, $4) returning *, 0 as version`,
    [orderId, status, told.at, tieOf(status, told.key)],
  );
  if (!row || status === known.status) return;
  const version = await emitOrderStatus(toOrder(row));
  await noteOrder(orderId, version, BY, 'status', known.status, status);
};

const applyPaymentMessage = async (
  { status, body }: Extract<Effect, { kind: 'payment' }>,
  told: Told,
): Promise<void> => {
  const { orderId, companyId } = body;
  const known = await lockAndFind(orderId);
  requireTrust(told, known?.companyId ?? companyId ?? null);
  if (known) {
    if (companyId !== undefined && companyId !== known.companyId)
      throw conflict(`orderId ${orderId} is another company's`);
    return applyPayment(orderId, status, told.at, told.key);
  }
  await query(
    `insert into waiting_payments (order_id, company_id, status, at, tie) values ($1, $2, $3, $4, $5)
     on conflict (order_id) do update set company_id = excluded.company_id, status = excluded.status, at = excluded.at, tie = excluded.tie
     where (waiting_payments.at, waiting_payments.tie) < (excluded.at, excluded.tie)`,
    [orderId, companyId ?? null, status, told.at, told.key],
  );
};

type Message = { effect: Effect; told: Told };
type StockMessage = Message & { effect: Extract<Effect, { kind: 'stock' }> };
const isStock = (message: Message): message is StockMessage => message.effect.kind === 'stock';
type OtherMessage = Message & { effect: Exclude<Effect, { kind: 'stock' }> };
const isOther = (message: Message): message is OtherMessage => message.effect.kind !== 'stock';

const streamOf = ({ effect: { body } }: StockMessage) => productStream(body.companyId, body.productId);

/**
 * Stock of different products at once. What it tells waits for `agreed`; it throws what that throws, once nothing is asked
 * any more. `last` says that nothing follows in the transaction.
 */
const applyStock = async (messages: StockMessage[], agreed: Promise<void>, last: boolean): Promise<void> => {
  for (const { effect, told } of messages) requireTrust(told, effect.body.companyId);
  const putting = putStockEach(
    messages.map(({ effect: { low, body }, told }) => {
      const { companyId, productId, shopId, quantity, productName = null, threshold = null } = body;
      // Who says "low" without saying below what means that this much is low.
      return { companyId, productId, shopId, quantity, productName, threshold, low, at: told.at, order: told.key };
    }),
  );
  const [agreement, put] = await Promise.allSettled([agreed, putting]);
  if (agreement.status === 'rejected') throw agreement.reason;
  if (put.status === 'rejected') throw put.reason;
  const changes = put.value;
  await tellStockEach(
    changes.filter((change) => change !== undefined),
    BY,
    'message',
    last,
  );
};

const applyTransfer = async ({ body }: Extract<Effect, { kind: 'transfer' }>, told: Told): Promise<void> => {
  requireTrust(told, body.companyId);
  const [row] = await query<TransferRow>(
    `insert into transfers as t (id, company_id, product_id, from_shop_id, to_shop_id, quantity, status, created_by, state_at, state_order)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (id) do update set status = excluded.status, version = t.version + 1, updated_at = clock_timestamp(),
       state_at = excluded.state_at, state_order = excluded.state_order
     where t.company_id = excluded.company_id and (t.state_at, t.state_order) < (excluded.state_at, excluded.state_order)
     returning ${TRANSFER}`,
    [
      body.transferId,
      body.companyId,
      body.productId,
      body.fromShopId,
      body.toShopId,
      body.quantity,
      body.status,
      BY,
      told.at,
      told.key,
    ],
  );
  if (row) return emitTransfer(toTransfer(row));
  const other = await query('select 1 from transfers where id = $1 and company_id <> $2', [
    body.transferId,
    body.companyId,
  ]);
  if (other.length > 0) throw conflict(`transferId ${body.transferId} is another company's`);
};

const applyNotification = async ({ body }: Extract<Effect, { kind: 'notification' }>, told: Told): Promise<void> => {
  const { userId, role, companyId } = body;
  const [known] =
    userId === undefined
      ? []
      : await query<{ company_id: string | null }>('select company_id from users where id = $1', [userId]);
  requireTrust(told, companyId ?? known?.company_id ?? null);
  if (userId !== undefined && companyId !== undefined && known && ![null, companyId].includes(known.company_id))
    throw conflict(`userId ${userId} is another company's`);
  await sendNotification(
    {
      event: userId === undefined ? 'notification:broadcast' : 'notification:new',
      kind: body.kind ?? body.type ?? 'info',
      priority: body.priority,
      subject: body.subject,
      content: body.content,
      metadata: body.metadata,
      companyId: companyId ?? null,
      createdBy: BY,
    },
    userId === undefined ? { ...(role && { role }), ...(companyId !== undefined && { companyId }) } : { userId },
  );
};

/** Whether this is the newest word about a thing whose state is not kept here. */
const isNewest = async (thing: string, { at, key }: Told): Promise<boolean> =>
  (
    await query(
      `insert into message_heads (thing, at, tie) values ($1, $2, $3)
       on conflict (thing) do update set at = excluded.at, tie = excluded.tie
       where (message_heads.at, message_heads.tie) < (excluded.at, excluded.tie) returning 1`,
      [thing, at, key],
    )
  ).length > 0;

const deactivate = async (userId: string, told: Told): Promise<void> => {
  const [known] = await query<{ company_id: string | null }>('select company_id from users where id = $1', [userId]);
  requireTrust(told, known?.company_id ?? null);
  // One who was never seen here must not get in later with a token that is still valid.
  if (!known)
    await query(
      "insert into users (id, username, role, active) values ($1, $1, 'customer', false) on conflict do nothing",
      [userId],
    );
  await changeUser(userId, { active: false });
};

/** The event's own fields: what the envelope says stands above what the sender says. */
const relay = (rooms: string[], event: string, body: Record<string, unknown>): Promise<void> => {
  const { type: _, timestamp: __, version: ___, occurredAt: ____, ...payload } = body;
  return publishNotice({ rooms, type: event, payload });
};

/** The company of a product whose sender did not say: the one that has it, where only one does. */
const companyOfProduct = async (productId: string): Promise<string | undefined> => {
  const rows = await query<{ company_id: string }>(
    'select distinct company_id from stock where product_id = $1 limit 2',
    [productId],
  );
  return rows.length === 1 ? rows[0]!.company_id : undefined;
};

/** Any message but those of stock. */
const applyOther = async (effect: OtherMessage['effect'], told: Told): Promise<void> => {
  if (effect.kind === 'order') return applyOrder(effect, told);
  if (effect.kind === 'payment') return applyPaymentMessage(effect, told);
  if (effect.kind === 'transfer') return applyTransfer(effect, told);
  if (effect.kind === 'notification') return applyNotification(effect, told);
  if (effect.kind === 'deactivated') return deactivate(effect.body.userId, told);
  const { body } = effect;
  if (effect.kind === 'user') {
    requireTrust(told, body.companyId ?? null);
    const { userId } = effect.body;
    if (await isNewest(`user:${userId}`, told)) await relay([userRoom(userId)], 'user:updated', body);
    return;
  }
  if (effect.kind === 'company') {
    const { companyId } = effect.body;
    requireTrust(told, companyId);
    if (await isNewest(`company:${companyId}`, told))
      await relay([membersRoom(companyId), SUPER_ADMIN_ROOM], 'company:updated', body);
    return;
  }
  if (effect.kind === 'shop') {
    const { shopId, companyId } = effect.body;
    requireTrust(told, companyId ?? null);
    const rooms =
      companyId === undefined ? [shopRoom(shopId)] : [...shopsAudience(companyId, shopId), ...staffAudience(companyId)];
    if (await isNewest(`shop:${companyId ?? ''}/${shopId}`, told)) await relay(rooms, 'shop:updated', body);
    return;
  }
  const { productId } = effect.body;
  const companyId = body.companyId ?? (await companyOfProduct(productId));
  requireTrust(told, companyId ?? null);
  if (companyId === undefined) throw badRequest('companyId: needed, since no or several companies have this product');
  if (await isNewest(`product:${companyId}/${productId}`, told))
    await relay([productRoom(companyId, productId), ...staffAudience(companyId)], 'product:updated', body);
};

/** What a message is about: those about one thing are carried out one after the other. */
const thingOf = ({ kind, body }: OtherMessage['effect']): string => {
  if (kind === 'order' || kind === 'payment') return `order:${body.orderId}`;
  if (kind === 'transfer') return `transfer:${body.transferId}`;
  if (kind === 'notification') return `notification:${body.userId ?? ''}`;
  if (kind === 'user' || kind === 'deactivated') return `user:${body.userId}`;
  if (kind === 'company') return `company:${body.companyId}`;
  return kind === 'shop' ? `shop:${body.shopId}` : `product:${body.productId}`;
};

/**
 * Messages about different things side by side: their statements go to the database together, so that fifty messages
 * take as many round trips as the longest of them. Whoever takes several locks takes them in the same order.
 */
const applyOthers = async (messages: OtherMessage[]): Promise<void> => {
  const byThing = new Map<string, OtherMessage[]>();
  for (const message of messages) {
    const thing = thingOf(message.effect);
    byThing.set(thing, [...(byThing.get(thing) ?? []), message]);
  }
  const inTurn = async (about: OtherMessage[]) => {
    for (const { effect, told } of about) await applyOther(effect, told);
  };
  const things = [...byThing.keys()].sort();
  // All of them, before the transaction ends: the others may still be asking when one has failed.
  const outcomes = await Promise.allSettled(things.map((thing) => inTurn(byThing.get(thing)!)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
};

/**
 * The product whose stock a message tells: those of other products may be carried out in another transaction meanwhile.
 * Null for any other message: it may ask for what an earlier one told, whatever that was about.
 */
export const laneOf = ({ effect }: Pick<Message, 'effect'>): string | null =>
  effect.kind === 'stock' ? productStream(effect.body.companyId, effect.body.productId) : null;

/**
 * Carries out what messages say, those about one thing in their order, as the last that happens in the transaction. Throws
 * an AppError where one of them is refused. Stock comes first and together, since it is counted most often by far; no other
 * message loses by finding a product known.
 *
 * Where `agreed` rejects it throws the same. Only counts of stock are asked for before that: what the caller asked of the
 * database just before costs no trip of its own then.
 */
export const applyMessages = async (messages: Message[], agreed: Promise<void> = Promise.resolve()): Promise<void> => {
  const others = messages.filter(isOther);
  const rounds = roundsOf(messages.filter(isStock), streamOf);
  for (const round of rounds) await applyStock(round, agreed, others.length === 0 && round === rounds.at(-1));
  await agreed;
  await applyOthers(others);
};
