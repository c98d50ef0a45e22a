import type { WebSocket } from 'ws';
import { config } from '../platform/config.ts';
import { log } from '../platform/log.ts';
import { slowClientsDisconnected } from '../platform/metrics.ts';
import { SLOW_ROOM } from './delivery.ts';
import { willEnd } from './traces.ts';
import type { LiveServer, LiveSocket } from './types.ts';

/**
 * A connection that does not read keeps what it is owed in our memory. Above WS_MAX_BUFFERED_BYTES it gets no
 * ephemeral events; if that lasts 10 s, or at eight times the bound at once, it is closed and may come back.
 */

const GRACE_MS = 10_000;
const HARD_FACTOR = 8;
/** Why a connection ended that was cut for this. */
export const DID_NOT_READ = 'it did not read what waited for it';
const slowSince = new WeakMap<object, number>();

type Packet = { data?: string | Buffer };
/** The parts of engine.io's socket that its types keep to themselves. */
type EngineSocket = {
  id: string;
  writeBuffer: Packet[];
  transport: { socket?: WebSocket };
  /** See `joinedFrames`. */
  unsent?: number;
  close: (discard: boolean) => void;
};

/** Bytes waiting for one connection: in engine.io's queue, in ws, in the stream, and past it. */
export const bufferedBytes = (connection: EngineSocket): number => {
  let bytes = (connection.transport.socket?.bufferedAmount ?? 0) + (connection.unsent ?? 0);
  for (const { data } of connection.writeBuffer) bytes += data?.length ?? 1;
  return bytes;
};

const cut = (connection: EngineSocket) => {
  slowClientsDisconnected.inc();
  log.info({ engineId: connection.id }, 'closed a connection that does not read');
  willEnd(connection, DID_NOT_READ);
  // `discard`: a graceful close would wait for the very reader that does not read.
  connection.close(true);
  connection.transport.socket?.terminate();
};

/** The sockets of one connection: one a namespace. */
function* socketsOf(io: LiveServer, connection: EngineSocket): Generator<LiveSocket> {
  for (const namespace of io._nsps.values())
    for (const socket of (namespace.sockets as Map<string, LiveSocket>).values())
      if ((socket.conn as unknown) === connection) yield socket;
}

/** Looks at every connection once, also those that joined no namespace; see above. `now` in ms. */
const sweep = (io: LiveServer, now: number) => {
  const connections = (io.engine as unknown as { clients: Record<string, EngineSocket> }).clients;
  for (const connection of Object.values(connections)) {
    const bytes = bufferedBytes(connection);
    if (bytes <= config.WS_MAX_BUFFERED_BYTES) {
      if (slowSince.delete(connection)) for (const socket of socketsOf(io, connection)) void socket.leave(SLOW_ROOM);
      continue;
    }
    const since = slowSince.get(connection) ?? now;
    if (!slowSince.has(connection)) {
      slowSince.set(connection, since);
      // Once, since it looks through all sockets: a storm of slow ones must not cost the square of their number.
      for (const socket of socketsOf(io, connection)) void socket.join(SLOW_ROOM);
    }
    if (now - since >= GRACE_MS || bytes > config.WS_MAX_BUFFERED_BYTES * HARD_FACTOR) cut(connection);
  }
};

export const startBackpressure = (io: LiveServer): (() => void) => {
  const timer = setInterval(() => sweep(io, Date.now()), 500);
  return () => clearInterval(timer);
};
