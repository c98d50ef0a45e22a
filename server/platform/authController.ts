import { Router } from 'express';
import { Login, type Session } from '../contract/auth.ts';
import { authenticate, bearerToken, userOf } from './auth.ts';
import { AppError, forbidden } from './errors.ts';
import { consume, httpLimit } from './limits.ts';
import { checkPassword } from './passwords.ts';
import { isOwnToken, signToken } from './tokens.ts';
import { findSignIn } from './users.ts';

export const authRouter = Router();

authRouter.post('/login', async (request, response) => {
  const { username, password } = Login.parse(request.body);
  // Both, so that neither one address tries many names nor many addresses try one name.
  await consume('login', `ip:${request.ip}`);
  await consume('login', `name:${username.toLowerCase()}`);
  const found = await findSignIn(username);
  const matches = await checkPassword(found?.passwordHash, password);
  if (!found?.active || !matches) throw new AppError('UNAUTHENTICATED', 'Username or password is wrong');
  response.json({ ...signToken(found.user), user: found.user } satisfies Session);
});

/**
 * A new token for the holder of one of ours that is still valid. Another issuer's token is renewed there: a session
 * here that outlived it would keep rights its issuer has withdrawn.
 */
authRouter.post('/refresh', authenticate, httpLimit, (request, response) => {
  const user = userOf(request);
  if (!isOwnToken(bearerToken(request.headers.authorization)!))
    throw forbidden("This token is another issuer's; renew it there");
  response.json({ ...signToken(user), user } satisfies Session);
});

authRouter.get('/me', authenticate, httpLimit, (request, response) => {
  response.json(userOf(request));
});
