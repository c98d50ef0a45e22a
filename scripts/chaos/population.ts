import { setTimeout as wait } from 'node:timers/promises';
import type { Arena, ArenaNode } from './arena.ts';
import { behind, judge, readHeads, readHistory } from './checker.ts';
import type { Person } from './node.ts';
import { urlOf } from './proxy.ts';
import { createStopwatch } from './stopwatch.ts';
import { startWatcher, type Watcher } from './watchers.ts';
import { openLedger, request, startWriter, type Writer, watcherOf } from './writers.ts';

/** The people of an arena, those who write and those who watch, on nodes that are there already. */

const SAMPLE_MS = 500;

export type Place = Pick<Arena, 'nodes' | 'redis' | 'database' | 'shipmentIds'> & {
  /** Who writes, and asks who is connected. */
  writer: Person;
  /** How many write at a time, and the pause between two writes of one. */
  writers: number;
  pauseMs: number;
  /** Whether others use these nodes, too: then only what is this arena's own is looked at. */
  amongOthers: boolean;
  /** Ends what the place is made of, when its people are gone. */
  close: () => Promise<void>;
};

/** Nobody watches until `watch`, nobody writes until `startWriting`. */
export const populate = (place: Place): Arena => {
  const { nodes, redis, database, shipmentIds, writer, amongOthers } = place;
  const streams = amongOthers ? shipmentIds.map((id) => `shipment:${id}`) : null;
  const watchers: Watcher[] = [];
  const stopwatch = createStopwatch();
  const ledger = openLedger(stopwatch.sent);
  let writers: Writer[] = [];
  let shift = 0;
  let peak = 0;
  const sampling = setInterval(() => {
    for (const node of nodes) peak = Math.max(peak, node.residentMb());
  }, SAMPLE_MS);

  /**
   * Half of the shipments are written through every node, each of the others through one: there the other nodes learn of a
   * version by what that node tells, not by the next version of their own.
   */
  const ownAndShared = (home: ArenaNode) => {
    const shared = Math.ceil(shipmentIds.length / 2);
    return shipmentIds.filter((_, n) => n < shared || nodes[n % nodes.length] === home);
  };

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
    watch: (address, { home, name, user, shipmentIds: followed = shipmentIds } = {}) => {
      const n = watchers.length + 1;
      const watcher = startWatcher({
        name: name ?? `watcher ${n}`,
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
      writers = Array.from({ length: place.writers }, (_, n) => {
        const home = nodes[n % nodes.length]!;
        const name = `${home.name.replace(' ', '')}w${n}s${shift}`;
        stopwatch.isAt(name, home.name);
        return startWriter({
          name,
          url: urlOf(home.door),
          shipmentIds: ownAndShared(home),
          ledger,
          pauseMs: place.pauseMs,
          person: writer,
        });
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
        const path = `/api/shipments/${shipmentIds[0]}/inspection`;
        const take = () =>
          request(node.url, 'PATCH', path, { status: 'pending' }, writer).then(
            ({ ok }) => ok,
            () => false,
          );
        while (!(await take())) {
          if (Date.now() > until) throw new Error(`${node.name} took no write for a minute`);
          await wait(50);
        }
      }
    },
    behind: async () => behind(watchers, await readHeads(database, streams)),
    check: async () => {
      const history = await readHistory(database, streams);
      return { faults: judge(history, ledger, watchers), history };
    },
    connectedAt: async (node) => {
      const response = await request(node.url, 'GET', '/connected-users', undefined, writer);
      const { data } = (await response.json()) as { data: { users: string[] } };
      return data.users.filter((user) => !amongOthers || arena.present().includes(user)).sort();
    },
    // Others know of nobody outside their company.
    present: () =>
      watchers
        .flatMap(({ user }) => (writer.role === 'super_admin' || user.companyId === writer.companyId ? user.id : []))
        .sort(),
    note: (line) => void arena.notes.push(line),
    blame: (line) => void arena.blames.push(line),
    peakMb: () => {
      const most = peak;
      peak = 0;
      return most;
    },
    close: async () => {
      clearInterval(sampling);
      await arena.stopWriting();
      for (const watcher of watchers) watcher.close();
      await place.close();
    },
  };
  return arena;
};
