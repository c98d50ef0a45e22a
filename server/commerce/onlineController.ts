import { Router } from 'express';
import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import { authenticate, userOf } from '../platform/auth.ts';
import { query } from '../platform/database.ts';
import { forbidden, notFound } from '../platform/errors.ts';
import { httpLimit } from '../platform/limits.ts';
import { getConnectedUsers, isUserConnected } from '../websocket/online.ts';
import { isStaff } from './access.ts';

/** Who is online: staff only, and of their own company's people only. */

const requireStaff = (user: User): void => {
  if (!isStaff(user)) throw forbidden();
};

type Person = { userId: string; username: string; role: Role; companyId: string | null };
/** Those of `ids` whom the user may know of. */
const visible = (user: User, ids: string[]): Promise<Person[]> =>
  query<Person>(
    `select id as "userId", username, role, company_id as "companyId" from users
     where id = any($1) and ($2 or company_id = $3) order by id`,
    [ids, user.role === 'super_admin', user.companyId],
  );

export const onlineRouter = Router();

onlineRouter.get('/connected-users', authenticate, httpLimit, async (request, response) => {
  const user = userOf(request);
  requireStaff(user);
  const people = await visible(user, await getConnectedUsers());
  const users = people.map(({ userId }) => userId);
  response.json({ success: true, data: { count: users.length, users, people } });
});

onlineRouter.get('/user-status/:userId', authenticate, httpLimit, async (request, response) => {
  const user = userOf(request);
  const userId = String(request.params.userId);
  requireStaff(user);
  if ((await visible(user, [userId])).length === 0) throw notFound('User');
  response.json({ success: true, data: { userId, isConnected: await isUserConnected(userId) } });
});
