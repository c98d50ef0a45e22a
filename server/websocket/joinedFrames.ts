import type { Socket } from 'node:net';
import * as ws from 'ws';
import type { LiveSocket } from './types.ts';

/**
 * Fan-out as few bytes and calls as a socket can be served with. What one turn of the event loop owes to a connection is
 * written at its end as one piece, and connections that are owed the same share that piece: an event is encoded once,
 * framed once and joined once, whatever the number of its readers. Going through Socket.IO's queue instead costs a
 * packet object, a callback and several events for every reader of every event.
 *
 * Only for a plain WebSocket with nothing waiting in engine.io's own queue; all others (polling, upgrading, compressed,
 * binary) go the ordinary way. `keepOrder` makes the two ways one: before a packet of the ordinary way leaves, the
 * frames that were owed earlier do.
 */

/** What a `WebSocketConnection` is, and the parts of engine.io's socket that its types keep to themselves. */
type Connection = {
  readyState: string;
  /** Only a `WebSocketConnection`'s: all that it sends goes this way, and while it is open it may. */
  isJoined?: true;
  /** Bytes that the system did not take yet of what `write` gave it past the stream's queue. */
  unsent?: number;
  /** Kept here, not in a map: looking up 2,000 connections for each of 16 events is most of what a burst costs. */
  owed?: Owed | null;
  upgrading: boolean;
  writeBuffer: readonly unknown[];
  write: (data: string, options: object) => void;
  transport: { name: string; perMessageDeflate?: unknown; socket?: object };
};
export type JoinedConnection = Connection & { isJoined: true };
type Ordered = Connection & { on: (event: 'packetCreate', listener: (this: Connection) => void) => void };
type PlainSocket = {
  readyState: number;
  extensions: string;
  _sender: { sendFrame: (frames: Buffer[]) => void };
  _socket: Socket;
};
/** Exported by `ws`, but not in its types. */
const { Sender } = ws as unknown as { Sender: { frame: (data: Buffer, options: object) => Buffer[] } };

/** What was owed to a connection so far in this turn: its last frame, and what came before. Shared by all who owe the same. */
type Owed = { frame: Buffer; before: Owed | null; length: number; next: Owed | null; joined: Buffer | null };

type Lists = readonly (readonly JoinedConnection[])[];

/** Connections that were owed something in this turn; one whose turn has come before is owed nothing any more. */
let owing: Connection[] = [];
/** The first frame of a turn, for those who are owed nothing yet. */
let first: Owed | null = null;
let scheduled = false;

const after = (before: Owed | null, frame: Buffer): Owed => {
  // All readers of a room append the same frame to the same node, one after the other.
  const known = before ? before.next : first;
  if (known?.frame === frame) return known;
  const node: Owed = {
    frame,
    before,
    length: (before?.length ?? 0) + frame.length,
    next: null,
    joined: before ? null : frame,
  };
  if (before) before.next = node;
  else first = node;
  return node;
};

const framesOf = (node: Owed): Buffer[] => {
  const frames: Buffer[] = [];
  for (let at: Owed | null = node; at; at = at.before) frames.push(at.frame);
  return frames.reverse();
};

const join = (node: Owed): Buffer => {
  node.joined ??= Buffer.concat(framesOf(node), node.length);
  return node.joined;
};

/**
 * A socket that waits for nothing is written to past its stream's queue: an entry, two callbacks and a turn of
 * `process.nextTick` less are half a microsecond of the ten that a reader costs. What the system does not take at once
 * is counted in `unsent`; until it did, what comes next goes the ordinary way, so that all waits in one order.
 */
const writeDirect = (connection: Connection, socket: Socket, data: Buffer): void => {
  connection.unsent = data.length;
  socket._write(data, 'buffer' as BufferEncoding, (error) => {
    connection.unsent = 0;
    if (error) socket.destroy(error);
  });
};

const write = (connection: Connection, data: Buffer): void => {
  const socket = connection.transport.socket as PlainSocket | undefined;
  // One that is closing takes nothing more; it resumes when it comes back.
  if (socket?.readyState !== ws.WebSocket.OPEN) return;
  if (connection.unsent === 0 && socket._socket.writableLength === 0) writeDirect(connection, socket._socket, data);
  else socket._sender.sendFrame([data]);
};

