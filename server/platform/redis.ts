import type { RedisOptions } from 'ioredis';
import { config } from './config.ts';
import { log } from './log.ts';

/** Redis is a fast path between nodes and the shared memory of limits; nothing is lost or refused without it. */

const connect = async (purpose: string, options: RedisOptions) => {
  const { Redis } = await import('ioredis');
  const redis = new Redis(config.REDIS_URL!, {
    ...options,
    retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, 3_000),
    // Managed Redis presents a self-signed certificate; this relaxes this one client, not the process.
    ...(config.REDIS_URL!.startsWith('rediss:') && { tls: { rejectUnauthorized: false } }),
  });
  let reported = false;
  redis.on('error', (error) => {
    if (!reported) log.warn({ err: error, purpose }, 'Redis cannot be reached; going on without it');
    reported = true;
  });
  redis.on('ready', () => {
    if (reported) log.info({ purpose }, 'Redis is back');
    reported = false;
  });
  return redis;
};

/** Every request waits for one command, so this is what a Redis that froze costs those who come before it is noticed. */
const COMMAND_MS = 150;
/** A Redis that has answered nothing for so long is taken for gone: from then on commands fail at once. */
const SILENCE_MS = 500;

/** For commands. Fails at once while Redis is away instead of queueing, so that callers fall back. */
export const redis = config.REDIS_URL
  ? await connect('commands', {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_MS,
      socketTimeout: SILENCE_MS,
    })
  : null;
/** For subscriptions, which need a connection of their own. Queues, so that it subscribes again when Redis is back. */
export const redisSubscriber = config.REDIS_URL ? await connect('subscriptions', { maxRetriesPerRequest: null }) : null;

export const redisState = (): 'up' | 'down' | 'off' => (redis ? (redis.status === 'ready' ? 'up' : 'down') : 'off');

export const closeRedis = () => {
  redis?.disconnect();
  redisSubscriber?.disconnect();
};
