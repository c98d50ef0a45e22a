import { redis } from '../../platform/redis.ts';
import { toDurable } from '../../websocket/committed.ts';
import { startMirror } from '../../websocket/outbox.ts';

/** Durable events as JSON on one Redis channel, for other services: each event with its stream's name. */
export const CHANNEL = 'waybeat:events';

/** Starts it where REDIS_URL is set; the answer ends it. */
export const startRedisEvents = (): (() => Promise<void>) => {
  const client = redis;
  if (!client) return async () => {};
  return startMirror({
    name: 'redis',
    prefix: '',
    deliver: async (events, requireLease) => {
      const all = client.pipeline();
      for (const event of events)
        all.publish(CHANNEL, JSON.stringify({ stream: event.stream, namespace: event.namespace, ...toDurable(event) }));
      requireLease();
      for (const [error] of (await all.exec()) ?? []) if (error) throw error;
    },
  }).stop;
};
