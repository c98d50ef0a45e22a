import type { Request, RequestHandler } from 'express';
import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import { config } from './config.ts';
import { forbidden, unauthenticated } from './errors.ts';
import { verifyToken } from './tokens.ts';
import { identify } from './users.ts';

declare global {
  namespace Express {
    interface Request {
      /** Set by `authenticate`; handlers behind it read it through `userOf`. */
      user?: User;
    }
  }
}

/** The token of an `Authorization: Bearer …` header. */
export const bearerToken = (header: string | undefined): string | undefined => header?.match(/^Bearer +(\S+)$/i)?.[1];

/** Requires a valid token; `request.user` is the user with the rights in force now. */
export const authenticate: RequestHandler = async (request, _response, next) => {
  const token = bearerToken(request.headers.authorization);
  if (!token) throw unauthenticated('Authentication required');
  const user = await identify(await verifyToken(token));
  // A tracking link opens one page; elsewhere it is no sign-in.
  if (user.role === 'guest') throw unauthenticated('Invalid or expired token');
  request.user = user;
  next();
};

/** The namespaces that NAMESPACES_PUBLIC may open to those without a token. */
export type PublicNamespace = (typeof config.NAMESPACES_PUBLIC)[number];
const isPublic = (namespace: string) => (config.NAMESPACES_PUBLIC as string[]).includes(namespace);

/** Who has no token, where none is needed; sees the public view only. Undefined where one is needed. */
export const guestOf = (namespace: string): User | undefined =>
  isPublic(namespace) ? { id: '', username: 'guest', role: 'guest', companyId: null, shopIds: [] } : undefined;

/**
 * For GET routes of a domain that NAMESPACES_PUBLIC may open: as `authenticate`, but `request.user` may be a guest. The
 * bearer of a link is let through too; what a guest may see is for the domain to say, by `awb`.
 */
export const authenticateOrGuest =
  (namespace: PublicNamespace): RequestHandler =>
  async (request, _response, next) => {
    const token = bearerToken(request.headers.authorization);
    const user = token ? await identify(await verifyToken(token)) : guestOf(namespace);
    if (!user) throw unauthenticated('Authentication required');
    request.user = user;
    next();
  };

/** The signed-in user of a request behind `authenticate`. */
export const userOf = (request: Request): User => {
  if (!request.user) throw unauthenticated('Authentication required');
  return request.user;
};

/** Throws FORBIDDEN unless the user has one of `roles`; super_admin may do everything. */
export const requireRole = (user: User, ...roles: Role[]): void => {
  if (user.role !== 'super_admin' && !roles.includes(user.role)) throw forbidden();
};
