import { z } from 'zod';
import type { InventoryQuery, StockHistoryEntry, StockItem } from '../contract/commerce.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import { condition, productStream, type Scope } from './access.ts';
import { parameterList } from './orderStore.ts';
import { levelOf } from './steps.ts';

/** SQL of stock: one row a company, product and shop. The database does the arithmetic, and never goes below zero. */

type StockRow = {
  company_id: string;
  product_id: string;
  shop_id: string;
  product_name: string;
  quantity: number;
  threshold: number;
  updated_at: Date;
  version: number;
};

const toItem = (row: StockRow): StockItem => ({
  companyId: row.company_id,
  productId: row.product_id,
  productName: row.product_name,
  shopId: row.shop_id,
  quantity: row.quantity,
  threshold: row.threshold,
  level: levelOf(row.quantity, row.threshold),
  version: row.version,
  updatedAt: row.updated_at.toISOString(),
});

const SELECT = `select t.*, coalesce(v.version, 0) as version from stock t
  left join streams v on v.name = 'product:' || t.company_id || '/' || t.product_id`;

/** The shops' rows of some products that the scope may read; the keys are `company/product`. */
export const findProducts = async (scope: Scope, keys: string[]): Promise<StockItem[]> => {
  const { parameters, add } = parameterList();
  const where = condition(scope, add);
  const rows = await query<StockRow>(
    `${SELECT} where ${where} and t.company_id || '/' || t.product_id = any(${add(keys)})
       and t.product_id = any(${add(keys.map((key) => key.slice(key.indexOf('/') + 1)))})
     order by t.shop_id`,
    parameters,
  );
  return rows.map(toItem);
};

const Position = z.tuple([z.string(), z.string(), z.string(), z.string()]);

