import { timingSafeEqual } from 'node:crypto';
import { type Request, Router } from 'express';
import { TraceQuery } from '../contract/operations.ts';
import { authenticate, bearerToken, requireRole, userOf } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import { forbidden, unauthenticated } from '../platform/errors.ts';
import { httpLimit } from '../platform/limits.ts';
import { eventsPublished, registry } from '../platform/metrics.ts';
import { socketManager } from '../websocket/socketManager.ts';
import { requireTraceable, trace } from './trace.ts';

/** What the engineer who runs it asks. */
export const operationsRouter = Router();

operationsRouter.get('/api/admin/trace', authenticate, httpLimit, async (request, response) => {
  const user = userOf(request);
  requireRole(user, 'admin');
  const asked = TraceQuery.parse(request.query);
  const { kind, id, person } = await requireTraceable(user, asked);
  response.json(await trace(user, kind, id, person, asked.version));
});

const LOOPBACK = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;

/**
 * On the machine itself metrics are open. Behind a proxy on the same machine every caller would look local, so a
 * forwarded request never counts as such.
 */
const isLocal = (request: Request) =>
  LOOPBACK.test(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined;

const matches = (given: string, expected: string) => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

operationsRouter.get('/metrics', async (request, response) => {
  if (!isLocal(request)) {
    if (!config.METRICS_TOKEN) throw forbidden('Set METRICS_TOKEN to read metrics from another machine');
    const token = bearerToken(request.headers.authorization);
    if (!token || !matches(token, config.METRICS_TOKEN)) throw unauthenticated('Send METRICS_TOKEN as a bearer token');
  }
  socketManager.measure();
  response.type(registry.contentType).send(await registry.metrics());
});

/** Published events, sampled once a second over the last minute. */
const samples: number[] = [];
const publishedSoFar = async () => (await eventsPublished.get()).values.reduce((sum, { value }) => sum + value, 0);
setInterval(async () => {
  samples.push(await publishedSoFar());
  if (samples.length > 61) samples.shift();
}, 1_000).unref();

operationsRouter.get('/ws/status', authenticate, httpLimit, async (request, response) => {
  requireRole(userOf(request), 'admin');
  const { connections, ...figures } = socketManager.status();
  response.json({
    connections,
    max: config.WS_MAX_CONNECTIONS,
    ...figures,
    eventsPerMinute: (await publishedSoFar()) - (samples[0] ?? 0),
    heartbeat: { interval: config.WS_HEARTBEAT_INTERVAL, timeout: config.WS_HEARTBEAT_TIMEOUT },
  });
});
