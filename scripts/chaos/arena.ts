import { setTimeout as wait } from 'node:timers/promises';
import { behind, check, readHeads } from './checker.ts';
import { type ChaosDatabase, createDatabase } from './databases.ts';
import { createNode, type Node, type Person } from './node.ts';
import { addressOf, startProxy, type TcpProxy, through } from './proxy.ts';
import { createRedisServer, hasRedisServer, type RedisServer } from './redisServer.ts';
import { createStopwatch, type Stopwatch } from './stopwatch.ts';
import { startWatcher, type Watcher } from './watchers.ts';
import { createShipments, type Ledger, openLedger, request, startWriter, type Writer, watcherOf } from './writers.ts';

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
  watch: (url: string, other?: { home?: ArenaNode; user?: Person; shipmentIds?: string[] }) => Watcher;
  startWriting: () => void;
  stopWriting: () => Promise<void>;
  /** Resolves when so many more writes are acknowledged; rejects when none is for a minute. */
  written: (count: number) => Promise<void>;
  /** Resolves when each node takes a write: however the network is, until they do nothing is healed. */
  writable: () => Promise<void>;
  /** Clients that have not seen everything that is stored. */
  behind: () => Promise<Watcher[]>;
  /** Compares everybody with the database; see `check`. */
  check: () => ReturnType<typeof check>;
  /** The users that a node takes for connected. */
  connectedAt: (node: ArenaNode) => Promise<string[]>;
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
const SAMPLE_MS = 500;

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
  const doors: TcpProxy[] = [];
  const watchers: Watcher[] = [];
  const stopwatch = createStopwatch();
  const ledger = openLedger(stopwatch.sent);
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
    doors.push(door);
    nodes.push(Object.assign(node, { name: `node ${n + 1}`, postgres, redis: redisProxy, door }));
  }
  const readiness = watchReadiness(nodes);
  const urlOf = (proxy: TcpProxy) => `http://${proxy.host}:${proxy.port}`;

  // The first migrates, so that the others find it done.
  for (const node of nodes) await node.start();
  const shipmentIds = await createShipments(nodes[0]!.url, shipments);

  /**
   * Half of the shipments are written through every node, each of the others through one: there the other nodes learn of a
   * version by what that node tells, not by the next version of their own.
   */
  const ownAndShared = (home: ArenaNode) => {
    const shared = Math.ceil(shipmentIds.length / 2);
    return shipmentIds.filter((_, n) => n < shared || nodes[n % nodes.length] === home);
  };

  let writers: Writer[] = [];
  let shift = 0;
  let peak = 0;
  const sampling = setInterval(() => {
    for (const node of nodes) peak = Math.max(peak, node.residentMb());
  }, SAMPLE_MS);

  const arena: Arena = {
    nodes,
    redis,
    database,
    shipmentIds,
    watchers,
    ledger,
    stopwatch,
    notes: [],
    blames: [],
    watch: (address, { home, user, shipmentIds: followed = shipmentIds } = {}) => {
      const n = watchers.length + 1;
      const watcher = startWatcher({
        name: `watcher ${n}`,
        url: address,
        user: user ?? watcherOf(n),
        shipmentIds: followed,
        onEvent: stopwatch.listener(home?.name),
      });
      watchers.push(watcher);
      return watcher;
    },
    startWriting: () => {
      shift += 1;
      writers = Array.from({ length: options.writers ?? 2 * nodes.length }, (_, n) => {
        const home = nodes[n % nodes.length]!;
        const name = `${home.name.replace(' ', '')}w${n}s${shift}`;
        stopwatch.isAt(name, home.name);
        return startWriter({ name, url: urlOf(home.door), shipmentIds: ownAndShared(home), ledger, pauseMs });
      });
    },
    stopWriting: async () => {
      await Promise.all(writers.map(({ stop }) => stop()));
      writers = [];
    },
    written: async (count) => {
      const target = ledger.acknowledged.length + count;
      const until = Date.now() + 60_000;
      while (ledger.acknowledged.length < target) {
        if (Date.now() > until) throw new Error('no write was acknowledged for a minute');
        await wait(20);
      }
    },
    writable: async () => {
      for (const node of nodes) {
        const until = Date.now() + 60_000;
        const take = () =>
          request(node.url, 'PATCH', `/api/shipments/${shipmentIds[0]}/inspection`, { status: 'pending' }).then(
            ({ ok }) => ok,
            () => false,
          );
        while (!(await take())) {
          if (Date.now() > until) throw new Error(`${node.name} took no write for a minute`);
          await wait(50);
        }
      }
    },
    behind: async () => behind(watchers, await readHeads(database)),
    check: () => check(database, ledger.acknowledged, watchers),
    connectedAt: async (node) => {
      const response = await request(node.url, 'GET', '/connected-users');
      const { data } = (await response.json()) as { data: { users: string[] } };
      return [...data.users].sort();
    },
    note: (line) => void arena.notes.push(line),
    blame: (line) => void arena.blames.push(line),
    peakMb: () => {
      const most = peak;
      peak = 0;
      return most;
    },
    close: async () => {
      readiness.stop();
      clearInterval(sampling);
      await arena.stopWriting();
      for (const watcher of watchers) watcher.close();
      for (const node of nodes) {
        node.signal('SIGCONT');
        await node.kill('SIGKILL');
      }
      for (const proxy of [...doors, ...nodes.flatMap(({ postgres, redis }) => [postgres, redis])]) proxy?.close();
      await redis?.kill();
      await database.drop();
    },
  };
  for (let n = 0; n < clients; n += 1) {
    const home = nodes[n % nodes.length]!;
    arena.watch(urlOf(home.door), { home });
  }
  return arena;
};
