import type { User } from '../contract/auth.ts';
import type { Digest, DigestLine, DigestRequest } from '../contract/commerce.ts';
import { query } from '../platform/database.ts';
import { condition, orderScope, parseProduct, productKey, stockScope } from './access.ts';
import { listNotifications } from './notifications.ts';
import { findOrders, parameterList } from './orderStore.ts';
import { levelOf } from './steps.ts';
import { findProducts } from './stockStore.ts';

/**
 * While you were away: what happened to each stream since a version, in a line that a person reads. Made from the things'
 * own histories, which live longer than the events.
 */

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

const orderLines = async (user: User, wanted: Map<string, number>): Promise<DigestLine[]> => {
  if (wanted.size === 0) return [];
  const orders = await findOrders(orderScope(user), [...wanted.keys()]);
  const rows = await query<{ order_id: string; version: number; kind: string; status: string; at: Date }>(
    `select h.order_id, h.version, h.kind, h.status, h.at from order_history h
     join unnest($1::text[], $2::bigint[]) as w(id, since) on w.id = h.order_id and h.version > w.since
     order by h.order_id, h.id`,
    [orders.map(({ id }) => id), orders.map(({ id }) => wanted.get(id)!)],
  );
  return orders.flatMap(({ id, orderNumber, version }) => {
    const mine = rows.filter(({ order_id }) => order_id === id);
    if (mine.length === 0) return [];
    const words = mine.map(({ kind, status }) => (kind === 'payment' ? `payment ${status}` : status));
    return [
      {
        stream: `order:${id}`,
        from: wanted.get(id)!,
        to: version,
        changes: mine.length,
        title: orderNumber,
        text: `${orderNumber}: ${words.join(', ')}`,
        lastAt: mine.at(-1)!.at.toISOString(),
        link: { orderId: id },
      },
    ];
  });
};

const stockLines = async (user: User, wanted: Map<string, number>): Promise<DigestLine[]> => {
  const byKey = new Map<string, string>();
  for (const id of wanted.keys()) {
    const product = parseProduct(user, id);
    if (product) byKey.set(productKey(product.companyId, product.productId), id);
  }
  if (byKey.size === 0) return [];
  const items = await findProducts(stockScope(user), [...byKey.keys()]);
  const rows = await query<{
    key: string;
    shop_id: string;
    count: number;
    first: number;
    last: number;
    threshold: number;
    at: Date;
  }>(
    `select h.company_id || '/' || h.product_id as key, h.shop_id, count(*)::int as count,
       (array_agg(h.before order by h.id))[1] as first, (array_agg(h.quantity order by h.id desc))[1] as last,
       (array_agg(h.threshold order by h.id desc))[1] as threshold, max(h.at) as at
     from stock_history h
     join unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as w(company, product, shop, since)
       on w.company = h.company_id and w.product = h.product_id and w.shop = h.shop_id and h.version > w.since
     group by 1, 2 order by 1, 2`,
    [
      items.map(({ companyId }) => companyId),
      items.map(({ productId }) => productId),
      items.map(({ shopId }) => shopId),
      items.map((item) => wanted.get(byKey.get(productKey(item.companyId, item.productId))!)!),
    ],
  );
  return [...byKey].flatMap(([key, id]) => {
    const mine = rows.filter((row) => row.key === key);
    const item = items.find(({ companyId, productId }) => productKey(companyId, productId) === key);
    if (!item || mine.length === 0) return [];
    const parts = mine.map(({ shop_id, count, first, last, threshold }) => {
      const level = { ok: '', warning: ', low', critical: ', out of stock' }[levelOf(last, threshold)];
      return `${mine.length > 1 ? `${shop_id}: ` : ''}${plural(count, 'stock change')}: ${first} → ${last}${level}`;
    });
    return [
      {
        stream: `product:${id}`,
        from: wanted.get(id)!,
        to: item.version,
        changes: mine.reduce((sum, { count }) => sum + count, 0),
        title: item.productName,
        text: `${item.productName}: ${parts.join('; ')}`,
        lastAt: new Date(Math.max(...mine.map(({ at }) => at.getTime()))).toISOString(),
        link: { productId: item.productId },
      },
    ];
  });
};

/** The newest subjects, and how many came in all; what was read elsewhere meanwhile is no news. */
const NAMED = 3;
const notificationLines = async (user: User, since: number | undefined): Promise<DigestLine[]> => {
  if (since === undefined) return [];
  const [head] = await query<{ version: number }>('select version from streams where name = $1', [
    `notifications:${user.id}`,
  ]);
  const to = head?.version ?? 0;
  if (to <= since) return [];
  const { items, unread } = await listNotifications(user.id, { limit: NAMED, unread: true });
  if (unread === 0) return [];
  const more = unread - items.length;
  const subjects = items.map(({ subject }) => subject).join(', ');
  return [
    {
      stream: 'notifications',
      from: since,
      to,
      changes: to - since,
      title: 'Notifications',
      text: `${plural(unread, 'unread notification')}: ${subjects}${more > 0 ? ` and ${more} more` : ''}`,
      lastAt: items[0]?.createdAt ?? null,
    },
  ];
};

/** One line for each stream that moved; streams that the user may not read, or of other kinds, are passed over. */
export const makeDigest = async (user: User, { streams }: DigestRequest): Promise<Digest> => {
  const of = (prefix: string) =>
    new Map(
      Object.entries(streams).flatMap(([name, since]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), since] as const] : [],
      ),
    );
  const lines = await Promise.all([
    orderLines(user, of('order:')),
    stockLines(user, of('product:')),
    notificationLines(user, streams.notifications),
  ]);
  const { unread } = await listNotifications(user.id, { limit: 1 });
  return { unread, until: new Date().toISOString(), items: lines.flat() };
};

/** More things than this are no digest any more. */
const MOST = 50;

/** The same for a screen that remembers a time and no versions: everything the user may see that moved since. */
export const makeDigestSince = async (user: User, since: string): Promise<Digest> => {
  const orders = parameterList();
  const orderRows = await query<{ id: string; before: number }>(
    `select h.order_id as id, greatest(min(h.version) - 1, 0) as before from order_history h join orders t on t.id = h.order_id
     where ${condition(orderScope(user), orders.add)} and h.version > 0 and h.at >= ${orders.add(since)}
     group by 1 order by max(h.at) desc limit ${orders.add(MOST)}`,
    orders.parameters,
  );
  const stock = parameterList();
  const stockRows = await query<{ company_id: string; product_id: string; before: number }>(
    `select t.company_id, t.product_id, min(t.version) - 1 as before from stock_history t
     where ${condition(stockScope(user), stock.add)} and t.at >= ${stock.add(since)}
     group by 1, 2 order by max(t.at) desc limit ${stock.add(MOST)}`,
    stock.parameters,
  );
  const [read] = await query<{ version: number }>(
    'select coalesce(max(version), 0) as version from events where stream = $1 and at < $2',
    [`notifications:${user.id}`, since],
  );
  return makeDigest(user, {
    streams: {
      ...Object.fromEntries(orderRows.map(({ id, before }) => [`order:${id}`, before])),
      ...Object.fromEntries(
        stockRows.map(({ company_id, product_id, before }) => [
          `product:${user.companyId === null ? productKey(company_id, product_id) : product_id}`,
          before,
        ]),
      ),
      notifications: read!.version,
    },
  });
};