/** One page by product and shop, or with `updatedSince` oldest change first. */
export const listStock = async (scope: Scope, filter: InventoryQuery) => {
  const { parameters, add } = parameterList();
  const where = [condition(scope, add)];
  const position = decodeCursor(filter.cursor, Position);
  if (filter.shopId) where.push(`t.shop_id = ${add(filter.shopId)}`);
  if (filter.productId) where.push(`t.product_id = ${add(filter.productId)}`);
  if (filter.low) where.push('t.quantity <= t.threshold');
  if (filter.level === 'critical') where.push('t.quantity = 0');
  if (filter.level === 'warning') where.push('t.quantity > 0 and t.quantity <= t.threshold');
  if (filter.level === 'ok') where.push('t.quantity > t.threshold');
  if (filter.q)
    where.push(`concat_ws(' ', t.product_name, t.product_id) ilike ${add(`%${filter.q.replace(/[\\%_]/g, '\\$&')}%`)}`);
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`t.updated_at >= ${add(filter.updatedSince)}`);
  const columns = `${changed ? 't.updated_at, ' : ''}t.company_id, t.product_id, t.shop_id`;
  if (position) {
    const [at, ...key] = position;
    const values = [...(changed ? [`${add(at)}::timestamptz`] : []), ...key.map(add)];
    where.push(`(${columns}) > (${values.join(', ')})`);
  }
  const rows = await query<StockRow>(
    `${SELECT} where ${where.join(' and ')} order by ${columns} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toItem), filter.limit, (item) => [
    item.updatedAt,
    item.companyId,
    item.productId,
    item.shopId,
  ]);
};

export type Place = { companyId: string; productId: string; shopId: string };
/** A changed row and what it was before; `before` is null where it is new. */
export type StockChange = { item: StockItem; before: { quantity: number; threshold: number } | null };

type ChangedRow = StockRow & { before_quantity: number | null; before_threshold: number | null };
const toChange = (row: ChangedRow): StockChange => ({
  item: toItem(row),
  before: row.before_quantity === null ? null : { quantity: row.before_quantity, threshold: row.before_threshold ?? 0 },
});

/**
 * Locks the rows of these places in an order that is the same for everybody, so that two opposite transfers wait for each
 * other instead of deadlocking. Answers what they hold; places without a row are absent.
 */
export const lockStock = async (places: Place[]): Promise<StockItem[]> => {
  const rows = await query<StockRow>(
    `select t.*, 0 as version from stock t
     where (t.company_id, t.product_id, t.shop_id) in (select * from unnest($1::text[], $2::text[], $3::text[]))
     order by t.company_id, t.product_id, t.shop_id for update`,
    [places.map((p) => p.companyId), places.map((p) => p.productId), places.map((p) => p.shopId)],
  );
  return rows.map(toItem);
};

/** What was counted somewhere. `null` keeps what is there; without `at` it was counted now. */
export type StockCount = Place & {
  productName: string | null;
  quantity: number;
  threshold: number | null;
  /** Whether the quantity is low by the word of who counted, so that the threshold is not below it. */
  low: boolean;
  at: string | null;
  order: string;
};

/** Those whose place has a row, each with what it changed: nothing where what is there is newer. */
const overwrite = async (counts: StockCount[]): Promise<Map<StockCount, StockChange | undefined>> => {
  const rows = await query<ChangedRow & { n: number }>(
    `with counts as (
       select * from jsonb_to_recordset($1) as c("companyId" text, "productId" text, "shopId" text, "productName" text,
         counted bigint, least bigint, low boolean, at timestamptz, "order" text, n int)
     ), before as (
       select t.*, c.* from stock t
       join counts c on (t.company_id, t.product_id, t.shop_id) = (c."companyId", c."productId", c."shopId")
       order by t.company_id, t.product_id, t.shop_id for update of t
     ), after as (
       update stock t set
         product_name = coalesce(b."productName", t.product_name), quantity = b.counted,
         threshold = greatest(coalesce(b.least, t.threshold), case when b.low then b.counted end),
         state_at = coalesce(b.at, greatest(clock_timestamp(), nullif(b.state_at, '-infinity'))),
         state_order = b."order", updated_at = clock_timestamp()
       from before b
       where (t.company_id, t.product_id, t.shop_id) = (b.company_id, b.product_id, b.shop_id)
         and (b.at is null or (b.state_at, b.state_order) < (b.at, b."order"))
       returning t.*, b.n
     )
     select b.n, after.company_id, after.product_id, after.shop_id, after.product_name, after.quantity, after.threshold,
       after.updated_at, 0 as version, b.threshold as before_threshold,
       case when b.state_at = '-infinity' then null else b.quantity end as before_quantity
     from before b left join after using (n)`,
    [
      JSON.stringify(
        counts.map(({ quantity, threshold, ...count }, n) => ({ n, counted: quantity, least: threshold, ...count })),
      ),
    ],
  );
  return new Map(rows.map((row) => [counts[row.n]!, row.company_id === null ? undefined : toChange(row)]));
};

/**
 * Writes counts of different places in one go, and answers what each changed. What is told with `at` overrides only what is
 * older; undefined where it is not newer. Whoever takes several rows takes them in the same order.
 */
export const putStockEach = async (counts: StockCount[]): Promise<(StockChange | undefined)[]> => {
  const changes = await overwrite(counts);
  const missing = counts.filter((count) => !changes.has(count));
  if (missing.length > 0) {
    // A row that another transaction adds meanwhile is seen by the conflict, and its values by the lock.
    await query(
      `insert into stock (company_id, product_id, shop_id, product_name, quantity, threshold, state_at)
       select "companyId", "productId", "shopId", "productId", 0, 0, '-infinity'
       from jsonb_to_recordset($1) as t("companyId" text, "productId" text, "shopId" text)
       order by 1, 2, 3 on conflict do nothing`,
      [JSON.stringify(missing)],
    );
    for (const [count, change] of await overwrite(missing)) changes.set(count, change);
  }
  return counts.map((count) => changes.get(count));
};

/** Adds `delta` if the result is not below zero; undefined where it would be, or where there is no such row. */
export const addStock = async (
  { companyId, productId, shopId }: Place,
  delta: number,
): Promise<StockChange | undefined> => {
  const [row] = await query<ChangedRow>(
    `update stock set quantity = quantity + $4, state_at = greatest(clock_timestamp(), state_at), state_order = '~',
       updated_at = clock_timestamp()
     where company_id = $1 and product_id = $2 and shop_id = $3 and quantity + $4 >= 0
     returning *, 0 as version, quantity - $4 as before_quantity, threshold as before_threshold`,
    [companyId, productId, shopId, delta],
  );
  return row && toChange(row);
};

/** Writes the stock's own history, with the versions that the products have now: behind the events of the changes. */
export const noteStockEach = async (
  changes: StockChange[],
  by: string,
  reason: StockHistoryEntry['reason'],
): Promise<void> => {
  if (changes.length === 0) return;
  await query(
    `insert into stock_history (company_id, product_id, shop_id, version, by, before, quantity, threshold, reason)
     select "companyId", "productId", "shopId", v.version, $2, before, quantity, threshold, $3
     from jsonb_to_recordset($1) as t(n int, stream text, "companyId" text, "productId" text, "shopId" text,
       before bigint, quantity bigint, threshold bigint) join streams v on v.name = t.stream order by n`,
    [
      JSON.stringify(
        changes.map(({ item: { companyId, productId, shopId, quantity, threshold }, before }, n) => ({
          ...{ n, stream: productStream(companyId, productId), companyId, productId, shopId, quantity, threshold },
          before: before?.quantity ?? 0,
        })),
      ),
      by,
      reason,
    ],
  );
};

type HistoryRow = Omit<StockHistoryEntry, 'id' | 'at' | 'shopId' | 'delta'> & { id: number; at: Date; shop_id: string };

/** One page of a product's history in the shops that the scope may read, newest first. */
export const listStockHistory = async (
  scope: Scope,
  { companyId, productId }: { companyId: string; productId: string },
  { shopId, limit, cursor }: { shopId?: string | undefined; limit: number; cursor?: string | undefined },
) => {
  const { parameters, add } = parameterList();
  const where = [condition(scope, add), `t.company_id = ${add(companyId)}`, `t.product_id = ${add(productId)}`];
  const before = decodeCursor(cursor, z.int());
  if (shopId) where.push(`t.shop_id = ${add(shopId)}`);
  if (before !== undefined) where.push(`t.id < ${add(before)}`);
  const rows = await query<HistoryRow>(
    `select id, at, by, shop_id, before, quantity, threshold, reason from stock_history t
     where ${where.join(' and ')} order by id desc limit ${add(limit + 1)}`,
    parameters,
  );
  const { items, nextCursor } = toPage(rows, limit, ({ id }) => id);
  return {
    items: items.map(({ id, at, shop_id, ...rest }) => ({
      id: String(id),
      at: at.toISOString(),
      shopId: shop_id,
      ...rest,
      delta: rest.quantity - rest.before,
    })),
    nextCursor,
  };
};
