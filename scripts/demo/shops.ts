import type { z } from 'zod';
import { Announcement, NotificationSent, Order, StockItem, Transfer } from '../../server/contract/commerce.ts';
import { list } from '../../server/contract/common.ts';
import type { Api } from './api.ts';
import { pick, pickWeighted, type Random, randomFrom, whole } from './random.ts';

/** Three shops that sell what the ships bring: people order, shelves empty, and one shop helps the other out. */

export const SHOPS = ['Altona', 'Eppendorf', 'Speicherstadt'] as const;
const MOVE_MS = 2_000;
/** So many orders are open at once: more than fit on a screen tell nothing more. */
const MOST_OPEN = 18;
/** Moves made before anybody looks, so that orders stand in every lane. */
const MOVES_BEFORE = 40;

type Product = { id: string; name: string; price: number; threshold: number };
const PRODUCTS: readonly Product[] = [
  { id: 'espresso-1kg', name: 'Espresso, 1 kg', price: 2490, threshold: 12 },
  { id: 'assam-250g', name: 'Assam tea, 250 g', price: 990, threshold: 10 },
  { id: 'cocoa-500g', name: 'Cocoa, 500 g', price: 1250, threshold: 8 },
  { id: 'black-pepper', name: 'Black pepper', price: 640, threshold: 10 },
  { id: 'cinnamon', name: 'Cinnamon sticks', price: 480, threshold: 10 },
  { id: 'cashews-1kg', name: 'Cashews, 1 kg', price: 1890, threshold: 8 },
  { id: 'olive-oil', name: 'Olive oil, 0.75 l', price: 1590, threshold: 12 },
  { id: 'hand-mill', name: 'Hand mill', price: 7900, threshold: 3 },
  { id: 'teapot', name: 'Teapot, cast iron', price: 5400, threshold: 3 },
];

type Note = { priority: string; subject: string; content: string };
const NOTES: readonly Note[] = [
  {
    priority: 'high',
    subject: 'Check the pepper',
    content: 'A customer found last week’s batch damp. Open one jar of each box before it is sold.',
  },
  { priority: 'normal', subject: 'Courier comes at four', content: 'The evening round starts an hour earlier today.' },
  {
    priority: 'normal',
    subject: 'New labels',
    content: 'Cocoa and tea get their new labels from tomorrow; the old ones may be used up.',
  },
  { priority: 'low', subject: 'Thank you', content: 'No order was late this week.' },
];
const ANNOUNCEMENTS: readonly Note[] = [
  {
    priority: 'high',
    subject: 'A ship is late',
    content: 'The Assam comes two days later than planned. Say so when somebody asks.',
  },
  {
    priority: 'normal',
    subject: 'Stocktaking on Sunday',
    content: 'Whoever has two hours is welcome, with breakfast.',
  },
];

const Orders = list(Order);
const Stock = list(StockItem);
const Transfers = list(Transfer);

/** Who trade: a merchant of all shops, a customer who orders alone and one for whom the merchant does, and an admin. */
export type Trade = { merchant: Api; customer: Api; byPhone: string; companyId: string; admin: Api };

const stockShelves = async (merchant: Api, random: Random): Promise<void> => {
  const known = (await merchant.call(Stock, '/api/inventory?limit=200')).items;
  for (const shopId of SHOPS)
    for (const { id, name, threshold } of PRODUCTS) {
      if (known.some((item) => item.productId === id && item.shopId === shopId)) continue;
      const body = { shopId, productName: name, threshold, quantity: whole(random, 0, threshold * 4) };
      await merchant.call(StockItem, `/api/inventory/${id}`, { method: 'PUT', body });
    }
};

const order = async ({ merchant, customer, byPhone, companyId }: Trade, random: Random): Promise<void> => {
  const basket = new Set(Array.from({ length: whole(random, 1, 3) }, () => pick(random, PRODUCTS)));
  const items = [...basket].map(({ id, name, price }) => ({
    productId: id,
    name,
    quantity: whole(random, 1, 4),
    price: { amount: price, currency: 'EUR' },
  }));
  const shopId = pick(random, SHOPS);
  const call =
    random() < 0.5
      ? { api: customer, body: { companyId, shopId, items } }
      : { api: merchant, body: { customerId: byPhone, shopId, items } };
  await call.api.call(Order, '/api/orders', { method: 'POST', body: call.body });
};

const NEXT = { pending: 'confirmed', confirmed: 'processing', processing: 'shipped', shipped: 'delivered' } as const;

const patch = <Shape extends z.ZodType>(api: Api, shape: Shape, path: string, status: string) =>
  api.call(shape, path, { method: 'PATCH', body: { status } });

