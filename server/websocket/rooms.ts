import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';

/** Rooms that belong to people, companies and shops rather than to one thing. */

export const SUPER_ADMIN_ROOM = 'super_admin';
export const userRoom = (userId: string) => `user:${userId}`;
export const companyRoom = (companyId: string) => `company:${companyId}`;
export const shopRoom = (shopId: string) => `shop:${shopId}`;

/** Who of a company may read which kind of thing. A domain adds its topic. */
const topics = new Map<string, ReadonlySet<Role>>();
export const registerTopic = (topic: string, roles: Role[]): void => {
  topics.set(topic, new Set(roles));
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

/** Rooms joined on connecting to `/`: those that the contract names, and the topics within the company. */
export const roomsOf = ({ id, role, companyId, shopIds }: User): { named: string[]; internal: string[] } => {
  const inCompany = companyId !== null && COMPANY_ROLES.has(role);
  return {
    named: [
      userRoom(id),
      ...(inCompany ? [companyRoom(companyId)] : []),
      ...shopIds.map(shopRoom),
      ...(role === 'super_admin' ? [SUPER_ADMIN_ROOM] : []),
    ],
    internal: inCompany
      ? [...topics].filter(([, roles]) => roles.has(role)).map(([topic]) => `${companyRoom(companyId)}/${topic}`)
      : [],
  };
};
