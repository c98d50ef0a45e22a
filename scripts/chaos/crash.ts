import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom, whole } from '../demo/random.ts';
import { judge, readHistory } from './checker.ts';
import { type ChaosDatabase, createDatabase } from './databases.ts';
import { createNode } from './node.ts';
import { startWatcher, type Watcher } from './watchers.ts';
import { createShipments, openLedger, request, startWriter, type Writer, watcherOf } from './writers.ts';

/**
 * `kill -9` at random moments while people write and watch. Afterwards every acknowledged write is stored, versions
 * have no gap, and every client saw exactly what is stored, once and in order.
 */

export type CrashOptions = {
  database: ChaosDatabase['name'];
  address: string;
  kills: number;
  watchers: number;
  shipments: number;
  writers: number;
  seed: number;
  log: (line: string) => void;
};

export type CrashReport = { faults: string[]; events: number; acknowledged: number; kills: number; healedMs: number[] };

/** So many writes at least are acknowledged between two deaths. */
const MIN_WRITES = 5;

/** Everybody must be current this long after the last start. */
const HEAL_MS = 15_000;

/** By HTTP, since nobody else may open an embedded database while its server has it. */
const isCurrent = async (url: string, ids: string[], watchers: Watcher[]): Promise<boolean> => {
  for (const id of ids) {
    const response = await request(url, 'GET', `/api/shipments/${id}`);
    const { version } = (await response.json()) as { version: number };
    for (const watcher of watchers) {
      const seen = watcher.seen().get(`shipment:${id}`);
      if ((seen?.versions.at(-1) ?? seen?.from) !== version) return false;
    }
  }
  return true;
};

/** Runs the fault and answers what it found. `faults` is empty when every promise held. */
export const crash = async (options: CrashOptions): Promise<CrashReport> => {
  const { kills, seed, log } = options;
  const random = randomFrom(seed);
  const database = await createDatabase(options.database, options.address);
  const node = await createNode(database.environment);
  const watchers: Watcher[] = [];
  const ledger = openLedger();
  const { acknowledged } = ledger;
  const healedMs: number[] = [];
  const writers: Writer[] = [];
  try {
    await node.start();
    const { url } = node;
    const shipmentIds = await createShipments(url, options.shipments);
    for (let n = 1; n <= options.watchers; n += 1)
      watchers.push(startWatcher({ name: `watcher ${n}`, url, user: watcherOf(n), shipmentIds }));
    for (let n = 0; n < options.writers; n += 1)
      writers.push(startWriter({ name: `w${n}`, url, shipmentIds, ledger, pauseMs: 2 }));
    for (let kill = 1; kill <= kills; kill += 1) {
      const target = acknowledged.length + MIN_WRITES;
      await wait(whole(random, 20, 800));
      // However slow the machine: a death that interrupts nothing proves nothing.
      const until = Date.now() + 60_000;
      while (acknowledged.length < target) {
        if (Date.now() > until) throw new Error('no write was acknowledged for a minute');
        await wait(5);
      }
      await node.kill('SIGKILL');
      const killed = Date.now();
      await node.start();
      healedMs.push(Date.now() - killed);
      if (kill % 10 === 0 || kill === kills)
        log(`${kill} of ${kills} kills, ${acknowledged.length} writes acknowledged`);
    }
    await wait(1_000);
    await Promise.all(writers.map(({ stop }) => stop()));
    const until = Date.now() + HEAL_MS;
    while (!(await isCurrent(url, shipmentIds, watchers)) && Date.now() < until) await wait(100);
    await node.kill('SIGTERM');
    const history = await readHistory(database);
    return {
      faults: [...judge(history, ledger, watchers), ...ledger.wrong, ...node.surprises()],
      events: history.events.length,
      acknowledged: acknowledged.length,
      kills,
      healedMs,
    };
  } finally {
    // Also when something threw above: a writer that goes on would keep this process alive.
    await Promise.all(writers.map(({ stop }) => stop()));
    for (const watcher of watchers) watcher.close();
    await node.kill('SIGKILL');
    await database.drop();
  }
};
