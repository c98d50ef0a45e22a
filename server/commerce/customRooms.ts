import type { User } from '../contract/auth.ts';
import { notFound } from '../platform/errors.ts';
import { publishEphemeral } from '../websocket/ephemeral.ts';
import { roomsOf, userRoom } from '../websocket/rooms.ts';
import { parseStream } from '../websocket/streams.ts';
import type { LiveSocket } from '../websocket/types.ts';
import { stockScope, transferRoom } from './access.ts';
import { getTransfer } from './transfers.ts';

/**
 * Rooms that clients name. A name with a known prefix is that thing's room and needs its read right; any other is a room
 * of the caller's company, apart from the same name in another.
 */

const custom = (user: User, name: string) =>
  `room:${encodeURIComponent(user.companyId ?? '')}/${encodeURIComponent(name)}`;

/** Prefixes whose rooms are joined on connecting: nobody gets in who is not in already. */
const OWN = /^(user|company|shop):|^super_admin$/;
const THING = /^(order|product|shipment):/;

/** The room behind a name that is given without asking the database. */
const directRoom = (user: User, name: string): string | null => {
  if (OWN.test(name)) {
    if (user.role === 'super_admin') return name;
    return roomsOf(user, '/').named.includes(name) ? name : null;
  }
  return THING.test(name) || name.startsWith('transfer:') ? null : custom(user, name);
};

/** The rooms of a thing that the user may read; null where they may not. */
const thingRooms = async (user: User, name: string): Promise<string[] | null> => {
  if (name.startsWith('transfer:')) {
    const id = name.slice('transfer:'.length);
    await getTransfer(stockScope(user), id);
    return [transferRoom(id)];
  }
  const stream = THING.test(name) ? parseStream(name, '/') : undefined;
  if (!stream) return null;
  const { kind, id } = stream;
  const view = (await kind.authorize(user, [id])).get(id);
  return view === undefined ? null : [kind.room(id, view, user), ...(kind.moreRooms?.(id, view, user) ?? [])];
};

/** What a socket joined by `join_room`: the name it knows → the rooms behind it. */
const joined = new WeakMap<LiveSocket, Map<string, string[]>>();

/** Throws NOT_FOUND where the user may not be in it, which looks the same as where there is none. */
export const joinRoom = async (socket: LiveSocket, name: string): Promise<void> => {
  const { user } = socket.data;
  const direct = directRoom(user, name);
  const rooms = direct === null ? await thingRooms(user, name) : [direct];
  if (!rooms) throw notFound('Room');
  if (!socket.connected) return;
  const mine = joined.get(socket) ?? new Map<string, string[]>();
  mine.set(name, rooms);
  joined.set(socket, mine);
  void socket.join(rooms);
};

/** Rooms that belong to the connection stay: those of its user, company and shops, and what it is subscribed to. */
export const leaveRoom = (socket: LiveSocket, name: string): void => {
  const rooms = joined.get(socket)?.get(name) ?? [];
  joined.get(socket)?.delete(name);
  endTyping(socket, name);
  if (roomsOf(socket.data.user, '/').named.includes(name) || socket.data.streams.has(name)) return;
  for (const room of rooms) void socket.leave(room);
};

// Typing

const SILENCE_MS = 5_000;
type Writer = { rooms: string[]; timer: NodeJS.Timeout };
const writers = new WeakMap<LiveSocket, Map<string, Writer>>();

/** The rooms behind a name in which this socket is. */
const roomsIn = (socket: LiveSocket, name: string): string[] => {
  const direct = directRoom(socket.data.user, name);
  const rooms = joined.get(socket)?.get(name) ?? [direct ?? name];
  return rooms.filter((room) => socket.rooms.has(room));
};

const tell = (socket: LiveSocket, roomId: string, rooms: string[], isTyping: boolean) => {
  const { id: userId, username } = socket.data.user;
  publishEphemeral({
    namespace: '/',
    rooms,
    type: 'typing',
    // The end of typing must not wait behind its beginning, nor be overtaken by it: one entity for both.
    entity: JSON.stringify([rooms[0], userId]),
    fields: { roomId, userId, username, isTyping },
    except: [userRoom(userId)],
  });
};

const endTyping = (socket: LiveSocket, name: string): void => {
  const mine = writers.get(socket);
  const writer = mine?.get(name);
  if (!mine || !writer) return;
  clearTimeout(writer.timer);
  mine.delete(name);
  tell(socket, name, writer.rooms, false);
};

/** Says that somebody types, or no longer does; it ends by itself after a silence, on leaving and on disconnecting. */
export const setTyping = (socket: LiveSocket, name: string, isTyping: boolean): void => {
  const rooms = roomsIn(socket, name);
  if (rooms.length === 0) throw notFound('Room');
  if (!isTyping) {
    if (writers.get(socket)?.has(name)) endTyping(socket, name);
    else tell(socket, name, rooms, false);
    return;
  }
  let mine = writers.get(socket);
  if (!mine) {
    mine = new Map();
    writers.set(socket, mine);
    socket.once('disconnect', () => {
      for (const room of [...(writers.get(socket)?.keys() ?? [])]) endTyping(socket, room);
    });
  }
  const before = mine.get(name);
  if (before) clearTimeout(before.timer);
  mine.set(name, { rooms, timer: setTimeout(() => endTyping(socket, name), SILENCE_MS).unref() });
  tell(socket, name, rooms, true);
};
