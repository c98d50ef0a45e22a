import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import { badRequest, forbidden, notFound } from '../platform/errors.ts';
import { companyAudience, companyRoom, registerTopic, shopAudience } from '../websocket/rooms.ts';

/** Who may see and change what of commerce. One place for HTTP, sockets and messages alike. */

const STAFF: Role[] = ['super_admin', 'admin', 'operator'];
const TOPIC = 'commerce';
registerTopic(TOPIC, STAFF);

export const isStaff = ({ role }: User): boolean => STAFF.includes(role);

/** What a user may read, as SQL sees it. `none`: their role has no part in it. */
export type Scope =
  | { kind: 'all' }
  | { kind: 'company'; companyId: string }
  | { kind: 'shops'; companyId: string | null; shopIds: string[] }
  | { kind: 'customer'; customerId: string }
  | { kind: 'none' };

/** Which stock and transfers a user may read: their company's, or their shops'. */
export const stockScope = (user: User): Scope => {
  if (user.role === 'super_admin') return { kind: 'all' };
  if (user.role === 'merchant') return { kind: 'shops', companyId: user.companyId, shopIds: user.shopIds };
  if (user.companyId !== null && isStaff(user)) return { kind: 'company', companyId: user.companyId };
  return { kind: 'none' };
};

/** Which orders a user may read: customers their own, too. */
export const orderScope = (user: User): Scope =>
  user.role === 'customer' ? { kind: 'customer', customerId: user.id } : stockScope(user);

/**
 * The scope as a condition on the table alias `t`. `add` takes a parameter and answers its placeholder; `shops` names the
 * columns that hold a shop.
 */
export const condition = (scope: Scope, add: (value: unknown) => string, shops: string[] = ['t.shop_id']): string => {
  if (scope.kind === 'all') return 'true';
  if (scope.kind === 'company') return `t.company_id = ${add(scope.companyId)}`;
  if (scope.kind === 'customer') return `t.customer_id = ${add(scope.customerId)}`;
  if (scope.kind === 'shops') {
    const own = add(scope.shopIds);
    const inShops = shops.map((column) => `${column} = any(${own})`).join(' or ');
    return scope.companyId === null ? `(${inShops})` : `(t.company_id = ${add(scope.companyId)} and (${inShops}))`;
  }
  return 'false';
};

/** Whether a thing of this company and these shops (or this customer) lies within the scope. */
export const isWithin = (
  scope: Scope,
  thing: { companyId: string; shopIds: string[]; customerId?: string },
): boolean => {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'company') return thing.companyId === scope.companyId;
  if (scope.kind === 'customer') return thing.customerId === scope.customerId;
  if (scope.kind === 'shops')
    return (
      (scope.companyId === null || scope.companyId === thing.companyId) &&
      thing.shopIds.some((shopId) => scope.shopIds.includes(shopId))
    );
  return false;
};

/** Throws FORBIDDEN for roles that have no part in this at all. */
export const requirePart = (scope: Scope): void => {
  if (scope.kind === 'none') throw forbidden('Your role has no part in this');
};

/** The company a new thing belongs to: the caller's, or the one a caller without a company names. */
export const companyFor = (user: User, named: string | undefined): string => {
  const companyId = user.companyId ?? named;
  if (!companyId)
    throw badRequest('companyId: name the company this belongs to', [{ path: 'companyId', message: 'Required' }]);
  return companyId;
};

/** Throws unless the user may change the stock of this shop: staff of the company, and who runs the shop. */
export const requireShop = (user: User, companyId: string, shopId: string): void => {
  const scope = stockScope(user);
  requirePart(scope);
  if (!isWithin(scope, { companyId, shopIds: [shopId] })) throw notFound('Shop');
};

/** A company's staff, and the super_admins, who hear of its orders and stock. */
export const staffAudience = (companyId: string): string[] => companyAudience(companyId, TOPIC);
export const shopsAudience = (companyId: string, ...shopIds: string[]): string[] =>
  shopIds.flatMap((shopId) => shopAudience(companyId, shopId));

// Orders

export const orderStream = (orderId: string) => `order:${orderId}`;
export const orderRoom = (orderId: string) => `order:${orderId}`;

/** Everybody who hears of an order: who follows it, the company's staff and the shop. */
export const orderRooms = (orderId: string, companyId: string, shopId: string): string[] => [
  orderRoom(orderId),
  ...staffAudience(companyId),
  ...shopsAudience(companyId, shopId),
];

// Products: the same id in two companies is two products

/** `acme/P1` as a part of names; a super_admin, who is of no company, names products this way. */
export const productKey = (companyId: string, productId: string) => `${companyId}/${productId}`;
export const productStream = (companyId: string, productId: string) => `product:${productKey(companyId, productId)}`;
export const productRoom = (companyId: string, productId: string) =>
  `${companyRoom(companyId)}/product/${encodeURIComponent(productId)}`;
/** A shop sees its own part of a product only. */
export const productShopRoom = (companyId: string, productId: string, shopId: string) =>
  `${productRoom(companyId, productId)}/shop/${encodeURIComponent(shopId)}`;

/** Company and product that an id on the wire means for this user; null where it cannot mean any. */
export const parseProduct = (user: User | undefined, id: string): { companyId: string; productId: string } | null => {
  if (user && user.companyId !== null) return { companyId: user.companyId, productId: id };
  const slash = id.indexOf('/');
  return slash < 1 ? null : { companyId: id.slice(0, slash), productId: id.slice(slash + 1) };
};

export const transferRoom = (transferId: string) => `transfer:${transferId}`;
export const notificationStream = (userId: string) => `notifications:${userId}`;