/** One step of an order. What is shipped leaves the shelf; where the shelf has too little, it waits. */
const handle = async (
  { merchant }: Trade,
  { id, status, paymentStatus, shopId, items }: Order,
  random: Random,
): Promise<void> => {
  const move = (what: 'status' | 'payment', to: string) => patch(merchant, Order, `/api/orders/${id}/${what}`, to);
  // Nobody packs what is not paid.
  if (paymentStatus !== 'paid' && (status !== 'pending' || random() < 0.5)) {
    await move('payment', paymentStatus === 'failed' || random() < 0.9 ? 'paid' : 'failed');
    return;
  }
  if (status === 'pending' && random() < 0.06) {
    await move('status', 'cancelled');
    return;
  }
  if (status === 'processing')
    for (const { productId, quantity } of items)
      await merchant.call(StockItem, `/api/inventory/${productId}/adjust`, {
        method: 'POST',
        body: { shopId, delta: -quantity },
      });
  await move('status', NEXT[status as keyof typeof NEXT]);
};

/** Fills a shelf that is low: from the fullest of the other shops, else from the warehouse. */
const refill = async ({ merchant }: Trade, random: Random): Promise<void> => {
  const low = (await merchant.call(Stock, '/api/inventory?low=true&limit=50')).items;
  if (low.length === 0) return;
  const { productId, shopId, threshold } = pick(random, low);
  const open = (await merchant.call(Transfers, '/api/transfers?limit=50')).items.filter(
    ({ status }) => status === 'pending' || status === 'in_transit',
  );
  if (open.some((transfer) => transfer.productId === productId && transfer.toShopId === shopId)) return;
  const others = (await merchant.call(Stock, `/api/inventory?productId=${productId}`)).items;
  const fullest = others
    .filter((item) => item.shopId !== shopId && item.quantity > threshold * 2)
    .sort((a, b) => b.quantity - a.quantity)[0];
  if (fullest)
    await merchant.call(Transfer, '/api/transfers', {
      method: 'POST',
      body: { productId, fromShopId: fullest.shopId, toShopId: shopId, quantity: threshold },
    });
  else
    await merchant.call(StockItem, `/api/inventory/${productId}/adjust`, {
      method: 'POST',
      body: { shopId, delta: threshold * 2 + whole(random, 0, 10) },
    });
};

const carry = async ({ merchant }: Trade, random: Random): Promise<void> => {
  const open = (await merchant.call(Transfers, '/api/transfers?limit=50')).items.filter(
    ({ status }) => status === 'pending' || status === 'in_transit',
  );
  if (open.length === 0) return;
  const { id, status } = pick(random, open);
  await patch(merchant, Transfer, `/api/transfers/${id}/status`, status === 'pending' ? 'in_transit' : 'completed');
};

const note = ({ admin }: Trade, role: string, body: Note) =>
  admin.call(NotificationSent, '/api/notifications', {
    method: 'POST',
    body: { role, kind: body.priority === 'high' ? 'warning' : 'info', ...body },
  });

const tell = async (trade: Trade, random: Random): Promise<void> => {
  if (random() < 0.2)
    await trade.admin.call(Announcement, '/api/announcements', { method: 'POST', body: pick(random, ANNOUNCEMENTS) });
  else await note(trade, pick(random, ['merchant', 'operator']), pick(random, NOTES));
};

const OPEN = 'status=pending,confirmed,processing,shipped';

const step = async (trade: Trade, random: Random): Promise<void> => {
  const open = (await trade.merchant.call(Orders, `/api/orders?${OPEN}&limit=100`)).items;
  const room = Math.max(0, MOST_OPEN - open.length);
  const move = pickWeighted(random, [
    [() => order(trade, random), room * 2],
    [() => handle(trade, pick(random, open), random), open.length * 2],
    [() => refill(trade, random), 5],
    [() => carry(trade, random), 4],
    [() => tell(trade, random), 1],
  ] as const);
  await move?.();
};

/** Fills the shelves and keeps the shops trading until the answer is called. */
export const keepShopsTrading = async (trade: Trade, seed: number): Promise<() => void> => {
  const random = randomFrom(seed);
  await stockShelves(trade.merchant, random);
  if ((await trade.merchant.call(Orders, '/api/orders?limit=1')).items.length === 0) {
    for (const one of NOTES) await note(trade, 'merchant', one);
    for (let move = 0; move < MOVES_BEFORE; move += 1) await step(trade, random).catch(() => {});
  }
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    // A shelf has too little, somebody at the dashboard was quicker, or the server restarts: the next one tries again.
    step(trade, random)
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  }, MOVE_MS);
  return () => clearInterval(timer);
};