/** What this turn owes to the same many, behind what it owes to each of them; see `oweToAll`. */
let owedToAll: { lists: Lists; node: Owed } | null = null;

/** Makes what is owed to many what is owed to each of them, before one of them is owed something more. */
const divide = (): void => {
  if (!owedToAll) return;
  const { lists, node } = owedToAll;
  owedToAll = null;
  const frames = framesOf(node);
  for (const list of lists)
    for (const connection of list) {
      if (connection.readyState !== 'open') continue;
      if (connection.owed) for (const frame of frames) connection.owed = after(connection.owed, frame);
      else {
        owing.push(connection);
        connection.owed = node;
      }
    }
};

const writeAll = (): void => {
  scheduled = false;
  if (owing.length > 0) divide();
  const connections = owing;
  const all = owedToAll;
  owing = [];
  owedToAll = null;
  first = null;
  for (const connection of connections) writeOwed(connection);
  if (!all) return;
  const data = join(all.node);
  for (const list of all.lists) for (const connection of list) write(connection, data);
};

const schedule = (): void => {
  if (scheduled) return;
  scheduled = true;
  setImmediate(writeAll);
};

/** Writes what is owed to a connection before the turn ends. */
export const writeOwed = (connection: Connection): void => {
  if (connection.isJoined) divide();
  const node = connection.owed;
  if (!node) return;
  connection.owed = null;
  write(connection, join(node));
};

/** Drops what is owed to a connection. */
export const forgetOwed = (connection: Connection): void => {
  connection.owed = null;
};

/** `this` is the connection: one function serves all of them. */
function beforePacket(this: Connection): void {
  writeOwed(this);
}

/** Has to see every connection once: from then on its joined frames and its ordinary packets leave in one order. */
export const keepOrder = (connection: unknown): void => {
  const ordered = connection as Ordered;
  if (!ordered.isJoined) ordered.on('packetCreate', beforePacket);
};

const isPlain = (connection: Connection): boolean => {
  if (connection.readyState !== 'open' || connection.isJoined) return connection.readyState === 'open';
  const { upgrading, writeBuffer, transport } = connection;
  return (
    transport.name === 'websocket' &&
    !upgrading &&
    writeBuffer.length === 0 &&
    !transport.perMessageDeflate &&
    (transport.socket as PlainSocket | undefined)?.extensions === ''
  );
};

/** Opcodes of a WebSocket frame (RFC 6455, 5.2). */
export const FRAME = { text: 1, binary: 2 } as const;

/** A whole WebSocket frame; servers do not mask. */
export const frameOf = (data: string | Buffer, opcode: number = FRAME.text): Buffer => {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  return Buffer.concat(Sender.frame(bytes, { fin: true, rsv1: false, opcode, mask: false, readOnly: true }));
};

/** An event on its way to many: what Socket.IO's encoder made of it, and the WebSocket frame around that. */
export type Encoded = { text: string; frame: Buffer };

/** Frames a Socket.IO packet of text; `text` as its encoder answers it, without engine.io's type: "4", a message. */
export const encode = (text: string): Encoded => ({ text, frame: frameOf(`4${text}`) });

/** Leaves `frame` for the end of this turn, behind whatever else the connection is owed. */
export const oweTo = (connection: Connection, frame: Buffer): void => {
  if (connection.isJoined) divide();
  if (!connection.owed) owing.push(connection);
  connection.owed = after(connection.owed ?? null, frame);
  schedule();
};

/**
 * The same for all in `lists`, which must not change any more. As long as a turn owes to nobody else, it costs no more for
 * thousands than for one until they are written to.
 */
export const oweToAll = (lists: Lists, frame: Buffer): void => {
  if (owedToAll && owedToAll.lists !== lists) divide();
  owedToAll = { lists, node: after(owedToAll?.node ?? null, frame) };
  schedule();
};

/** Writes `frame` at once; only for a connection that is owed nothing yet. */
export const writeNow = (connection: Connection, frame: Buffer): void => write(connection, frame);

/** Sends an event to one of its readers: with whatever else this turn owes to it, or the ordinary way. */
export const sendTo = (socket: LiveSocket, { text, frame }: Encoded): void => {
  const connection = socket.conn as unknown as Connection;
  if (isPlain(connection)) oweTo(connection, frame);
  else connection.write(text, { compress: false });
};
