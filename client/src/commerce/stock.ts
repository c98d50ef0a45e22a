import type { StockItem } from '../../../server/contract/commerce.ts';
import type { StockNotice } from './wire.ts';

/**
 * Stock as it is now: levels as they were read, and beside them what was heard live. A notice has no version, so what
 * is newer follows from when we heard: what came after a list was asked for is at least as new as its answer.
 */

export type ReadStock = { askedAt: number; items: StockItem[] };
export type Point = { at: string; quantity: number };
export type Heard = { item: StockNotice; heardAt: number; points: Point[] };
export type HeardStock = Record<string, Heard>;

/** Enough for a line as wide as a row has room for. */
const MOST_POINTS = 60;

export const stockKey = ({ productId, shopId }: { productId: string; shopId: string }) => `${shopId}\n${productId}`;

/** One more level heard of. Company, shop and stream may tell the same one: it is taken once. */
export const hear = (heard: HeardStock, notice: StockNotice, heardAt: number): HeardStock => {
  const key = stockKey(notice);
  const before = heard[key];
  if (before && before.item.timestamp > notice.timestamp) return heard;
  const same = before?.item.quantity === notice.quantity && before.item.threshold === notice.threshold;
  if (same) return heard;
  const points = [...(before?.points ?? []), { at: notice.timestamp, quantity: notice.quantity }].slice(-MOST_POINTS);
  return { ...heard, [key]: { item: notice, heardAt, points } };
};

/** Every level as it is now, by shop and name. */
export const mergeStock = ({ askedAt, items }: ReadStock, heard: HeardStock): StockItem[] => {
  const shared = new Set<string>();
  const once = new Set<string>();
  for (const key of items.map(stockKey)) (once.has(key) ? shared : once).add(key);
  const now = items.map((item) => {
    const key = stockKey(item);
    const news = heard[key];
    // A notice does not say whose it is. Where two companies use the same ids, only their reading tells them apart.
    if (!news || news.heardAt < askedAt || shared.has(key)) return item;
    const { productName, quantity, threshold, timestamp } = news.item;
    return { ...item, productName, quantity, threshold, updatedAt: timestamp };
  });
  return now.sort(
    (a, b) =>
      a.companyId.localeCompare(b.companyId) ||
      a.shopId.localeCompare(b.shopId) ||
      a.productName.localeCompare(b.productName),
  );
};

export type Level = 'out' | 'low' | 'ok';
export const levelOf = ({ quantity, threshold }: Pick<StockItem, 'quantity' | 'threshold'>): Level => {
  if (quantity <= 0) return 'out';
  return quantity <= threshold ? 'low' : 'ok';
};

/** The line of a row: what was read of its history, oldest first, and what was heard since. */
export const pointsOf = (read: Point[], heard: Point[]): Point[] => {
  const last = read.at(-1)?.at ?? '';
  return [...read, ...heard.filter(({ at }) => at > last)].slice(-MOST_POINTS);
};
