import type { Viewer } from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { nodeId } from './nodes.ts';
import type { LiveSocket } from './types.ts';

/**
 * Who looks at what, on all nodes. Each node knows its own sockets at once and writes them to the table `viewers`,
 * from which it reads the others'. A node that dies loses its row in `nodes` and with it all its viewers.
 */

export type Presence = { room: string; socketId: string; userId: string; username: string; since: Date };
type Change = { room: string; left: Presence[]; came: Presence[]; count: number };

/** room → socket id → presence, of this node and of the others. */
const own = new Map<string, Map<string, Presence>>();
const others = new Map<string, Map<string, Presence>>();

let announce: (change: Change) => void = () => {};
/** Sets who tells this node's sockets of viewers that come and go. */
export const onPresenceChange = (listener: typeof announce) => {
  announce = listener;
};

// Writes of one tick go together; an order between them matters only for the same socket and room: the last wins.
let pending = new Map<string, { presence: Presence; here: boolean }>();
let writing: Promise<void> = Promise.resolve();

const write = async () => {
  const batch = [...pending.values()];
  pending = new Map();
  const came = batch.filter(({ here }) => here).map(({ presence }) => presence);
  const left = batch.filter(({ here }) => !here).map(({ presence }) => presence);
  try {
    if (left.length > 0)
      await query(
        `delete from viewers v using unnest($2::text[], $3::text[]) as gone(socket_id, room)
         where v.node_id = $1 and v.socket_id = gone.socket_id and v.room = gone.room`,
        [nodeId, left.map(({ socketId }) => socketId), left.map(({ room }) => room)],
      );
    if (came.length > 0)
      await query(
        `insert into viewers (node_id, socket_id, room, user_id, username, since)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         on conflict do nothing`,
        [
          nodeId,
          came.map(({ socketId }) => socketId),
          came.map(({ room }) => room),
          came.map(({ userId }) => userId),
          came.map(({ username }) => username),
          came.map(({ since }) => since),
        ],
      );
  } catch (error) {
    // `refreshPresence` writes all of them again at the next beat.
    log.warn({ err: error }, 'presence could not be written; trying again with the next beat');
  }
};

const enqueue = (presence: Presence, here: boolean) => {
  if (pending.size === 0)
    writing = writing.then(() => new Promise<void>((resolve) => setImmediate(() => resolve(write()))));
  pending.set(`${presence.socketId} ${presence.room}`, { presence, here });
};

const membersOf = (room: string) => [...(own.get(room)?.values() ?? []), ...(others.get(room)?.values() ?? [])];
const countUsers = (room: string) => new Set(membersOf(room).map(({ userId }) => userId)).size;

/** Rooms that a socket of this node looks at, by socket id. */
const roomsOfSocket = new Map<string, Set<string>>();

/** Notes that a socket looks at `room` and tells the others there. Looking twice changes nothing. */
export const enter = (room: string, socket: LiveSocket): void => {
  const present = own.get(room) ?? new Map<string, Presence>();
  // A socket that closed while its subscription was read would look on for ever.
  if (!socket.connected || present.has(socket.id)) return;
  const rooms = roomsOfSocket.get(socket.id);
  if (rooms) rooms.add(room);
  else roomsOfSocket.set(socket.id, new Set([room]));
  const { user } = socket.data;
  const presence = { room, socketId: socket.id, userId: user.id, username: user.username, since: new Date() };
  present.set(socket.id, presence);
  own.set(room, present);
  enqueue(presence, true);
  announce({ room, came: [presence], left: [], count: countUsers(room) });
};

/** Notes that a socket no longer looks at `room` and tells the others there. */
export const leave = (room: string, socketId: string): void => {
  const present = own.get(room);
  const presence = present?.get(socketId);
  if (!present || !presence) return;
  present.delete(socketId);
  if (present.size === 0) own.delete(room);
  roomsOfSocket.get(socketId)?.delete(room);
  enqueue(presence, false);
  announce({ room, came: [], left: [presence], count: countUsers(room) });
};

/** Notes that a socket is gone. */
export const leaveAll = (socketId: string): void => {
  for (const room of roomsOfSocket.get(socketId) ?? []) leave(room, socketId);
  roomsOfSocket.delete(socketId);
};

type Row = { room: string; socket_id: string; user_id: string; username: string; since: Date };
const readOthers = async (rooms: string[]): Promise<Presence[]> => {
  const rows = await query<Row>(
    'select room, socket_id, user_id, username, since from viewers where room = any($1) and node_id <> $2',
    [rooms, nodeId],
  );
  return rows.map((row) => ({
    room: row.room,
    socketId: row.socket_id,
    userId: row.user_id,
    username: row.username,
    since: row.since,
  }));
};

/**
 * Writes this node's viewers if the table lacks them, reads the other nodes' of the rooms that are looked at here,
 * and tells of the difference. Called with every beat of the node.
 */
export const refreshPresence = async (): Promise<void> => {
  await writing;
  const rooms = [...new Set([...own.keys(), ...others.keys()])];
  if (rooms.length === 0) return;
  const [row] = await query<{ count: number }>('select count(*)::int as count from viewers where node_id = $1', [
    nodeId,
  ]);
  const mine = [...own.values()].flatMap((present) => [...present.values()]);
  if (row!.count < mine.length) for (const presence of mine) enqueue(presence, true);
  const found = await readOthers(rooms);
  for (const room of rooms) {
    const before = others.get(room) ?? new Map<string, Presence>();
    const now = new Map(
      found.filter((presence) => presence.room === room).map((presence) => [presence.socketId, presence]),
    );
    const came = [...now.values()].filter(({ socketId }) => !before.has(socketId));
    const left = [...before.values()].filter(({ socketId }) => !now.has(socketId));
    if (now.size === 0 || !own.has(room)) others.delete(room);
    else others.set(room, now);
    if (own.has(room) && came.length + left.length > 0) announce({ room, came, left, count: countUsers(room) });
  }
};

/** Everybody who looks at `room` on any node, a line a user, with the earliest moment. */
export const viewersOf = async (room: string): Promise<Viewer[]> => {
  const all = [...(own.get(room)?.values() ?? []), ...(await readOthers([room]))];
  const byUser = new Map<string, Viewer>();
  for (const { userId, username, since } of all) {
    const viewer = byUser.get(userId);
    const moment = since.toISOString();
    if (!viewer) byUser.set(userId, { userId, username, sockets: 1, since: moment });
    else {
      viewer.sockets += 1;
      if (moment < viewer.since) viewer.since = moment;
    }
  }
  return [...byUser.values()].sort((a, b) => a.since.localeCompare(b.since));
};
