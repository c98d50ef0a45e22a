import type { Viewer } from '../contract/shipments.ts';
import { config } from '../platform/config.ts';
import type { LiveSocket } from './types.ts';
import { countOwn, notePresence, type Presence, presenceWritten, readOthers } from './viewerStore.ts';

/**
 * Who looks at what, on all nodes. Each node knows its own sockets at once and writes them to the table `viewers`,
 * from which it reads the others'. A node that dies loses its row in `nodes` and with it all its viewers.
 */

type Change = { room: string; came: Presence[]; left: Presence[]; count: number };

/** Who came or left and is still to be told to the others, by socket. */
type Waiting = Map<string, { presence: Presence; here: boolean }>;
/** `users` counts the sockets of each user, so that a room of thousands need not be walked to count its people. */
type Room = { sockets: Map<string, Presence>; users: Map<string, number>; waiting: Waiting | null };
const own = new Map<string, Room>();
const others = new Map<string, Map<string, Presence>>();
/** Rooms that a socket of this node looks at, by socket id. */
const roomsOfSocket = new Map<string, string | Set<string>>();
// Most look at one thing: a Set for each would cost every idle connection 200 bytes.
const addRoom = (socketId: string, room: string): void => {
  const rooms = roomsOfSocket.get(socketId);
  if (rooms instanceof Set) rooms.add(room);
  else roomsOfSocket.set(socketId, rooms === undefined ? room : new Set([rooms, room]));
};
const removeRoom = (socketId: string, room: string): void => {
  const rooms = roomsOfSocket.get(socketId);
  if (rooms instanceof Set) rooms.delete(room);
  else if (rooms === room) roomsOfSocket.delete(socketId);
};

let announce: ((change: Change) => void) | null = null;
/** Sets who tells this node's sockets of viewers that come and go; null when nobody is to be told any more. */
export const onPresenceChange = (listener: typeof announce): void => {
  announce = listener;
};

const countUsers = (room: string): number => {
  const here = own.get(room)?.users;
  const elsewhere = new Set<string>();
  for (const { userId } of others.get(room)?.values() ?? []) if (!here?.has(userId)) elsewhere.add(userId);
  return (here?.size ?? 0) + elsewhere.size;
};

/** In a larger room nobody follows single faces: the newest one a moment is told, with the count. */
const CROWD = 50;

const say = (name: string, { sockets }: Room, came: Presence[], left: Presence[]): void => {
  if (came.length + left.length === 0) return;
  const isCrowd = sockets.size > CROWD;
  announce?.({
    room: name,
    came: isCrowd ? came.slice(-1) : came,
    left: isCrowd ? left.slice(-1) : left,
    count: countUsers(name),
  });
};

/** Of one socket that came and went the last counts: that it left also concerns those who heard of it as they joined. */
const wait = (waiting: Waiting, presences: Presence[], here: boolean): void => {
  for (const presence of presences) waiting.set(presence.socketId, { presence, here });
};

/** Rooms in which somebody came or left a moment ago. */
let unsettled = 0;
/** Where many rooms fill up at once, faces come a second apart: to tell of each alone is most that joining would cost. */
const momentMs = (): number => (unsettled > CROWD ? 1_000 : 1000 / config.LOCATION_HZ);

/**
 * Tells a room's sockets here at once, and from then on of all that a moment brought together: of n who come at the
 * same time each would otherwise be a write of its own to all who came before.
 */
const tell = (name: string, came: Presence[], left: Presence[]): void => {
  const room = own.get(name);
  if (!announce || !room) return;
  if (room.waiting) {
    wait(room.waiting, came, true);
    wait(room.waiting, left, false);
    return;
  }
  room.waiting = new Map();
  say(name, room, came, left);
  unsettled += 1;
  setTimeout(() => {
    unsettled -= 1;
    const waiting = [...room.waiting!.values()];
    room.waiting = null;
    if (own.get(name) !== room || waiting.length === 0) return;
    const told = (isHere: boolean) => waiting.flatMap(({ presence, here }) => (here === isHere ? presence : []));
    tell(name, told(true), told(false));
  }, momentMs()).unref();
};

/** Lists made in this turn of the event loop: of a hundred faces each of those who come together would make its own. */
const listed = new Map<string, { limit: number; viewers: Viewer[] }>();

