import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import type { CreateTransfer, Transfer, TransferQuery, TransferStatus } from '../contract/commerce.ts';
import { query, transaction } from '../platform/database.ts';
import { conflict, forbidden, notFound } from '../platform/errors.ts';
import { decodeCursor, requireVersion, toPage } from '../platform/http.ts';
import { companyFor, condition, requireShop, type Scope, stockScope } from './access.ts';
import { emitTransfer } from './commerceEvents.ts';
import { parameterList } from './orderStore.ts';
import { requireTransferStep } from './steps.ts';
import { tellStock } from './stock.ts';
import { addStock, lockStock } from './stockStore.ts';

/** Stock on its way from one shop to another. Completing moves it, in one transaction. */

export type TransferRow = {
  id: string;
  company_id: string;
  product_id: string;
  product_name: string;
  from_shop_id: string;
  to_shop_id: string;
  quantity: number;
  status: TransferStatus;
  created_by: string;
  version: number;
  created_at: Date;
  updated_at: Date;
};
export const toTransfer = (row: TransferRow): Transfer => ({
  id: row.id,
  companyId: row.company_id,
  productId: row.product_id,
  productName: row.product_name,
  fromShopId: row.from_shop_id,
  toShopId: row.to_shop_id,
  quantity: row.quantity,
  status: row.status,
  createdBy: row.created_by,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

/** A transfer and what the product is called in the shop that sends it, as columns of `transfers t`. */
export const TRANSFER = `t.*, coalesce((select s.product_name from stock s
  where s.company_id = t.company_id and s.product_id = t.product_id and s.shop_id in (t.from_shop_id, t.to_shop_id)
  order by s.shop_id = t.from_shop_id desc limit 1), t.product_id) as product_name`;

const SHOPS = ['t.from_shop_id', 't.to_shop_id'];

/** Throws NOT_FOUND where the scope may not read it. `lock` keeps it until the transaction ends. */
export const getTransfer = async (scope: Scope, id: string, lock = false): Promise<Transfer> => {
  const { parameters, add } = parameterList();
  const where = condition(scope, add, SHOPS);
  const [row] = await query<TransferRow>(
    `select ${TRANSFER} from transfers t where ${where} and t.id = ${add(id)}${lock ? ' for update' : ''}`,
    parameters,
  );
  if (!row) throw notFound('Transfer');
  return toTransfer(row);
};

const Position = z.tuple([z.iso.datetime(), z.string()]);

/** One page; newest first, or with `updatedSince` oldest change first. */
export const listTransfers = async (scope: Scope, filter: TransferQuery) => {
  const { parameters, add } = parameterList();
  const where = [condition(scope, add, SHOPS)];
  const position = decodeCursor(filter.cursor, Position);
  if (filter.status) where.push(`t.status = ${add(filter.status)}`);
  if (filter.shopId) where.push(`${add(filter.shopId)} in (t.from_shop_id, t.to_shop_id)`);
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`t.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 't.updated_at' : 't.created_at';
  const direction = changed ? 'asc' : 'desc';
  if (position)
    where.push(`(${column}, t.id) ${changed ? '>' : '<'} (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const rows = await query<TransferRow>(
    `select ${TRANSFER} from transfers t where ${where.join(' and ')}
     order by ${column} ${direction}, t.id ${direction} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toTransfer), filter.limit, (one) => [changed ? one.updatedAt : one.createdAt, one.id]);
};

export const createTransfer = (user: User, body: CreateTransfer): Promise<Transfer> =>
  transaction(async () => {
    const companyId = companyFor(user, body.companyId);
    requireShop(user, companyId, body.fromShopId);
    const [row] = await query<TransferRow>(
      `insert into transfers as t (id, company_id, product_id, from_shop_id, to_shop_id, quantity, created_by)
       values ($1, $2, $3, $4, $5, $6, $7) returning ${TRANSFER}`,
      [randomUUID(), companyId, body.productId, body.fromShopId, body.toShopId, body.quantity, user.username],
    );
    const transfer = toTransfer(row!);
    await emitTransfer(transfer);
    return transfer;
  });

/** Takes the pieces from one shop and gives them to the other. Throws CONFLICT where there are too few. */
const move = async ({ companyId, productId, fromShopId, toShopId, quantity }: Transfer, by: string) => {
  const from = { companyId, productId, shopId: fromShopId };
  const to = { companyId, productId, shopId: toShopId };
  // A row first: both have to be there to be locked in the order that everybody keeps.
  await query(
    `insert into stock (company_id, product_id, shop_id, product_name, quantity, state_at)
     select $1, $2, $3, coalesce((select product_name from stock where company_id = $1 and product_id = $2 and shop_id = $4), $2),
       0, clock_timestamp()
     on conflict do nothing`,
    [companyId, productId, toShopId, fromShopId],
  );
  const locked = await lockStock([from, to]);
  const there = locked.find(({ shopId }) => shopId === fromShopId)?.quantity ?? 0;
  const taken = await addStock(from, -quantity);
  if (!taken) throw conflict(`${fromShopId} has ${there} of them; ${quantity} cannot be moved`);
  await tellStock(taken, by, 'transfer');
  await tellStock((await addStock(to, quantity))!, by, 'transfer');
};

export const changeTransfer = (
  user: User,
  id: string,
  status: TransferStatus,
  expected: number | undefined,
): Promise<Transfer> =>
  transaction(async () => {
    const before = await getTransfer(stockScope(user), id, true);
    const { companyId, fromShopId, toShopId } = before;
    // The sending shop lets go; the receiving shop says when it has arrived.
    const shop = status === 'completed' ? toShopId : fromShopId;
    if (user.role === 'merchant' && !user.shopIds.includes(shop))
      throw forbidden(status === 'completed' ? 'The receiving shop completes' : 'The sending shop decides this');
    requireShop(user, companyId, shop);
    requireVersion(expected, before.version);
    requireTransferStep(before.status, status);
    const [row] = await query<TransferRow>(
      `update transfers t set status = $2, version = version + 1, updated_at = clock_timestamp(),
         state_at = greatest(clock_timestamp(), state_at), state_order = '~' where id = $1 returning ${TRANSFER}`,
      [id, status],
    );
    const transfer = toTransfer(row!);
    if (status === 'completed') await move(transfer, user.username);
    await emitTransfer(transfer);
    return transfer;
  });
