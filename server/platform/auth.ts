import type { Request, RequestHandler } from 'express';
import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
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
  request.user = await identify(await verifyToken(token));
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
