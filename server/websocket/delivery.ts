import { deliverySeconds, ephemeralDropped, eventsDelivered } from '../platform/metrics.ts';
import { type Committed, toDurable, toWire } from './committed.ts';
import type { LiveServer, LiveSocket } from './types.ts';

/**
 * The one place that emits to rooms. Each node serves its own sockets (`local`), so no adapter between nodes can delay
 * or lose a durable event.
 */

let io: LiveServer | null = null;
export const setServer = (server: LiveServer | null) => {
  io = server;
};

/** Sockets that are too far behind get no ephemeral events; see backpressure. */
export const SLOW_ROOM = '#slow';

/** A socket between joining a stream and its ack: what arrives meanwhile is kept for after the ack. */
export type Holder = { socket: LiveSocket; events: Committed[] };
const holders = new Map<string, Set<Holder>>();

export const hold = (stream: string, socket: LiveSocket): Holder => {
  const holder = { socket, events: [] };
  const others = holders.get(stream);
  if (others) others.add(holder);
  else holders.set(stream, new Set([holder]));
  return holder;
};

/** Ends the holding; answers what was kept. */
export const release = (stream: string, holder: Holder): Committed[] => {
  const others = holders.get(stream);
  others?.delete(holder);
  if (others?.size === 0) holders.delete(stream);
  return holder.events;
};

const countMembers = (namespace: string, rooms: string[]) => {
  const members = io!.of(namespace).adapter.rooms;
  // Members of several rooms get one copy but are counted by each; the counter is for trends, not for accounts.
  return rooms.reduce((sum, room) => sum + (members.get(room)?.size ?? 0), 0);
};

/** Sends a committed event to this node's sockets in its rooms, one copy each. */
export const deliver = (event: Committed): void => {
  if (!io) return;
  const joining = event.stream === null ? undefined : holders.get(event.stream);
  if (joining) for (const holder of joining) holder.events.push(event);
  const copies = countMembers(event.namespace, event.rooms);
  if (copies === 0) return;
  eventsDelivered.inc({ type: event.type }, copies);
  const rooms = io.of(event.namespace).local.to(event.rooms);
  // A joining socket may already be in a wider room of this event: its copy comes after the ack, in order.
  const target = joining ? rooms.except([...joining].map(({ socket }) => socket.id)) : rooms;
  target.emit(event.type, toWire(event));
  // The event's time is the database's: a clock that differs may put it into the future.
  deliverySeconds.observe(Math.max(0, Date.now() - event.at.getTime()) / 1000);
};

/** Sends one socket a durable event that was kept back or that is its own affair. */
export const deliverTo = (socket: LiveSocket, event: Committed): void => {
  eventsDelivered.inc({ type: event.type });
  socket.emit(event.type, toDurable(event));
};

/** Sends an ephemeral event to this node's sockets in `rooms`, but for those that are too far behind. */
export const deliverEphemeral = (
  namespace: string,
  rooms: string[],
  type: string,
  fields: Record<string, unknown>,
  except: string[] = [],
): void => {
  if (!io) return;
  const slow = io.of(namespace).adapter.rooms.get(SLOW_ROOM)?.size ?? 0;
  if (slow > 0) ephemeralDropped.inc(slow);
  const copies = countMembers(namespace, rooms);
  if (copies === 0) return;
  eventsDelivered.inc({ type }, copies);
  io.of(namespace)
    .local.to(rooms)
    .except([SLOW_ROOM, ...except])
    .emit(type, { type, timestamp: new Date().toISOString(), ...fields });
};
