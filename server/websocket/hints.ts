import { config } from '../platform/config.ts';
import { log } from '../platform/log.ts';
import { redis, redisSubscriber } from '../platform/redis.ts';
import type { Committed } from './committed.ts';
import { nodeId } from './nodes.ts';

/**
 * The fast path between nodes: what commits on one is told to the others through Redis. Losing a hint loses nothing,
 * since the tail reads the same event from the database.
 */

const channel = `${config.REDIS_PREFIX}hints`;

type Hint = { node: string; event: Omit<Committed, 'at'> & { at: string } };

/** Listens for other nodes' events and answers a function that tells them of ours. */
export const startHints = (accept: (event: Committed) => void): ((event: Committed) => void) => {
  if (!redis || !redisSubscriber) return () => {};
  const publisher = redis;
  redisSubscriber.subscribe(channel).catch((error) => log.warn({ err: error }, 'no hints from other nodes'));
  redisSubscriber.on('message', (from, message) => {
    if (from !== channel) return;
    try {
      const { node, event } = JSON.parse(message) as Hint;
      if (node !== nodeId) accept({ ...event, at: new Date(event.at) });
    } catch (error) {
      log.warn({ err: error }, 'a hint could not be read');
    }
  });
  return (event) => {
    // Fails at once while Redis is away; that is what the tail is for.
    publisher.publish(channel, JSON.stringify({ node: nodeId, event })).catch(() => {});
  };
};

export const stopHints = (): void => {
  redisSubscriber?.removeAllListeners('message');
};
