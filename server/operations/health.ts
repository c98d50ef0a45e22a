import { Router } from 'express';
import { config } from '../platform/config.ts';
import { pingDatabase } from '../platform/database.ts';
import { redisState } from '../platform/redis.ts';

type State = 'up' | 'down' | 'off';

/** Optional parts report themselves; what nobody started is `off`. */
const parts: Record<string, () => State> = { redis: redisState };
/** A part that was started tells how it is. */
export const reportPart = (name: 'rabbitmq' | 'pusher' | 'grpc', state: () => State): void => {
  parts[name] = state;
};

let draining = false;
/** From now on `/health` answers 503, so that no balancer sends anybody new. */
export const startDraining = (): void => {
  draining = true;
};

const databaseState = () =>
  pingDatabase().then(
    () => 'up' as const,
    () => 'down' as const,
  );

export const healthRouter = Router();

healthRouter.get('/live', (_request, response) => {
  response.json({ status: 'OK', timestamp: new Date().toISOString() });
});

healthRouter.get('/', async (_request, response) => {
  const stateOf = (part: string): State => parts[part]?.() ?? 'off';
  const checks = {
    database: await databaseState(),
    redis: stateOf('redis'),
    rabbitmq: stateOf('rabbitmq'),
    pusher: stateOf('pusher'),
    grpc: stateOf('grpc'),
  };
  // Only the database decides: everything else has a way around it.
  const ready = checks.database === 'up' && !draining;
  response
    .status(ready ? 200 : 503)
    .set('Cache-Control', 'no-store')
    .json({
      status: ready ? 'OK' : 'UNAVAILABLE',
      ready,
      service: 'waybeat',
      version: config.version,
      timestamp: new Date().toISOString(),
      uptime: Math.round(process.uptime()),
      checks,
    });
});
