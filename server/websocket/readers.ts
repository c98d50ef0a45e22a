import type { JoinedConnection } from './joinedFrames.ts';
import type { LiveServer, LiveSocket } from './types.ts';

/**
 * Who hears what is sent to some rooms, as lists that stand until somebody joins or leaves one of these rooms. Looking up
 * each member of a room for each event costs more than all else but the system's own `send`; and who finds the same list
 * twice knows that nobody came or went in between.
 */
export type Readers = {
  count: number;
  /** Those whose frames may be joined. The same array for as long as it is the same people. */
  joined: readonly (readonly JoinedConnection[])[];
  /** Those who are served one by one: by polling, or upgraded from it. */
  others: readonly LiveSocket[];
};

/** With fewer members than this in each room, looking them up is cheaper than keeping lists. */
const WORTH_A_LIST = 16;
export const areMany = (members: number, rooms: string[]): boolean => members >= WORTH_A_LIST * rooms.length;
/** Lists of one namespace; the oldest goes first. */
const MOST = 1_000;

type Namespace = ReturnType<LiveServer['of']>;

const createLists = ({ adapter, sockets }: Namespace) => {
  const lists = new Map<string, { rooms: string[]; readers: Readers }>();
  /** Room → keys of the lists that it is part of. */
  const keysOf = new Map<string, Set<string>>();

  const drop = (key: string): void => {
    for (const room of lists.get(key)!.rooms) {
      const keys = keysOf.get(room);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(room);
    }
    lists.delete(key);
  };
  const moved = (rooms: Iterable<string>): void => {
    for (const room of rooms) for (const key of keysOf.get(room) ?? []) drop(key);
  };
  // Not by the adapter's events: who keeps rooms in another way need not send them.
  const { addAll, del, delAll } = adapter;
  adapter.addAll = (id, rooms) => {
    moved(rooms);
    return addAll.call(adapter, id, rooms);
  };
  adapter.del = (id, room) => {
    moved([room]);
    return del.call(adapter, id, room);
  };
  adapter.delAll = (id) => {
    moved(adapter.socketRooms(id) ?? []);
    delAll.call(adapter, id);
  };

  const add = (key: string, rooms: string[], readers: Readers): Readers => {
    if (lists.size >= MOST) drop(lists.keys().next().value!);
    lists.set(key, { rooms, readers });
    for (const room of rooms) {
      const keys = keysOf.get(room);
      if (keys) keys.add(key);
      else keysOf.set(room, new Set([key]));
    }
    return readers;
  };

  /** Members of `room` that are in none of `before`. */
  const read = (room: string, before: ReadonlySet<string>[]): Readers => {
    const joined: JoinedConnection[] = [];
    const others: LiveSocket[] = [];
    for (const id of adapter.rooms.get(room) ?? []) {
      if (before.some((ids) => ids.has(id))) continue;
      const socket = sockets.get(id) as LiveSocket | undefined;
      const connection = socket?.conn as unknown as Partial<JoinedConnection> | undefined;
      if (connection?.isJoined) joined.push(connection as JoinedConnection);
      else if (socket) others.push(socket);
    }
    return { count: joined.length + others.length, joined: joined.length > 0 ? [joined] : [], others };
  };

  const readersOf = (rooms: string[]): Readers => {
    const key = JSON.stringify(rooms);
    const known = lists.get(key);
    if (known) return known.readers;
    const sizeOf = (room: string) => adapter.rooms.get(room)?.size ?? 0;
    const [largest, ...smaller] = [...rooms].sort((a, b) => sizeOf(b) - sizeOf(a));
    if (smaller.length === 0) return add(key, rooms, read(largest!, []));
    // Where all are in the largest room, as a company's are in its own, its list is everybody's.
    let readers = readersOf([largest!]);
    const before = [largest!];
    for (const room of smaller) {
      const more = read(
        room,
        before.flatMap((name) => adapter.rooms.get(name) ?? []),
      );
      before.push(room);
      if (more.count > 0)
        readers = {
          count: readers.count + more.count,
          joined: [...readers.joined, ...more.joined],
          others: [...readers.others, ...more.others],
        };
    }
    return add(key, rooms, readers);
  };
  return readersOf;
};

const namespaces = new WeakMap<Namespace, (rooms: string[]) => Readers>();

/** Everybody in any of `rooms`, once. */
export const readersOf = (namespace: Namespace, rooms: string[]): Readers => {
  let find = namespaces.get(namespace);
  if (!find) {
    find = createLists(namespace);
    namespaces.set(namespace, find);
  }
  return find(rooms);
};