/** Notes that a socket looks at `room` and tells the others there. Looking twice changes nothing. */
export const enter = (name: string, socket: LiveSocket): void => {
  const room: Room = own.get(name) ?? { sockets: new Map(), users: new Map(), waiting: null };
  // A socket that closed while its subscription was read would look on for ever.
  if (!socket.connected || room.sockets.has(socket.id)) return;
  own.set(name, room);
  addRoom(socket.id, name);
  const { id: userId, username } = socket.data.user;
  const presence = { room: name, socketId: socket.id, userId, username, since: Date.now() };
  room.sockets.set(socket.id, presence);
  listed.delete(name);
  room.users.set(userId, (room.users.get(userId) ?? 0) + 1);
  notePresence(presence, true);
  tell(name, [presence], []);
};

/** Notes that a socket no longer looks at `room` and tells the others there. */
export const leave = (name: string, socketId: string): void => {
  const room = own.get(name);
  const presence = room?.sockets.get(socketId);
  if (!room || !presence) return;
  room.sockets.delete(socketId);
  listed.delete(name);
  const left = room.users.get(presence.userId)! - 1;
  if (left > 0) room.users.set(presence.userId, left);
  else room.users.delete(presence.userId);
  if (room.sockets.size === 0) own.delete(name);
  removeRoom(socketId, name);
  notePresence(presence, false);
  tell(name, [], [presence]);
};

/** Notes that a socket is gone. */
export const leaveAll = (socketId: string): void => {
  const rooms = roomsOfSocket.get(socketId) ?? [];
  for (const name of typeof rooms === 'string' ? [rooms] : [...rooms]) leave(name, socketId);
  roomsOfSocket.delete(socketId);
};

/** Those who ask in one tick get the same answer, from which there is something to learn once. */
const learned = new WeakSet<Presence[]>();
/** Takes what the table says of a room's viewers on other nodes, and tells of those who came and left since. */
const learn = (name: string, found: Presence[]): void => {
  if (learned.has(found)) return;
  learned.add(found);
  const before = others.get(name) ?? new Map<string, Presence>();
  const now = new Map(found.map((presence) => [presence.socketId, presence]));
  const came = found.filter(({ socketId }) => !before.has(socketId));
  const left = [...before.values()].filter(({ socketId }) => !now.has(socketId));
  if (now.size === 0 || !own.has(name)) others.delete(name);
  else others.set(name, now);
  if (came.length + left.length === 0) return;
  listed.delete(name);
  tell(name, came, left);
};

/**
 * Writes this node's viewers if the table lacks them, reads the other nodes' of the rooms that are looked at here,
 * and tells of the difference. Called with every beat of the node.
 */
export const refreshPresence = async (): Promise<void> => {
  await presenceWritten();
  const names = new Set([...own.keys(), ...others.keys()]);
  if (names.size === 0) return;
  const mine = [...own.values()].flatMap(({ sockets }) => [...sockets.values()]);
  if ((await countOwn()) < mine.length) for (const presence of mine) notePresence(presence, true);
  const found = await readOthers(names);
  for (const name of names) learn(name, found.get(name) ?? []);
};

const list = (name: string, elsewhere: Presence[], limit: number): Viewer[] => {
  const byUser = new Map<string, Viewer>();
  for (const presences of [own.get(name)?.sockets.values() ?? [], elsewhere])
    for (const { userId, username, since } of presences) {
      const viewer = byUser.get(userId);
      const moment = new Date(since).toISOString();
      if (viewer) {
        viewer.sockets += 1;
        if (moment < viewer.since) viewer.since = moment;
      } else if (byUser.size < limit) byUser.set(userId, { userId, username, sockets: 1, since: moment });
      else break;
    }
  return [...byUser.values()].sort((a, b) => a.since.localeCompare(b.since));
};

/**
 * Everybody who looks at `room` on any node, a line a user with the earliest moment, at most `limit` of them.
 * `others`: what `readOthers` just answered for this room.
 */
export const listViewers = (
  name: string,
  others: Map<string, Presence[]>,
  limit = Number.POSITIVE_INFINITY,
): Viewer[] => {
  const elsewhere = others.get(name) ?? [];
  if (!own.has(name)) return list(name, elsewhere, limit);
  // Who is named to somebody here must be missed when they go, also before the next beat.
  learn(name, elsewhere);
  const known = listed.get(name);
  if (known?.limit === limit) return known.viewers;
  const viewers = list(name, elsewhere, limit);
  if (listed.size === 0) setImmediate(() => listed.clear());
  listed.set(name, { limit, viewers });
  return viewers;
};

/** The same, asked now. */
export const viewersOf = async (name: string): Promise<Viewer[]> => listViewers(name, await readOthers([name]));
