import { deliverySeconds, ephemeralDropped, eventsDelivered } from '../platform/metrics.ts';
import { type Committed, toDurable, toWire } from './committed.ts';
import { countMembers, fanOut } from './fanOut.ts';
import { kindOf } from './streams.ts';
import { noteDelivery } from './traces.ts';
import type { LiveServer, LiveSocket } from './types.ts';

/**
 * The one place that emits to rooms. Each node serves its own sockets (`local`), so no adapter between nodes can delay
 * or lose a durable event.
 */

let io: LiveServer | null = null;
export const setServer = (server: LiveServer | null) => {
  io = server;
};

/** The server while there is one, for those who only ask who is connected. */
export const currentServer = (): LiveServer | null => io;

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

/** Sends each of the stream's other views to its own room, and to nobody who already got a fuller one. */
const deliverViews = (io: LiveServer, event: Committed, except: string[]): number => {
  const kind = event.stream === null ? undefined : kindOf(event.stream);
  if (!kind?.views) return 0;
  const id = event.stream!.slice(kind.prefix.length + 1);
  const fuller = [...event.rooms, ...except];
  let copies = 0;
  for (const view of kind.views) {
    const room = kind.room(id, view);
    // Most streams have nobody in most views: what nobody gets is not made.
    if (countMembers(io, event.namespace, [room]) === 0) continue;
    const redacted = kind.redact?.(toDurable(event), view);
    if (redacted) copies += fanOut(io, event.namespace, [room], redacted, fuller);
    fuller.push(room);
  }
  return copies;
};

/** Sends a committed event to this node's sockets in its rooms, one copy each, as each may see it. */
export const deliver = (event: Committed): void => {
  if (!io) return;
  const joining = event.stream === null ? undefined : holders.get(event.stream);
  if (joining) for (const holder of joining) holder.events.push(event);
  // A joining socket may already be in a wider room of this event: its copy comes after the ack, in order.
  const except = joining ? [...joining].map(({ socket }) => socket.id) : [];
  // Of most changes of a thing somebody is told and others are not: what nobody gets is not made.
  const told =
    countMembers(io, event.namespace, event.rooms) > 0
      ? fanOut(io, event.namespace, event.rooms, toWire(event), except)
      : 0;
  const copies = told + deliverViews(io, event, except);
  noteDelivery(event);
  // The event's time is the database's: a clock that differs may put it into the future.
  if (copies > 0) deliverySeconds.observe(Math.max(0, Date.now() - event.at.getTime()) / 1000);
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
  const slow = countMembers(io, namespace, [SLOW_ROOM]);
  if (slow > 0) ephemeralDropped.inc(slow);
  if (countMembers(io, namespace, rooms) === 0) return;
  fanOut(io, namespace, rooms, { type, timestamp: new Date().toISOString(), ...fields }, [SLOW_ROOM, ...except]);
};
