import { setTimeout as wait } from 'node:timers/promises';
import type { Arena } from '../arena.ts';
import type { Fault } from '../fault.ts';
import { repeatedly } from '../fault.ts';
import { hasRedisServer } from '../redisServer.ts';
import { request } from '../writers.ts';

/** What befalls Redis. Nothing depends on it, so those at one node must not notice, and the others hardly. */

const missing = () => (hasRedisServer() ? undefined : 'redis-server is not installed');
const limits = { localP99: 250, remoteMax: 2_000 };
const KILLS = 20;

/** A Redis that answers nothing must be taken for gone, or every request would wait for it. */
const untilNoticed = async ({ nodes, shipmentIds, blame }: Arena): Promise<void> => {
  const until = Date.now() + 15_000;
  for (const { name, url } of nodes)
    for (;;) {
      // A node that asks nothing of Redis has nothing to notice.
      await request(url, 'GET', `/api/shipments/${shipmentIds[0]}`).catch(() => {});
      const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
      // Where other things are broken, too, the node may not be there.
      if (!health) break;
      const { checks } = (await health.json()) as { checks: { redis: string } };
      if (checks.redis === 'down') break;
      if (Date.now() > until) return blame(`${name} does not notice that Redis is frozen`);
      await wait(50);
    }
};

export const redisDown: Fault = {
  name: 'redis-down',
  title: 'Redis shut down',
  seconds: 30,
  mixes: true,
  missing,
  limits,
  break: async ({ redis }) => {
    await redis!.kill();
    return () => redis!.start();
  },
};

export const redisFrozen: Fault = {
  name: 'redis-frozen',
  title: 'Redis frozen: it takes connections and answers nothing',
  seconds: 30,
  mixes: true,
  missing,
  limits,
  break: async (arena) => {
    arena.redis!.freeze();
    await untilNoticed(arena);
    return async () => arena.redis!.thaw();
  },
};

export const redisKilledConnections: Fault = {
  name: 'redis-connections',
  title: `Redis connections of subscribers killed ${KILLS} times, and FLUSHALL each time`,
  seconds: KILLS,
  missing,
  limits,
  break: async ({ redis }, _random) =>
    repeatedly(1_000, async () => {
      await redis!.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await redis!.command('FLUSHALL');
    }),
};
