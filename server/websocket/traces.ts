import type { User } from '../contract/auth.ts';
import { config } from '../platform/config.ts';
import type { Committed } from './committed.ts';
import type { LiveSocket } from './types.ts';

/**
 * What this node remembers for who asks later why somebody did not see something: its last deliveries, the last times a
 * socket began or ceased to follow a stream, and the last connections that ended. Three rings of TRACE_ENTRIES; a
 * delivery is one entry however many sockets it went to, and live sockets are looked at only when somebody asks.
 */

export const startedAt = Date.now();

const createRing = <Entry extends { at: number }>() => {
  const entries: Entry[] = [];
  let next = 0;
  return {
    add: (entry: Entry): void => {
      entries[next] = entry;
      next = (next + 1) % config.TRACE_ENTRIES;
    },
    /** Those for which `matches` holds, oldest first. */
    find: (matches: (entry: Entry) => boolean): Entry[] =>
      [...entries.slice(next), ...entries.slice(0, next)].filter(matches),
    /** Everything from this moment on is remembered (ms). */
    since: (): number => (entries.length < config.TRACE_ENTRIES ? startedAt : entries[next]!.at),
  };
};

/** One event brought to this node's sockets. `way`: how this node learned of it. */
export type Delivery = { at: number; stream: string; version: number; way: 'here' | 'hint' | 'tail' };
export const deliveries = createRing<Delivery>();
export const noteDelivery = ({ stream, version, way }: Committed): void => {
  if (stream !== null && version !== null) deliveries.add({ at: Date.now(), stream, version, way: way ?? 'tail' });
};

/** A socket that began to follow a stream, and has it up to `version`; null: it ceased to. */
export type Turn = { at: number; stream: string; socketId: string; userId: string; version: number | null };
export const turns = createRing<Turn>();
export const noteTurn = ({ id, data }: LiveSocket, stream: string, version: number | null): void =>
  turns.add({ at: Date.now(), stream, socketId: id, userId: data.user.id, version });

/** What clients say they have of their streams, by name in the database. Most never say anything. */
const acknowledged = new WeakMap<LiveSocket, Map<string, number>>();
export const acknowledgedBy = (socket: LiveSocket): ReadonlyMap<string, number> | undefined => acknowledged.get(socket);
/** Notes what a client says it has; of streams that it does not follow nothing is kept. */
export const noteAcknowledged = (socket: LiveSocket, versions: Record<string, number>): void => {
  const mine = acknowledged.get(socket) ?? new Map<string, number>();
  for (const [name, version] of Object.entries(versions)) {
    const stored = socket.data.streams.get(name);
    if (stored !== undefined) mine.set(stored, version);
  }
  if (mine.size > 0) acknowledged.set(socket, mine);
};

export type Ended = {
  at: number;
  socketId: string;
  user: User;
  namespace: string;
  connectedAt: number;
  because: string;
  streams: ReadonlySet<string>;
  acknowledged: ReadonlyMap<string, number> | undefined;
};
export const endings = createRing<Ended>();
/** Of one that followed hundreds of streams this many are remembered, so that the ring stays small. */
const MAX_STREAMS = 50;
export const noteEnd = (socket: LiveSocket, because: string): void => {
  const { user, connectedAt, streams } = socket.data;
  endings.add({
    at: Date.now(),
    socketId: socket.id,
    user,
    namespace: socket.nsp.name,
    connectedAt,
    because: reasons.get(socket.conn) ?? because,
    streams: new Set([...streams.values()].slice(0, MAX_STREAMS)),
    acknowledged: acknowledged.get(socket),
  });
};

/** Why we are about to close a connection, where its own reason would only say that we did. */
const reasons = new WeakMap<object, string>();
export const willEnd = (connection: object, because: string): void => {
  reasons.set(connection, because);
};
