import { Login, Session, User } from '../contract/auth.ts';
import type { Domain } from './types.ts';

export const auth: Domain = {
  tag: 'Sign-in',
  description:
    'Access tokens. Tokens of another issuer work too, where the server was given its key; those are renewed at their issuer.',
  schemas: { Login, Session, User },
  routes: [
    {
      method: 'post',
      path: '/api/auth/login',
      id: 'login',
      summary: 'Sign in with a username and a password',
      access: 'none',
      body: Login,
      answers: { 200: { description: 'A token and the user it stands for', body: Session } },
      codes: ['BAD_REQUEST', 'UNAUTHENTICATED'],
    },
    {
      method: 'post',
      path: '/api/auth/refresh',
      id: 'refreshSession',
      summary: 'A new token for the holder of one that is still valid',
      answers: { 200: { description: 'A token with the rights in force now', body: Session } },
      codes: ['FORBIDDEN'],
    },
    {
      method: 'get',
      path: '/api/auth/me',
      id: 'whoAmI',
      summary: 'The signed-in user',
      answers: { 200: { description: 'The user, with the rights in force now', body: User } },
    },
  ],
  channels: [],
  clientEvents: [],
  serverEvents: [],
};
