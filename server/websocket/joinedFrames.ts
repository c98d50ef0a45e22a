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

/** The parts of engine.io's socket that its types keep to themselves. */
type Connection = {
  readyState: string;
  upgrading: boolean;
  writeBuffer: unknown[];
  write: (data: string, options: object) => void;
  on: (event: 'packetCreate', listener: (this: Connection) => void) => void;
  transport: { name: string; perMessageDeflate?: unknown; socket?: PlainSocket };
};
type PlainSocket = {
  readyState: number;
  extensions: string;
  _sender: { sendFrame: (frames: Buffer[]) => void };
};
/** Exported by `ws`, but not in its types. */
const { Sender } = ws as unknown as { Sender: { frame: (data: Buffer, options: object) => Buffer[] } };

/** What was owed to a connection so far in this turn: its last frame, and what came before. Shared by all who owe the same. */
type Owed = { frame: Buffer; before: Owed | null; length: number; next: Owed | null; joined: Buffer | null };

const owed = new Map<Connection, Owed>();
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

const join = (node: Owed): Buffer => {
  if (node.joined) return node.joined;
  const frames: Buffer[] = [];
  for (let at: Owed | null = node; at; at = at.before) frames.push(at.frame);
  node.joined = Buffer.concat(frames.reverse(), node.length);
  return node.joined;
};

const write = (connection: Connection, node: Owed): void => {
  const { socket } = connection.transport;
  // One that is closing takes nothing more; it resumes when it comes back.
  if (socket?.readyState === ws.WebSocket.OPEN) socket._sender.sendFrame([join(node)]);
};

const writeAll = (): void => {
  scheduled = false;
  first = null;
  for (const [connection, node] of owed) write(connection, node);
  owed.clear();
};

/** `this` is the connection: one function serves all of them. */
function writeOwed(this: Connection): void {
  const node = owed.get(this);
  if (!node) return;
  owed.delete(this);
  write(this, node);
}

/** Has to see every connection once: from then on its joined frames and its ordinary packets leave in one order. */
export const keepOrder = (connection: unknown): void => {
  (connection as Connection).on('packetCreate', writeOwed);
};

const isPlain = ({ readyState, upgrading, writeBuffer, transport }: Connection): boolean =>
  transport.name === 'websocket' &&
  readyState === 'open' &&
  !upgrading &&
  writeBuffer.length === 0 &&
  !transport.perMessageDeflate &&
  transport.socket?.extensions === '';

/** An event on its way to many: what Socket.IO's encoder made of it, and the WebSocket frame around that. */
export type Encoded = { text: string; frame: Buffer };

/** Frames a Socket.IO packet of text; `text` as its encoder answers it, without engine.io's type. */
export const encode = (text: string): Encoded => {
  // "4" is engine.io's type for a message; 1 is WebSocket's for text (RFC 6455, 5.2). Servers do not mask.
  const parts = Sender.frame(Buffer.from(`4${text}`), {
    fin: true,
    rsv1: false,
    opcode: 1,
    mask: false,
    readOnly: true,
  });
  return { text, frame: Buffer.concat(parts) };
};

/** Sends an event to one of its readers: with whatever else this turn owes to it, or the ordinary way. */
export const sendTo = (socket: LiveSocket, { text, frame }: Encoded): void => {
  const connection = socket.conn as unknown as Connection;
  if (!isPlain(connection)) {
    connection.write(text, { compress: false });
    return;
  }
  owed.set(connection, after(owed.get(connection) ?? null, frame));
  if (scheduled) return;
  scheduled = true;
  setImmediate(writeAll);
};
