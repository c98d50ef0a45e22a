import type { Namespace } from 'socket.io';

/**
 * Who is in which room of a namespace, in place of what Socket.IO's adapter keeps: a Set for each socket's own room, one
 * for each person's room, one of rooms for each socket, and a copy of each room's name for each socket that joined it.
 * Most rooms of a socket are shared, most of the others hold nobody else, and hardly anybody asks for the list.
 */

/** `members`: the only one's id, or all ids. */
type Room = { readonly name: string; members: string | Set<string> };
/** Exactly as long as needed, or from MANY on a Set. */
type Joined = readonly Room[] | Set<Room>;
const MANY = 16;
const NONE: Joined = Object.freeze([]);

const withRoom = (joined: Joined, room: Room): Joined => {
  if (joined instanceof Set) return joined.add(room);
  return joined.length < MANY ? [...joined, room] : new Set([...joined, room]);
};
const withoutRoom = (joined: Joined, room: Room): Joined => {
  if (!(joined instanceof Set)) return joined.filter((one) => one !== room);
  joined.delete(room);
  return joined;
};
const isIn = (joined: Joined, room: Room): boolean =>
  joined instanceof Set ? joined.has(room) : joined.includes(room);

/** What Socket.IO and we ask of an adapter's rooms. A socket's own room, named by its id, is answered and not kept. */
class Rooms {
  readonly named = new Map<string, Room>();
  readonly #sockets: Namespace['sockets'];

  constructor(sockets: Namespace['sockets']) {
    this.#sockets = sockets;
  }

  get(name: string): Set<string> | undefined {
    const members = this.named.get(name)?.members;
    if (members instanceof Set) return members;
    if (members !== undefined) return new Set([members]);
    return this.#sockets.has(name) ? new Set([name]) : undefined;
  }

  has(name: string): boolean {
    return this.named.has(name) || this.#sockets.has(name);
  }

  keys(): IterableIterator<string> {
    return this.named.keys();
  }
}

/**
 * Replaces how `namespace` keeps the rooms of its sockets; nobody may have joined it yet. As before, the adapter tells by
 * `join-room` and `leave-room` who came and went, though not of sockets' own rooms.
 */
export const keepMemberships = ({ adapter, sockets }: Namespace): void => {
  const rooms = new Rooms(sockets);
  const { named } = rooms;
  const joinedBy = new Map<string, Joined>();

  const enter = (name: string, id: string): Room | null => {
    const room = named.get(name);
    if (!room) {
      const opened = { name, members: id };
      named.set(name, opened);
      adapter.emit('join-room', name, id);
      return opened;
    }
    if (room.members instanceof Set ? room.members.has(id) : room.members === id) return null;
    if (room.members instanceof Set) room.members.add(id);
    else room.members = new Set([room.members, id]);
    adapter.emit('join-room', name, id);
    return room;
  };
  const leave = (room: Room, id: string): void => {
    if (room.members instanceof Set) room.members.delete(id);
    if (!(room.members instanceof Set) || room.members.size === 0) named.delete(room.name);
    adapter.emit('leave-room', room.name, id);
  };

  Object.assign(adapter, {
    rooms,
    sids: joinedBy,
    addAll: (id: string, names: Set<string>) => {
      let joined = joinedBy.get(id) ?? NONE;
      for (const name of names) {
        const room = name === id ? null : enter(name, id);
        if (room) joined = withRoom(joined, room);
      }
      joinedBy.set(id, joined);
    },
    del: (id: string, name: string) => {
      const room = named.get(name);
      const joined = joinedBy.get(id);
      if (!room || !joined || !isIn(joined, room)) return;
      joinedBy.set(id, withoutRoom(joined, room));
      leave(room, id);
    },
    delAll: (id: string) => {
      for (const room of joinedBy.get(id) ?? NONE) leave(room, id);
      joinedBy.delete(id);
    },
    socketRooms: (id: string) => {
      const joined = joinedBy.get(id);
      return joined && new Set([id, ...[...joined].map(({ name }) => name)]);
    },
  });
};
