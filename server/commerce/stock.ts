import type { User } from '../contract/auth.ts';
import type { AdjustStock, ProductStock, SetStock, StockHistoryEntry, StockItem } from '../contract/commerce.ts';
import { commitBehind, transaction } from '../platform/database.ts';
import { conflict, notFound } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { readHeads } from '../websocket/history.ts';
import { registerStream } from '../websocket/streams.ts';
import {
  companyFor,
  parseProduct,
  productKey,
  productRoom,
  productShopRoom,
  productStream,
  requireShop,
  stockScope,
} from './access.ts';
import { emitStockChangedEach } from './commerceEvents.ts';
import { crossed, levelOf } from './steps.ts';
import * as store from './stockStore.ts';

/** Stock per shop: each change with its events and its line of history in one transaction. */

/** Staff see a product in all shops; a merchant in their own, which the view names. */
const viewOf = (user: User): string => (user.role === 'merchant' ? `shops:${JSON.stringify(user.shopIds)}` : 'full');
const shopsOf = (view: string): string[] | null => (view === 'full' ? null : JSON.parse(view.slice('shops:'.length)));
export const productViews = (user: User): string[] => [viewOf(user)];

/** What the user may see of these products; ids as the user writes them. */
const readProducts = async (user: User, ids: string[]): Promise<Map<string, ProductStock>> => {
  const byKey = new Map<string, string>();
  for (const id of ids) {
    const product = parseProduct(user, id);
    if (product) byKey.set(productKey(product.companyId, product.productId), id);
  }
  const products = new Map<string, ProductStock>();
  for (const item of await store.findProducts(stockScope(user), [...byKey.keys()])) {
    const { companyId, productId, productName, version } = item;
    const id = byKey.get(productKey(companyId, productId))!;
    const product = products.get(id) ?? { companyId, productId, productName, version, items: [] };
    product.items.push(item);
    products.set(id, product);
  }
  return products;
};

/** Throws NOT_FOUND where none of its shops may be seen. */
export const readProduct = async (user: User, id: string): Promise<ProductStock> => {
  const product = (await readProducts(user, [id])).get(id);
  if (!product) throw notFound('Product');
  return product;
};

const roomsIn = (id: string, view: string, user: User | undefined): string[] => {
  const product = parseProduct(user, id);
  if (!product) return [];
  const { companyId, productId } = product;
  return (
    shopsOf(view)?.map((shopId) => productShopRoom(companyId, productId, shopId)) ?? [productRoom(companyId, productId)]
  );
};

export const productKind = registerStream({
  prefix: 'product',
  namespace: '/',
  nameFor: (id, user) => (user.companyId === null ? `product:${id}` : productStream(user.companyId, id)),
  room: (id, view, user) => roomsIn(id, view, user)[0] ?? 'nobody',
  moreRooms: (id, view, user) => roomsIn(id, view, user).slice(1),
  authorize: async (user, ids) => new Map([...(await readProducts(user, ids)).keys()].map((id) => [id, viewOf(user)])),
  snapshots: readProducts,
  audience: async (id) => {
    const product = parseProduct(undefined, id);
    return product && [productRoom(product.companyId, product.productId)];
  },
  redact: (event, view) => {
    const shops = shopsOf(view);
    return shops === null || shops.includes(String(event.shopId)) ? event : null;
  },
});

/**
 * Warns where a change made it worse, tells of each, and notes it. The changes are of different products. Answers the rows
 * with their versions. `last` says that nothing follows in the transaction.
 */
export const tellStockEach = async (
  changes: store.StockChange[],
  by: string,
  reason: StockHistoryEntry['reason'],
  last = false,
): Promise<StockItem[]> => {
  const telling = emitStockChangedEach(
    changes.map(({ item, before }) => ({
      item,
      severity: crossed(before ? levelOf(before.quantity, before.threshold) : 'ok', item.level),
    })),
  );
  const noting = store.noteStockEach(changes, by, reason);
  if (last) commitBehind();
  const [versions] = await Promise.all([telling, noting]);
  return changes.map(({ item }, n) => ({ ...item, version: versions[n]! }));
};

/** The same for one change. */
export const tellStock = async (change: store.StockChange, by: string, reason: StockHistoryEntry['reason']) =>
  (await tellStockEach([change], by, reason))[0]!;

/** Holds the caller to the version of the product that it decided on. */
const requireProductVersion = async (place: store.Place, expected: number | undefined) => {
  if (expected === undefined) return;
  await store.lockStock([place]);
  const stream = productStream(place.companyId, place.productId);
  requireVersion(expected, (await readHeads([stream])).get(stream)!);
};

export const setStock = (
  user: User,
  productId: string,
  body: SetStock,
  expected: number | undefined,
): Promise<StockItem> =>
  transaction(async () => {
    const companyId = companyFor(user, body.companyId);
    requireShop(user, companyId, body.shopId);
    const place = { companyId, productId, shopId: body.shopId };
    await requireProductVersion(place, expected);
    const { quantity, productName = null, threshold = null } = body;
    const [change] = await store.putStockEach([
      { ...place, productName, quantity, threshold, low: false, at: null, order: '~' },
    ]);
    return tellStock(change!, user.username, 'set');
  });

export const adjustStock = (
  user: User,
  productId: string,
  body: AdjustStock,
  expected: number | undefined,
): Promise<StockItem> =>
  transaction(async () => {
    const companyId = companyFor(user, body.companyId);
    requireShop(user, companyId, body.shopId);
    const place = { companyId, productId, shopId: body.shopId };
    await requireProductVersion(place, expected);
    const change = await store.addStock(place, body.delta);
    if (!change) {
      const [item] = await store.lockStock([place]);
      if (!item) throw notFound('Product');
      throw conflict(`There are ${item.quantity} left; stock never goes below zero`);
    }
    return tellStock(change, user.username, 'adjusted');
  });
