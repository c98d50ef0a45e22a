import { config } from '../platform/config.ts';
import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { currentServer } from './delivery.ts';
import { nodeId } from './nodes.ts';
import { placesOf, setPlacesElsewhere } from './places.ts';
import { rawConnections } from './rawConnection.ts';
import type { LiveSocket } from './types.ts';

/**
 * Who is connected, on all nodes. Each node knows its own at once and writes the difference to the table `online` every
 * second; a node that dies loses its row in `nodes` and with it all its people.
 */

/** Ids of those who are connected to this node, in whichever namespace. */
const connectedHere = (): Set<string> => {
  const users = new Set<string>();
  for (const namespace of currentServer()?._nsps.values() ?? [])
    for (const socket of (namespace.sockets as Map<string, LiveSocket>).values())
      if (socket.data.user.id) users.add(socket.data.user.id);
  for (const raw of rawConnections) if (raw.connected && raw.data.user.id) users.add(raw.data.user.id);
  return users;
};

/** Ids of everybody who is connected to any node. */
export const getConnectedUsers = async (): Promise<string[]> => {
  const elsewhere = await query<{ user_id: string }>('select distinct user_id from online where node_id <> $1', [
    nodeId,
  ]);
  return [...new Set([...connectedHere(), ...elsewhere.map(({ user_id }) => user_id)])].sort();
};

/** Whether this user is connected to any node. */
export const isUserConnected = async (userId: string): Promise<boolean> => {
  if (connectedHere().has(userId)) return true;
  const rows = await query('select 1 from online where user_id = $1 and node_id <> $2 limit 1', [userId, nodeId]);
  return rows.length > 0;
};

let written = new Map<string, number>();

/** Whom the other nodes should know to have many connections; of the rest that they are connected is enough. */
const MANY = Math.ceil(config.WS_MAX_CONNECTIONS_PER_USER / 4);
const noted = (userId: string): number => {
  const count = placesOf(userId);
  return count >= MANY ? count : 1;
};

const write = async () => {
  const now = new Map([...connectedHere()].map((id) => [id, noted(id)]));
  const changed = [...now].filter(([id, count]) => written.get(id) !== count);
  const left = [...written.keys()].filter((id) => !now.has(id));
  if (changed.length > 0)
    await query(
      `insert into online (node_id, user_id, connections) select $1, * from unnest($2::text[], $3::int[])
       on conflict (node_id, user_id) do update set connections = excluded.connections`,
      [nodeId, changed.map(([id]) => id), changed.map(([, count]) => count)],
    );
  if (left.length > 0) await query('delete from online where node_id = $1 and user_id = any($2)', [nodeId, left]);
  written = now;
};

/** A node that missed its beat may be dead: its people come to us now and must not be refused for where they were. */
const SILENT_SECONDS = 7;

const readElsewhere = async () => {
  const rows = await query<{ user_id: string; count: number }>(
    `select o.user_id, sum(o.connections)::int as count from online o join nodes n on n.id = o.node_id
     where o.node_id <> $1 and o.connections >= $2 and n.seen_at > now() - make_interval(secs => $3) group by o.user_id`,
    [nodeId, MANY, SILENT_SECONDS],
  );
  setPlacesElsewhere(new Map(rows.map(({ user_id, count }) => [user_id, count])));
};

const EVERY_MS = 1_000;
/** A node that was taken for dead has lost its rows: now and then all are written again. */
const REWRITE_EVERY = 30;

/** Tells the other nodes who is connected here, until the returned function is called. */
export const startOnline = (): (() => Promise<void>) => {
  let round: Promise<void> | null = null;
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    if (count % REWRITE_EVERY === 0) written = new Map();
    round ??= write()
      .then(readElsewhere)
      .catch((error) => log.warn({ err: error }, 'could not tell who is connected here; trying again'))
      .finally(() => {
        round = null;
      });
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await round;
    written = new Map();
  };
};
