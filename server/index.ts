import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { createApp } from './app.ts';
import { startHousekeeping } from './operations/housekeeping.ts';
import { startDraining } from './operations/health.ts';
import { config } from './platform/config.ts';
import { closeDatabase, isEmbedded } from './platform/database.ts';
import { log } from './platform/log.ts';
import { migrate } from './platform/migrate.ts';
import { closeRedis } from './platform/redis.ts';
import { watchUsers } from './platform/users.ts';
import './shipments/sockets.ts';
import { refuseUnknownUpgrades } from './websocket/rawSocket.ts';
import socketManager from './websocket/socketManager.ts';

/** Platforms give 30 s from SIGTERM to SIGKILL; what takes longer than this is cut. */
const DRAIN_MS = 25_000;

const listen = (server: Server, port: number) =>
  new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Waits for requests under way, at most DRAIN_MS; idle keep-alive connections are closed at once. */
const finishRequests = (server: Server) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });

export type Running = { port: number; stop: () => Promise<void> };

/** Starts everything in order; `stop` ends it in the reverse order. Rejects when a part that is needed is missing. */
export const start = async (port: number = config.PORT): Promise<Running> => {
  await migrate();
  const stopWatchingUsers = watchUsers();
  const server = createServer(createApp());
  // Heroku's router keeps idle connections for 90 s; closing ours first would give it a reset instead of an answer.
  server.keepAliveTimeout = 95_000;
  server.headersTimeout = 100_000;
  refuseUnknownUpgrades(server);
  await socketManager.initialize(server);
  const stopHousekeeping = startHousekeeping();
  const bound = await listen(server, port);
  log.info({ port: bound, database: isEmbedded() ? 'embedded' : 'postgresql' }, 'Waybeat is ready');

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    startDraining();
    socketManager.announceDraining();
    await stopHousekeeping();
    const finished = finishRequests(server);
    await socketManager.shutdown();
    await finished;
    stopWatchingUsers();
    await closeDatabase();
    closeRedis();
    log.info('Waybeat has stopped');
  };
  return {
    port: bound,
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
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  run().catch((error) => {
    log.fatal({ err: error }, 'Waybeat could not start');
    process.exit(1);
  });
