import cluster, { type Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { setupMaster, setupWorker } from '@socket.io/sticky';
import type { Server } from 'socket.io';
import { config } from './platform/config.ts';
import { listen } from './platform/httpServer.ts';
import { log } from './platform/log.ts';
import { closeRedis } from './platform/redis.ts';
import { relayAmongSiblings } from './platform/siblings.ts';

/**
 * Several workers in one dyno, one for each core. Each is a node like any other; this process holds the port, hands
 * every connection to the worker that knows its session (or to the one with the fewest), and passes on what the workers
 * tell each other, so that they need no Redis between them.
 */

/** A worker that dies at once after its start must not be started again in a tight loop. */
const RESTART_MS = 1_000;

/** What a worker says once it serves. */
export const READY = 'waybeat:ready';

type Message = { type?: string };

const ready = (worker: Worker): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.on('message', (message: Message) => {
      if (message?.type === READY) resolve();
    });
    worker.once('exit', () => reject(new Error('a worker ended before it was ready')));
  });

const exited = (worker: Worker): Promise<void> =>
  worker.isDead() ? Promise.resolve() : new Promise((resolve) => worker.once('exit', () => resolve()));

/** Starts `count` workers and keeps as many. SIGHUP replaces them one after the other; SIGTERM and SIGINT end all. */
export const runWorkers = async (count: number): Promise<void> => {
  cluster.setupPrimary({ serialization: 'advanced' });
  const server = createServer();
  setupMaster(server, { loadBalancingMethod: 'least-connection' });
  let stopping = false;
  const leaving = new WeakSet<Worker>();

  relayAmongSiblings();
  // Opened by what this process loads but does not use.
  closeRedis();

  const fork = async (): Promise<void> => {
    const worker = cluster.fork();
    worker.once('exit', async (code, signal) => {
      if (stopping || leaving.has(worker)) return;
      log.error({ pid: worker.process.pid, code, signal }, 'a worker ended by itself; starting another');
      await wait(RESTART_MS);
      if (!stopping) await fork().catch(() => {});
    });
    await ready(worker);
  };

  const retire = async (worker: Worker): Promise<void> => {
    leaving.add(worker);
    // The router takes the worker with the fewest connections: this one is not taken any more.
    Object.assign(worker, { clientsCount: Number.POSITIVE_INFINITY });
    worker.process.kill('SIGTERM');
    await exited(worker);
  };

  await Promise.all(Array.from({ length: count }, fork));
  await listen(server, config.PORT);
  log.info({ port: config.PORT, workers: count }, 'Waybeat is ready, with several workers');

  let replacing = Promise.resolve();
  process.on('SIGHUP', () => {
    replacing = replacing.then(async () => {
      for (const worker of Object.values(cluster.workers ?? {})) {
        if (stopping || !worker) return;
        await fork();
        await retire(worker);
      }
      log.info('all workers were replaced');
    });
    replacing.catch((error) => log.error({ err: error }, 'the workers could not be replaced; the old ones go on'));
  });

  const stop = async () => {
    if (stopping) return;
    stopping = true;
    server.close();
    await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => worker && retire(worker)));
    process.exit(0);
  };
  let interrupts = 0;
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(130);
    void stop();
  });
};

/**
 * For a worker: takes the connections that the process with the port hands over. That process hears of a session
 * before the session's client does. By itself @socket.io/sticky tells it only after the handshake was answered, and
 * where the client's next request overtook that message it went to a worker that knew no such session: 1 of 1,000
 * handshakes by polling on a busy machine.
 */
export const takeConnections = (io: Server): void => {
  const sessions = new EventEmitter();
  setupWorker({ httpServer: io.httpServer, engine: sessions } as unknown as Server);
  const { engine } = io;
  const generateId = engine.generateId.bind(engine);
  const named = new Map<string, EventEmitter>();
  engine.generateId = async (request) => {
    const id = await generateId(request);
    const session = Object.assign(new EventEmitter(), { id });
    named.set(id, session);
    sessions.emit('connection', session);
    // The handshake goes on at once; where it did not, there is no session to close later.
    setImmediate(() => {
      if (named.delete(id)) session.emit('close');
    });
    return id;
  };
  engine.on('connection', (socket) => {
    const session = named.get(socket.id);
    named.delete(socket.id);
    socket.once('close', () => session?.emit('close'));
  });
};
