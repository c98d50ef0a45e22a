import { setTimeout as wait } from 'node:timers/promises';
import { randomFrom, whole } from '../demo/random.ts';
import { type Acknowledged, check } from './checker.ts';
import { type ChaosDatabase, createDatabase } from './databases.ts';
import { createNode, tokenOf } from './node.ts';
import { startWatcher, type Watcher } from './watchers.ts';

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

const writer = { id: 'writer', role: 'operator', companyId: 'acme' };

const request = (url: string, method: string, path: string, body: unknown) =>
  fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf(writer)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });

const createShipments = async (url: string, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const response = await request(url, 'POST', '/api/shipments', { poNumber: `PO-${n}` });
    if (!response.ok) throw new Error(`creating a shipment answered ${response.status}: ${await response.text()}`);
    ids.push(((await response.json()) as { id: string }).id);
  }
  return ids;
};

/** Writes until told to stop; a write whose answer was lost may or may not have happened, and is not repeated. */
const startWriter = (name: string, url: string, ids: string[], acknowledged: Acknowledged[]) => {
  let stopped = false;
  const done = (async () => {
    for (let n = 1; !stopped; n += 1) {
      const id = ids[n % ids.length]!;
      const mark = `${name}-${n}`;
      try {
        const response = await request(url, 'PATCH', `/api/shipments/${id}/inspection`, {
          status: n % 2 ? 'in_progress' : 'pending',
          notes: mark,
        });
        if (response.ok) acknowledged.push({ stream: `shipment:${id}`, mark });
        else if (response.status !== 503)
          throw new Error(`a write answered ${response.status}: ${await response.text()}`);
      } catch (error) {
        // The server is being killed: that is the point of the run.
        if (error instanceof Error && error.message.startsWith('a write answered')) throw error;
        await wait(20);
      }
      await wait(2);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await done;
    },
  };
};

const isCurrent = async (url: string, ids: string[], watchers: Watcher[]): Promise<boolean> => {
  for (const id of ids) {
    const response = await request(url, 'GET', `/api/shipments/${id}`, undefined);
    const { version } = (await response.json()) as { version: number };
    for (const watcher of watchers) {
      const seen = watcher.seen().get(`shipment:${id}`);
      if ((seen?.events.at(-1)?.version ?? seen?.from) !== version) return false;
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
  const acknowledged: Acknowledged[] = [];
  const healedMs: number[] = [];
  try {
    await node.start();
    const ids = await createShipments(node.url, options.shipments);
    for (let n = 1; n <= options.watchers; n += 1)
      watchers.push(
        startWatcher(
          `watcher ${n}`,
          node.url,
          tokenOf({ id: `watcher-${n}`, role: 'operator', companyId: 'acme' }),
          ids,
        ),
      );
    const writers = Array.from({ length: options.writers }, (_, n) =>
      startWriter(`w${n}`, node.url, ids, acknowledged),
    );
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
    while (!(await isCurrent(node.url, ids, watchers)) && Date.now() < until) await wait(100);
    await node.kill('SIGTERM');
    const { faults, events } = await check(database, acknowledged, watchers);
    return { faults, events, acknowledged: acknowledged.length, kills, healedMs };
  } finally {
    for (const watcher of watchers) watcher.close();
    await node.kill('SIGKILL');
    await database.drop();
  }
};
