import { createSecretKey, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** The secret both servers are started with; of this run only. */
export const secret = randomBytes(32).toString('hex');
const key = createSecretKey(Buffer.from(secret));
const tokens: string[] = [];

/** Tokens of `count` different operators of one company; the same people on every call. */
export function tokensOf(count: number): string[] {
  while (tokens.length < count) {
    const id = `bench-${tokens.length}`;
    const claims = { sub: id, username: id, role: 'operator', companyId: 'bench' };
    tokens.push(jwt.sign(claims, key, { algorithm: 'HS256', expiresIn: '12h' }));
  }
  return tokens.slice(0, count);
}
