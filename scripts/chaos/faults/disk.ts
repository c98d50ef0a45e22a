import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Arena } from '../arena.ts';
import type { Fault } from '../fault.ts';
import { createCluster, missingCluster, type PostgresCluster } from '../postgresCluster.ts';
import { createSmallDisk, missingDisk, type SmallDisk } from '../smallDisk.ts';

/** A fresh PostgreSQL takes some 40 MB, its log up to 16 more. */
const DISK_MB = 128;
/** By then a write has found no room, however slow the machine. */
const REFUSED_MS = 60_000;

let disk: SmallDisk;
let cluster: PostgresCluster;

/** How many clients a node has let in so far: more of them, and somebody had to come again. */
const accepted = async ({ nodes }: Arena): Promise<number> => {
  let sum = 0;
  for (const { url } of nodes) {
    const text = await (await fetch(`${url}/metrics`)).text();
    sum += Number(/^waybeat_handshakes_total\{outcome="accepted"\} (\d+)/m.exec(text)?.[1] ?? 0);
  }
  return sum;
};

/** Writes to the log alone until that finds no room, either: PostgreSQL can only give up then. */
const exhaustLog = async (): Promise<void> => {
  const client = new pg.Client({ connectionString: cluster.address });
  client.on('error', () => {});
  await client.connect();
  try {
    for (let megabytes = 0; megabytes < DISK_MB; megabytes += 1)
      await client.query("select pg_logical_emit_message(true, 'chaos', repeat('x', 1024 * 1024))");
  } catch {
    return; // it gave up, and this connection with it
  } finally {
    await client.end().catch(() => {});
  }
};

export const diskFullPostgres: Fault = {
  name: 'disk-full-postgres',
  title: 'the disk under PostgreSQL full, first for its tables, then for its log, until somebody makes room',
  seconds: 10,
  missing: () => missingCluster() ?? missingDisk(),
  stage: async () => {
    disk = createSmallDisk(DISK_MB);
    const close = async () => {
      await cluster?.stop();
      disk.remove();
    };
    try {
      cluster = await createCluster(disk.folder);
      await cluster.start();
    } catch (error) {
      await close();
      throw error;
    }
    return { arena: { address: cluster.address }, close };
  },
  break: async (arena) => {
    const { ledger, nodes, blame, note } = arena;
    const before = await accepted(arena);
    const refusals = () => ledger.refused + ledger.unanswered;
    const told = refusals();
    disk.fill();
    // Pages and log that it has already go on for a moment.
    for (const until = Date.now() + REFUSED_MS; refusals() === told && Date.now() < until; ) await wait(20);
    if (refusals() === told) blame('no write was refused: this run proves nothing');
    await exhaustLog();
    return async () => {
      const alive = await Promise.all(nodes.map(({ url }) => fetch(`${url}/health/live`).then(({ ok }) => ok)));
      if (alive.includes(false)) blame('with a full disk a node does not answer');
      if (!cluster.isRunning()) {
        const health = await Promise.all(nodes.map(({ url }) => fetch(`${url}/health`).then(({ status }) => status)));
        if (health.some((status) => status !== 503)) blame(`PostgreSQL gave up, and /health says ${health.join(', ')}`);
      }
      disk.free();
      note(cluster.isRunning() ? 'PostgreSQL went on by itself' : 'PostgreSQL had given up and was started again');
      await cluster.start();
      const came = (await accepted(arena)) - before;
      if (came > 0) blame(`${came} clients had to connect again`);
    };
  },
};
