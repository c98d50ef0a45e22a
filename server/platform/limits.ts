import type { RequestHandler } from 'express';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { config } from './config.ts';
import { rateLimited } from './errors.ts';
import { rateLimitedMessages } from './metrics.ts';
import { redis } from './redis.ts';

/** Limits a minute, shared by all nodes through Redis; each node counts for itself while Redis is away. */
const perMinute = (name: string, points: number): RateLimiterAbstract => {
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: 60 });
  return redis
    ? new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `waybeat:limit:${name}`,
        points,
        duration: 60,
        insuranceLimiter: memory,
      })
    : memory;
};

const limiters = {
  http: perMinute('http', config.HTTP_RATE_LIMIT),
  login: perMinute('login', config.LOGIN_RATE_LIMIT),
  location: perMinute('location', config.LOCATION_RATE_LIMIT),
  handshake: perMinute('handshake', config.HANDSHAKE_RATE_LIMIT),
  misses: perMinute('misses', config.TRACKING_MISS_LIMIT),
};

/** Counts one use by `key`, or several. Throws RATE_LIMITED with `retryAfterMs` once the limit is reached. */
export const consume = async (limit: keyof typeof limiters, key: string, points = 1): Promise<void> => {
  try {
    await limiters[limit].consume(key, points);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    rateLimitedMessages.inc({ limit });
    throw rateLimited(refusal.msBeforeNext);
  }
};

/** Milliseconds until `key` may try again, 0 if it may now. Counts nothing. */
export const blockedFor = async (limit: keyof typeof limiters, key: string): Promise<number> => {
  const state = await limiters[limit].get(key);
  return state && state.remainingPoints <= 0 ? state.msBeforeNext : 0;
};

/** Limits requests by user, or by address where nobody signed in. Stands after `authenticate`. */
export const httpLimit: RequestHandler = async (request, _response, next) => {
  await consume('http', request.user?.id ? `user:${request.user.id}` : `ip:${request.ip}`);
  next();
};
