import { batched, CROWD, gathered } from '../platform/batch.ts';
import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { nodeId } from './nodes.ts';

/** Which sockets of which node look at what, as the database knows it. */

/** `since` in ms since 1970: a Date for each would cost every idle connection. */
export type Presence = { room: string; socketId: string; userId: string; username: string; since: number };

const remove = (gone: Presence[]) =>
  query(
    `delete from viewers v using unnest($2::text[], $3::text[]) as gone(socket_id, room)
     where v.node_id = $1 and v.socket_id = gone.socket_id and v.room = gone.room`,
    [nodeId, gone.map(({ socketId }) => socketId), gone.map(({ room }) => room)],
  );

const add = (came: Presence[]) =>
  query(
    `insert into viewers (node_id, socket_id, room, user_id, username, since)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
     on conflict do nothing`,
    [
      nodeId,
      came.map(({ socketId }) => socketId),
      came.map(({ room }) => room),
      came.map(({ userId }) => userId),
      came.map(({ username }) => username),
      came.map(({ since }) => new Date(since)),
    ],
  );

// Writes of one tick go together, those of a crowd a little later; of several about one socket and room the last wins.
let pending = new Map<string, { presence: Presence; here: boolean }>();
let writing: Promise<void> = Promise.resolve();
let isCrowded = false;

const write = async () => {
  const batch = [...pending.values()];
  pending = new Map();
  isCrowded = batch.length >= CROWD;
  const came = batch.filter(({ here }) => here).map(({ presence }) => presence);
  const left = batch.filter(({ here }) => !here).map(({ presence }) => presence);
  try {
    if (left.length > 0) await remove(left);
    if (came.length > 0) await add(came);
  } catch (error) {
    // Whatever is missing is written again with the next beat of the node.
    log.warn({ err: error }, 'presence could not be written; trying again with the next beat');
  }
};

/** Notes that a socket of this node looks, or no longer looks, at a room. Written at the end of the tick, or of the crowd. */
export const notePresence = (presence: Presence, here: boolean): void => {
  if (pending.size === 0) writing = writing.then(() => gathered(isCrowded, () => pending.size)).then(write);
  pending.set(`${presence.socketId} ${presence.room}`, { presence, here });
};

/** Resolves when what was noted so far is written, or was given up until the next beat. */
export const presenceWritten = (): Promise<void> => writing;

/** How many places this node's sockets hold in the table. */
export const countOwn = async (): Promise<number> => {
  const [row] = await query<{ count: number }>('select count(*)::int as count from viewers where node_id = $1', [
    nodeId,
  ]);
  return row!.count;
};

type Row = { room: string; socket_id: string; user_id: string; username: string; since: Date };

/** Who looks at these rooms through other nodes, by room. Questions of one tick share a statement. */
export const readOthers = batched(async (rooms: string[]): Promise<Map<string, Presence[]>> => {
  const rows = await query<Row>(
    'select room, socket_id, user_id, username, since from viewers where room = any($1) and node_id <> $2',
    [rooms, nodeId],
  );
  const found = new Map<string, Presence[]>();
  for (const row of rows) {
    const presence = {
      room: row.room,
      socketId: row.socket_id,
      userId: row.user_id,
      username: row.username,
      since: row.since.getTime(),
    };
    const inRoom = found.get(row.room);
    if (inRoom) inRoom.push(presence);
    else found.set(row.room, [presence]);
  }
  return found;
});
