import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';

/** Rooms that belong to people, companies and shops rather than to one thing. */

export const SUPER_ADMIN_ROOM = 'super_admin';
export const userRoom = (userId: string) => `user:${userId}`;
export const companyRoom = (companyId: string) => `company:${companyId}`;
export const shopRoom = (shopId: string) => `shop:${shopId}`;
/** Everybody who is connected, and everybody of one company whatever their role. */
export const EVERYONE_ROOM = 'everyone';
export const membersRoom = (companyId: string) => `${companyRoom(companyId)}/members`;

/**
 * Who hears of a company's shop. Two companies may call a shop the same, so this is the shop within its company; whoever
 * is of no company but has the shop in their token hears it too.
 */
const shopIn = (companyId: string | null, shopId: string) =>
  `shopOf:${encodeURIComponent(companyId ?? '')}/${encodeURIComponent(shopId)}`;
export const shopAudience = (companyId: string, shopId: string): string[] => [
  shopIn(companyId, shopId),
  shopIn(null, shopId),
];

/** Who of a company may read which kind of thing. A domain adds its topic. */
const topics = new Map<string, { roles: ReadonlySet<Role>; namespace: string }>();
/** Makes members with one of `roles` hear of `topic` on connecting to `namespace`. */
export const registerTopic = (topic: string, roles: Role[], namespace = '/'): void => {
  topics.set(topic, { roles: new Set(roles), namespace });
};

/**
 * What is sent to a company reaches only those members who may read that kind of thing: the part of `company:{id}`
 * that follows `topic`, and the super_admins, who may read everything.
 */
export const companyAudience = (companyId: string, topic: string): string[] => [
  `${companyRoom(companyId)}/${topic}`,
  SUPER_ADMIN_ROOM,
];

const COMPANY_ROLES: ReadonlySet<Role> = new Set(['super_admin', 'admin', 'operator', 'inspector', 'agent']);

/**
 * Rooms joined on connecting. Those that the contract names belong to `/`; a domain with a namespace of its own needs
 * the person's, the super_admins' and its topics within the company there too.
 */
export const roomsOf = (
  { id, role, companyId, shopIds }: User,
  namespace: string,
): { named: string[]; internal: string[] } => {
  if (role === 'guest') return { named: [], internal: [] };
  const inCompany = companyId !== null && COMPANY_ROLES.has(role);
  const heard = inCompany
    ? [...topics].flatMap(([topic, { roles, namespace: where }]) =>
        where === namespace && roles.has(role) ? [`${companyRoom(companyId)}/${topic}`] : [],
      )
    : [];
  const supreme = role === 'super_admin' ? [SUPER_ADMIN_ROOM] : [];
  if (namespace !== '/') return { named: [], internal: [userRoom(id), ...supreme, ...heard] };
  return {
    named: [userRoom(id), ...(inCompany ? [companyRoom(companyId)] : []), ...shopIds.map(shopRoom), ...supreme],
    internal: [
      ...heard,
      ...shopIds.map((shopId) => shopIn(companyId, shopId)),
      ...(companyId === null ? [] : [membersRoom(companyId)]),
      EVERYONE_ROOM,
    ],
  };
};
