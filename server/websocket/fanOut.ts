import type { ServerEvent } from '../contract/common.ts';
import { eventsDelivered } from '../platform/metrics.ts';
import { encode, oweToAll, sendTo } from './joinedFrames.ts';
import { countRaw, sendToRaw } from './rawRooms.ts';
import { areMany, readersOf } from './readers.ts';
import type { LiveServer } from './types.ts';

/** The packet of Socket.IO's protocol 5 for an event without binary parts; events are JSON only. */
const packetOf = (namespace: string, wire: ServerEvent): string =>
  `2${namespace === '/' ? '' : `${namespace},`}${JSON.stringify([wire.type, wire])}`;

/** How many memberships this node has in `rooms`; somebody in two of them counts twice. */
export const countMembers = (io: LiveServer, namespace: string, rooms: string[]): number => {
  const members = io.of(namespace).adapter.rooms;
  return rooms.reduce((sum, room) => sum + (members.get(room)?.size ?? 0) + countRaw(namespace, room), 0);
};

/**
 * Sends `wire` to this node's sockets in `rooms` and in none of `except` (rooms, or ids of sockets), one copy each.
 * Answers how many got it. Only this node's: no adapter between nodes can delay or lose it.
 */
export const fanOut = (
  io: LiveServer,
  namespace: string,
  rooms: string[],
  wire: ServerEvent,
  except: string[] = [],
): number => {
  const { adapter, sockets } = io.of(namespace);
  const inhabited = rooms.flatMap((room) => adapter.rooms.get(room) ?? []);
  const raw = sendToRaw(namespace, rooms, except, wire);
  if (raw > 0) eventsDelivered.inc({ type: wire.type }, raw);
  if (inhabited.length === 0) return raw;
  const left = except.flatMap((room) => adapter.rooms.get(room) ?? []);
  const encoded = encode(packetOf(namespace, wire));
  const members = inhabited.reduce((sum, { size }) => sum + size, 0);
  if (left.length === 0 && areMany(members, rooms)) {
    const { count, joined, others } = readersOf(io.of(namespace), rooms);
    oweToAll(joined, encoded.frame);
    for (const socket of others) sendTo(socket, encoded);
    eventsDelivered.inc({ type: wire.type }, count);
    return count + raw;
  }
  // Nobody is in one room twice; in several, or in one to be left out, each has to be looked for.
  const reached = inhabited.length > 1 ? new Set<string>() : null;
  let copies = 0;
  for (const ids of inhabited)
    for (const id of ids) {
      if (reached?.has(id) || (left.length > 0 && left.some((others) => others.has(id)))) continue;
      reached?.add(id);
      const socket = sockets.get(id);
      if (!socket) continue;
      sendTo(socket, encoded);
      copies += 1;
    }
  if (copies > 0) eventsDelivered.inc({ type: wire.type }, copies);
  return copies + raw;
};
