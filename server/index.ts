import cluster from 'node:cluster';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createApp } from './app.ts';
import { startNotifications } from './commerce/notifications.ts';
import './commerce/sockets.ts';
import { startWebhooks } from './commerce/webhooks.ts';
import { startGrpc } from './integrations/grpc/index.ts';
import { startIntake } from './integrations/rabbitmq/index.ts';
import { reportPart, startDraining } from './operations/health.ts';
import { startHousekeeping } from './operations/housekeeping.ts';
import { config } from './platform/config.ts';
import { closeDatabase, isEmbedded } from './platform/database.ts';
import { createHttpServer, listen } from './platform/httpServer.ts';
import { log } from './platform/log.ts';
import { migrate } from './platform/migrate.ts';
import { closeRedis } from './platform/redis.ts';
import { watchUsers } from './platform/users.ts';
import { startHolds } from './seats/holds.ts';
import './seats/sockets.ts';
import './shipments/sockets.ts';
import { startPusher } from './integrations/pusher/mirror.ts';
import { startRedisEvents } from './integrations/redis/events.ts';
import './tracking/sockets.ts';
import { startVendors } from './vendors/positions.ts';
import './vendors/sockets.ts';
import { startOnline } from './websocket/online.ts';
import { openRawEndpoints } from './websocket/rawSocket.ts';
import socketManager from './websocket/socketManager.ts';
import { READY, runWorkers, takeConnections } from './workers.ts';

/** Platforms give 30 s from SIGTERM to SIGKILL; what takes longer than this is cut. */
const DRAIN_MS = 25_000;

/** Readiness has to be seen as gone by whoever asks once a moment before the door closes. */
const NOTICE_MS = 500;

/** Counts requests under way; `finished` resolves when there are none, at most DRAIN_MS later. */
const trackRequests = (server: Server) => {
  let underWay = 0;
  let onIdle = () => {};
  server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onIdle();
    });
  });
  return {
    finished: () =>
      new Promise<void>((resolve) => {
        if (underWay === 0) return resolve();
        const timer = setTimeout(resolve, DRAIN_MS);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
};

export type Running = { port: number; grpcPort: number | null; stop: () => Promise<void> };

/** Starts everything in order; `stop` ends it in the reverse order. Rejects when a part that is needed is missing. */
export const start = async (port: number = config.PORT): Promise<Running> => {
  await migrate();
  const stopWatchingUsers = watchUsers();
  const server = createHttpServer(createApp());
  const requests = trackRequests(server);
  // Heroku's router keeps idle connections for 90 s; closing ours first would give it a reset instead of an answer.
  server.keepAliveTimeout = 95_000;
  server.headersTimeout = 100_000;
  const raw = openRawEndpoints(server);
  const io = await socketManager.initialize(server);
  const stopOnline = startOnline();
  const stopNotifications = startNotifications();
  const stopWebhooks = startWebhooks();
  const stopVendors = await startVendors();
  const grpc = await startGrpc();
  reportPart('grpc', grpc.state);
  const intake = startIntake();
  reportPart('rabbitmq', intake.state);
  const stopHolds = startHolds();
  const pusher = startPusher();
  reportPart('pusher', pusher.state);
  const stopRedisEvents = startRedisEvents();
  const stopHousekeeping = startHousekeeping();
  // A worker gets its connections from the process that holds the port.
  if (cluster.isWorker) takeConnections(io);
  const bound = cluster.isWorker ? port : await listen(server, port);
  log.info({ port: bound, database: isEmbedded() ? 'embedded' : 'postgresql' }, 'Waybeat is ready');

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    startDraining();
    socketManager.announceDraining();
    raw.announceDraining();
    grpc.drain();
    await stopHousekeeping();
    await stopHolds();
    await wait(NOTICE_MS);
    server.close();
    await requests.finished();
    await grpc.close();
    await intake.stop();
    await raw.close();
    await stopVendors();
    await pusher.stop();
    await stopRedisEvents();
    await stopWebhooks();
    await stopNotifications();
    await stopOnline();
    await socketManager.shutdown();
    server.closeAllConnections();
    stopWatchingUsers();
    await closeDatabase();
    closeRedis();
    log.info('Waybeat has stopped');
  };
  return {
    port: bound,
    grpcPort: grpc.port,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
};

const run = async () => {
  // What nobody foresaw is logged with its cause; it never ends the process that everybody else is using.
  process.on('uncaughtException', (error) => log.error({ err: error }, 'uncaught exception'));
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'unhandled rejection'));
  const running = await start();
  let interrupts = 0;
  const end = () =>
    running.stop().then(
      () => process.exit(0),
      (error) => {
        log.fatal({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  // Platforms send SIGTERM several times; `stop` runs once.
  process.on('SIGTERM', end);
  process.on('SIGINT', () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(130);
    void end();
  });
  if (!cluster.isWorker) return;
  // Without the process that holds the port, nobody comes any more.
  process.on('disconnect', end);
  process.send?.({ type: READY });
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  (config.WEB_CONCURRENCY > 1 && cluster.isPrimary ? runWorkers(config.WEB_CONCURRENCY) : run()).catch((error) => {
    log.fatal({ err: error }, 'Waybeat could not start');
    process.exit(1);
  });
