import { setTimeout as wait } from 'node:timers/promises';
import type { History } from './checker.ts';
import { type ChaosDatabase, createDatabase } from './databases.ts';
import { createNode, type Node, type Person } from './node.ts';
import { populate } from './population.ts';
import { addressOf, startProxy, type TcpProxy, through, urlOf } from './proxy.ts';
import { createRedisServer, hasRedisServer, type RedisServer } from './redisServer.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { Watcher } from './watchers.ts';
import { createShipments, type Ledger, WRITER } from './writers.ts';

/**
 * Where faults happen: nodes that share a PostgreSQL and a Redis, people who write, clients who watch, and a proxy on
 * every way between them. Clients come through a door that leads to their own node, or to another while that is away.
 */

export type ArenaNode = Node & {
  name: string;
  /** Between this node and its database, its Redis, and its clients. */
  postgres: TcpProxy;
  redis: TcpProxy | null;
  door: TcpProxy;
};

/** Where a node runs: in a network namespace it has an address of its own, and reaches us at another. */
export type Site = { host: string; gateway: string; within: string[] };
const HERE: Site = { host: '127.0.0.1', gateway: '127.0.0.1', within: [] };

export type ArenaOptions = {
  /** Of a PostgreSQL on which we may create a database. */
  address: string;
  sites?: Site[];
  clients?: number;
  writers?: number;
  shipments?: number;
  /** Between two writes of one writer. */
  pauseMs?: number;
};

export type Arena = {
  nodes: ArenaNode[];
  redis: RedisServer | null;
  database: ChaosDatabase;
  shipmentIds: string[];
  watchers: Watcher[];
  ledger: Ledger;
  stopwatch: Stopwatch;
  /** Adds a client that comes through this address: one like the others, unless told otherwise. */
  watch: (url: string, other?: { home?: ArenaNode; name?: string; user?: Person; shipmentIds?: string[] }) => Watcher;
  startWriting: () => void;
  stopWriting: () => Promise<void>;
  /** Resolves when so many more writes are acknowledged; rejects when none is for a minute. */
  written: (count: number) => Promise<void>;
  /** Resolves when each node takes a write: however the network is, until they do nothing is healed. */
  writable: () => Promise<void>;
  /** Clients that have not seen everything that is stored. */
  behind: () => Promise<Watcher[]>;
  /** Compares everybody with the database; see `judge`. */
  check: () => Promise<{ faults: string[]; history: History }>;
  /** The users that a node takes for connected, and those that are. */
  connectedAt: (node: ArenaNode) => Promise<string[]>;
  present: () => string[];
  /** A line for the report, or a promise that was broken. */
  note: (line: string) => void;
  blame: (line: string) => void;
  notes: string[];
  blames: string[];
  /** The most memory that any node held since the last call, in MB. */
  peakMb: () => number;
  close: () => Promise<void>;
};

const READY_MS = 400;

/** Keeps asking which nodes want clients, as a balancer does. */
const watchReadiness = (nodes: Node[]) => {
  const ready = new Set(nodes);
  let stopped = false;
  const follow = async (node: Node) => {
    while (!stopped) {
      const ok = await fetch(`${node.url}/health`, { signal: AbortSignal.timeout(3_000) }).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ok) ready.add(node);
      else ready.delete(node);
      await wait(READY_MS, undefined, { ref: false });
    }
  };
  for (const node of nodes) void follow(node);
  return {
    isReady: (node: Node) => ready.has(node),
    /** Resolves when all are: before, a client would be led to another node than its own. */
    untilAll: async () => {
      while (ready.size < nodes.length) await wait(READY_MS / 4);
    },
    stop: () => {
      stopped = true;
    },
  };
};

/** Starts everything; the first writes come with `startWriting`. */
export const openArena = async (options: ArenaOptions): Promise<Arena> => {
  const { sites = [HERE, HERE], clients = 20, shipments = 4, pauseMs = 20 } = options;
  const database = await createDatabase('postgresql', options.address);
  const redis = hasRedisServer() ? await createRedisServer() : null;
  await redis?.start();
  const nodes: ArenaNode[] = [];
  const url = database.environment.DATABASE_URL!;
  for (const [n, site] of sites.entries()) {
    const postgres = await startProxy(() => addressOf(url, 5432), site.gateway);
    const redisProxy = redis && (await startProxy(() => ({ host: '127.0.0.1', port: redis.port }), site.gateway));
    const node = await createNode(
      {
        DATABASE_URL: through(postgres, url),
        REDIS_URL: redisProxy ? through(redisProxy, 'redis://localhost') : '',
        WS_MAX_CONNECTIONS_PER_USER: '1000',
      },
      site,
    );
    const door: TcpProxy = await startProxy(() => {
      const home = nodes[n]!;
      return readiness.isReady(home) ? home : (nodes.find(readiness.isReady) ?? home);
    });
    nodes.push(Object.assign(node, { name: `node ${n + 1}`, postgres, redis: redisProxy, door }));
  }
  const readiness = watchReadiness(nodes);
  // The first migrates, so that the others find it done.
  for (const node of nodes) await node.start();
  await readiness.untilAll();
  const shipmentIds = await createShipments(nodes[0]!.url, shipments);

  const arena = populate({
    nodes,
    redis,
    database,
    shipmentIds,
    writer: WRITER,
    writers: options.writers ?? 2 * nodes.length,
    pauseMs,
    amongOthers: false,
    close: async () => {
      readiness.stop();
      for (const node of nodes) {
        node.signal('SIGCONT');
        await node.kill('SIGKILL');
      }
      for (const proxy of nodes.flatMap(({ postgres, redis, door }) => [postgres, redis, door])) proxy?.close();
      await redis?.kill();
      await database.drop();
    },
  });
  for (let n = 0; n < clients; n += 1) {
    const home = nodes[n % nodes.length]!;
    arena.watch(urlOf(home.door), { home });
  }
  return arena;
};
