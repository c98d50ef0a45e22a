import { createPublicKey, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { Claims, type User } from '../contract/auth.ts';
import { config } from './config.ts';
import { AppError, unavailable } from './errors.ts';
import { log } from './log.ts';

/**
 * Access tokens. The algorithm decides the key and never the other way round: HS256 with JWT_SECRET only, RS256 and
 * ES256 with JWT_PUBLIC_KEY or JWKS_URL only. A key that a token names or carries itself is never used.
 */

if (config.ephemeralSecret)
  log.warn('JWT_SECRET is not set: signing with a random one, so everybody signs in again after a restart');

// KeyObjects, since jsonwebtoken imports a string secret anew at every call (50 times slower).
const secret: KeyObject | null = config.JWT_SECRET
  ? createSecretKey(Buffer.from(config.JWT_SECRET))
  : config.ephemeralSecret
    ? createSecretKey(randomBytes(32))
    : null;
const publicKey = config.JWT_PUBLIC_KEY ? createPublicKey(config.JWT_PUBLIC_KEY) : null;

const remoteVerifier = async (url: string) => {
  const { createRemoteJWKSet, jwtVerify } = await import('jose');
  const keys = createRemoteJWKSet(new URL(url), { timeoutDuration: 3_000 });
  return (token: string, algorithm: string) => jwtVerify(token, keys, { algorithms: [algorithm], ...expected });
};

const expected = {
  ...(config.JWT_ISSUER && { issuer: config.JWT_ISSUER }),
  ...(config.JWT_AUDIENCE && { audience: config.JWT_AUDIENCE }),
};

const verifyByIssuer = config.JWKS_URL ? await remoteVerifier(config.JWKS_URL) : null;

const verifyRemote = async (verify: NonNullable<typeof verifyByIssuer>, token: string, algorithm: string) => {
  try {
    return (await verify(token, algorithm)).payload;
  } catch (error) {
    // The issuer being down is not the user's fault and must not sign anybody out.
    const code = (error as { code?: string }).code;
    if (code === 'ERR_JWKS_TIMEOUT' || code === undefined || code === 'ERR_JOSE_GENERIC')
      throw unavailable("The token issuer's keys cannot be read; try again shortly", error);
    throw error;
  }
};

/** What a token says it is signed with. Throws when it is none. `jwt.decode` would read its claims too, for nothing. */
const algorithmOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString())?.alg;

const verifySignature = async (token: string): Promise<unknown> => {
  const algorithm = algorithmOf(token);
  if (algorithm === 'HS256' && secret) return jwt.verify(token, secret, { algorithms: ['HS256'], ...expected });
  if (algorithm === 'RS256' || algorithm === 'ES256') {
    if (publicKey) return jwt.verify(token, publicKey, { algorithms: [algorithm], ...expected });
    if (verifyByIssuer) return verifyRemote(verifyByIssuer, token, algorithm);
  }
  throw new Error('no key for this algorithm');
};

/** Claims of tokens that were found good a moment ago: a caller's next request need not be verified again. */
const verified = new Map<string, { claims: Claims; until: number }>();
/** Milliseconds. A key that its issuer withdraws counts this much longer. */
const TRUSTED_MS = 30_000;
const MOST_TRUSTED = 1_000;

const trust = (token: string, claims: Claims): void => {
  if (verified.size >= MOST_TRUSTED) verified.delete(verified.keys().next().value!);
  verified.set(token, { claims, until: Math.min(Date.now() + TRUSTED_MS, claims.exp * 1000) });
};

/** Verifies a token and answers its claims. Throws UNAUTHENTICATED, whatever is wrong; UNAVAILABLE if the issuer is down. */
export const verifyToken = async (token: string): Promise<Claims> => {
  const known = verified.get(token);
  if (known && Date.now() < known.until) return known.claims;
  verified.delete(token);
  try {
    const claims = Claims.parse(await verifySignature(token));
    trust(token, claims);
    return claims;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('UNAUTHENTICATED', 'Invalid or expired token', { cause: error });
  }
};

/** Whether an already verified token was signed with JWT_SECRET rather than by another issuer. */
export const isOwnToken = (token: string): boolean => algorithmOf(token) === 'HS256';

/** Signs a session of SESSION_HOURS, or of `seconds`, for a user of ours. Throws UNAVAILABLE when only foreign issuers are configured. */
export const signToken = (
  user: User,
  seconds: number = config.SESSION_HOURS * 3600,
): { token: string; expiresAt: string } => {
  if (!secret) throw unavailable('This server signs nobody in itself: JWT_SECRET is not set');
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const { id, username, role, companyId, shopIds, awb } = user;
  const token = jwt.sign(
    {
      sub: id,
      username,
      role,
      ...(companyId && { companyId }),
      ...(shopIds.length > 0 && { shopIds }),
      ...(awb && { awb }),
      exp,
    },
    secret,
    { algorithm: 'HS256', ...expected },
  );
  return { token, expiresAt: new Date(exp * 1000).toISOString() };
};
