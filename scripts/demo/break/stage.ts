import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { type Shipment, Shipment as ShipmentShape } from '../../../server/contract/shipments.ts';
import type { Arena, ArenaNode } from '../../chaos/arena.ts';
import type { Person } from '../../chaos/node.ts';
import { populate } from '../../chaos/population.ts';
import { startProxy, type TcpProxy, urlOf } from '../../chaos/proxy.ts';
import { request } from '../../chaos/writers.ts';
import { COMPANIES, PEOPLE } from '../companies.ts';
import type { Supervised } from '../server.ts';
import { RUN_MARK } from '../world.ts';
import { freeze } from './freeze.ts';
import { readThrough } from './readThrough.ts';

/** The demo itself as an arena: its own server, reached by its own door, with shipments and screens of one run. */

export type Demo = {
  server: Supervised;
  /** Where everybody comes through, visitors included. */
  door: TcpProxy;
  /** Of the server behind the door. */
  address: string;
  logFile: string;
  databaseUrl: string | undefined;
  /** Signs the tokens of the demo's people. */
  secret: string;
};

/** Whom each screen belongs to, and which of the run's shipments that person may see. */
export type Screen = { name: string; who: string; shipments: string[] };
export type Stage = { arena: Arena; screens: Screen[]; labels: ReadonlyMap<string, string> };

const LOADS = [
  { letter: 'A', companyId: 'nordlicht', supplierId: 'supplier-hai-long' },
  { letter: 'B', companyId: 'nordlicht' },
  { letter: 'C', companyId: 'blueheron' },
  { letter: 'D', companyId: 'blueheron' },
] as const;

const CAST: Record<string, string> = { olga: 'AB', ines: 'AB', linh: 'A', blake: 'CD', sam: 'ABCD' };

const WRITERS = 3;
/** Some twenty writes a second together: enough to catch one under way, and a timeline that can still be read. */
const PAUSE_MS = 120;

/** Undoes at once whatever a fault left broken, but for a server that is dead. */
export const release = ({ server, door }: Pick<Demo, 'server' | 'door'>): void => {
  server.child().kill('SIGCONT');
  door.weather(null);
  door.open();
};

const personOf = (name: string, secret: string): Person => {
  const { id, role, companyId } = PEOPLE.find(({ username }) => username === name)!;
  return { id, username: name, role, ...(companyId && { companyId }), secret };
};

const describe = (name: string): string => {
  const { role, companyId } = PEOPLE.find(({ username }) => username === name)!;
  const company = COMPANIES.find(({ id }) => id === companyId)?.name;
  return [role.replace('_', ' '), company].filter(Boolean).join(', ');
};

const createLoads = async (url: string, writer: Person): Promise<Shipment[]> => {
  const run = randomBytes(3).toString('hex').toUpperCase();
  const made: Shipment[] = [];
  for (const { letter, ...load } of LOADS) {
    const body = { poNumber: `${RUN_MARK}${run}-${letter}`, ...load };
    const response = await request(url, 'POST', '/api/shipments', body, writer);
    if (!response.ok) throw new Error(`a shipment could not be made: ${response.status}, ${await response.text()}`);
    made.push(z.parse(ShipmentShape, await response.json()));
  }
  return made;
};

/** What the log says since `from` that nobody foresaw. */
const surprisesIn = (file: string, from: number): string[] =>
  readFileSync(file)
    .subarray(from)
    .toString('utf8')
    .split('\n')
    .filter((line) => /"msg":"(unhandled rejection|uncaught exception)"/.test(line))
    .map((line) => line.slice(0, 500));

const nodeOf = async ({ server, address, logFile, door }: Demo): Promise<ArenaNode> => {
  const logged = statSync(logFile).size;
  const { hostname, port } = new URL(address);
  let wake = () => {};
  return {
    name: 'server',
    url: address,
    host: hostname,
    port: Number(port),
    start: () => server.start(),
    kill: server.kill,
    signal: (signal) => {
      wake();
      wake = signal === 'SIGSTOP' ? freeze(server.child()) : () => {};
    },
    surprises: () => surprisesIn(logFile, logged),
    // A development server with a database in the same process is not what the bound on memory is about.
    residentMb: () => 0,
    // The embedded database is in the process, and the way to another one is not ours to break.
    postgres: await startProxy(() => undefined),
    redis: null,
    door,
  };
};

/** Opens the screens and makes the shipments of one run. Its `close` leaves the demo whole, and takes the shipments back. */
export const openStage = async (demo: Demo): Promise<Stage> => {
  const { server, door, address, databaseUrl, secret } = demo;
  const writer = personOf('sam', secret);
  const loads = await createLoads(address, writer);
  const node = await nodeOf(demo);
  const arena = populate({
    nodes: [node],
    redis: null,
    database: {
      name: databaseUrl ? 'postgresql' : 'pglite',
      environment: databaseUrl ? { DATABASE_URL: databaseUrl } : {},
      read: readThrough(server.child),
      drop: async () => {},
    },
    shipmentIds: loads.map(({ id }) => id),
    writer,
    writers: WRITERS,
    pauseMs: PAUSE_MS,
    amongOthers: true,
    close: async () => {
      node.postgres.close();
      node.signal('SIGCONT');
      release(demo);
      await server.start();
      // Somebody may have moved it on by hand: then it stays.
      for (const { id } of loads)
        await request(address, 'PATCH', `/api/shipments/${id}/status`, { status: 'cancelled' }, writer);
    },
  });
  const screens = Object.entries(CAST).map(([name, letters]): Screen => {
    const seen = loads.filter((_, n) => letters.includes(LOADS[n]!.letter));
    const shipmentIds = seen.map(({ id }) => id);
    arena.watch(urlOf(door), { home: node, name, user: personOf(name, secret), shipmentIds });
    return { name, who: describe(name), shipments: shipmentIds };
  });
  return { arena, screens, labels: new Map(loads.map(({ id, poNumber }) => [`shipment:${id}`, poNumber])) };
};
