import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { openCrowd } from '../bench/crowd.ts';
import { SEQUENCE_DIGITS } from '../bench/lightClient.ts';
import { type ChaosDatabase, createDatabase } from './databases.ts';
import { createNode, tokenOf } from './node.ts';
import { createShipments, request, watcherOf } from './writers.ts';

/**
 * A deploy that nobody notices: a node with a crowd on it is restarted while another goes on writing, and all come back to
 * it in the same instant, each to learn what it missed. The database must not be asked once for each of them.
 */

export type RestartReport = {
  /** From the node being ready again until every client had what it missed. */
  currentMs: number;
  /** How long the node was away. */
  awayMs: number;
  /** Statements and transactions that the return cost, for each stream. */
  perStream: number;
  notes: string[];
  faults: string[];
};

type Options = { clients: number; streams: number; address: string; judgeTimes?: boolean };

const CURRENT_MS = 10_000;
/** Rights, heads, what was missed, viewers and presence: some for a stream, however many come back to it. */
const MAX_PER_STREAM = 20;
/** With more to do than this for each core, a time says more of the machine than of the server. */
const BUSY = 2;

/** Backends report once a second. */
const REPORT_MS = 1_200;
const CALM_MS = 5_000;

const committed = async (database: ChaosDatabase): Promise<number> => {
  await wait(REPORT_MS);
  const [row] = await database.read<{ count: number }>(
    'select xact_commit::int as count from pg_stat_database where datname = current_database()',
  );
  return row!.count;
};

/** What two nodes ask for by themselves, each second. */
const committedAtRest = async (database: ChaosDatabase): Promise<number> => {
  const [before, since] = [await committed(database), performance.now()];
  await wait(CALM_MS);
  return ((await committed(database)) - before) / ((performance.now() - since) / 1_000);
};

export const restartCrowd = async ({ clients, streams, address, judgeTimes }: Options): Promise<RestartReport> => {
  const database = await createDatabase('postgresql', address);
  const nodes = [await createNode(database.environment), await createNode(database.environment)] as const;
  const [restarted, other] = nodes;
  const notes: string[] = [];
  const faults: string[] = [];
  try {
    for (const node of nodes) await node.start();
    const ids = await createShipments(other.url, streams);
    const write = async (shipmentId: string, sequence: number) => {
      const notes = `#${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
      const path = `/api/shipments/${shipmentId}/inspection`;
      const { ok, status } = await request(other.url, 'PATCH', path, { status: 'pending', notes });
      if (!ok) throw new Error(`a write to the other node was answered ${status}`);
    };
    const come = (since?: number) =>
      openCrowd({
        port: restarted.port,
        tokens: Array.from({ length: clients }, (_, n) => tokenOf(watcherOf(n))),
        shipmentsOf: (client) => [ids[client % streams]!],
        ...(since !== undefined && { since, window: clients }),
      });

    const first = await come();
    // Staff of a company hear of all its shipments: each of them hears this once.
    await write(ids[0]!, 1);
    await first.crowd.delivered(clients);
    const leftAt = performance.now();
    const code = await restarted.kill('SIGTERM');
    if (code !== 0) faults.push(`the node ended with ${code} after SIGTERM`);
    // Who comes back is somebody new to us, and says what it had.
    first.crowd.close();
    for (const id of ids) await write(id, 2);
    await restarted.start();
    const awayMs = performance.now() - leftAt;
    const usual = await committedAtRest(database);
    const load = loadavg()[0]! / availableParallelism();

    const [before, since] = [await committed(database), performance.now()];
    const { crowd, elapsedMs: currentMs } = await come(0);
    const asked = (await committed(database)) - before;
    const perStream = (asked - (usual * (performance.now() - since)) / 1_000) / streams;
    await write(ids[0]!, 1);
    await crowd.delivered(clients);
    crowd.close();

    if (perStream > MAX_PER_STREAM) faults.push(`the database was asked ${perStream.toFixed(1)} times for each stream`);
    if (judgeTimes && currentMs > CURRENT_MS) {
      if (load > BUSY) notes.push(`load ${load.toFixed(1)} for each core: too much for times to prove anything`);
      else faults.push(`it took ${Math.round(currentMs)} ms until all were current`);
    }
    faults.push(...nodes.flatMap((node) => node.surprises()));
    return { currentMs, awayMs, perStream, notes, faults };
  } finally {
    for (const node of nodes) await node.kill('SIGKILL');
    await database.drop();
  }
};
