import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { LiveServer, LiveSocket } from './types.ts';

/**
 * What stands between a connection by WebSocket and its sockets of Socket.IO, one a namespace: Socket.IO's `Client`
 * (https://socket.io/docs/v4/socket-io-protocol/) as part of the connection itself, without two maps, a decoder, four
 * closures and a timer for each.
 */

type Packet = { type: number; nsp: string; data?: unknown; id?: number };
/** The parts of Socket.IO's socket, namespace and server that their types keep to themselves. */
type Socket = LiveSocket & {
  _onpacket: (packet: Packet) => void;
  _onclose: (reason: string, description?: unknown) => void;
  _onerror: (error: unknown) => void;
};
type Namespace = { _add: (client: SocketIoClient, auth: object, joined: (socket: Socket) => void) => Promise<void> };
type Decoder = {
  add: (data: string | Buffer) => void;
  on: (event: 'decoded', listener: (packet: Packet) => void) => void;
};
type SocketIo = {
  _parser: { Decoder: new () => Decoder };
  encoder: { encode: (packet: Packet) => (string | Buffer)[] };
};

const CONNECT = 0;
const CONNECT_ERROR = 4;
/** "5" and "6": packets that binary attachments follow. */
const isIncomplete = (text: string): boolean => text[0] === '5' || text[0] === '6';

/** Shared by all that have no socket yet, or none any more. */
const NO_SOCKETS: readonly Socket[] = Object.freeze([]);
/** A connection that joins no namespace for so long is of no use to anybody. */
export const JOIN_MS = 10_000;
/** Those that have joined none yet, by when they came (ms); the first first. */
const joinless = new Map<SocketIoClient, number>();
/** Closes those that had their time to join. Called now and then: a timer for each would be one more to start and stop. */
export const closeJoinless = (): void => {
  const due = performance.now() - JOIN_MS;
  for (const [client, since] of joinless) {
    if (since > due) break;
    client.close();
  }
};

const handOver = (socket: Socket, packet: Packet): void => socket._onpacket(packet);

/** One decoder reads for all: only one that waits for attachments keeps anything, and it is its connection's own. */
let receiver: SocketIoClient | null = null;
let shared: Decoder | null = null;
const decoderOf = (server: LiveServer): Decoder => {
  if (shared) return shared;
  shared = new (server as unknown as SocketIo)._parser.Decoder();
  shared.on('decoded', (packet) => receiver!.take(packet));
  return shared;
};

export abstract class SocketIoClient extends EventEmitter {
  abstract readonly id: string;
  abstract readonly readyState: string;
  abstract request: IncomingMessage;
  readonly server: LiveServer;
  #sockets = NO_SOCKETS;
  #attachments: Decoder | null = null;

  constructor(server: LiveServer) {
    super();
    this.server = server;
    joinless.set(this, performance.now());
  }

  /** Sends one packet, or one binary attachment. */
  abstract write(data: string | Buffer): void;
  abstract close(): void;

  get conn(): this {
    return this;
  }

  /** Takes what a client sent, without engine.io's type. Closes on what is no packet of Socket.IO's. */
  decode(data: string | Buffer): void {
    try {
      if (this.#attachments || typeof data !== 'string' || isIncomplete(data)) this.#decodeAttached(data);
      else {
        receiver = this;
        decoderOf(this.server).add(data);
      }
    } catch (error) {
      for (const socket of this.#sockets) socket._onerror(error);
      this.close();
    }
  }

  #decodeAttached(data: string | Buffer): void {
    if (!this.#attachments) {
      this.#attachments = new (this.server as unknown as SocketIo)._parser.Decoder();
      this.#attachments.on('decoded', (packet) => {
        this.#attachments = null;
        this.take(packet);
      });
    }
    this.#attachments.add(data);
  }

  take(packet: Packet): void {
    const socket = this.#sockets.findLast(({ nsp }) => nsp.name === packet.nsp);
    if (!socket && packet.type === CONNECT) this.#connect(packet);
    // A handler that throws must not look like a packet that cannot be read.
    else if (socket && packet.type !== CONNECT && packet.type !== CONNECT_ERROR)
      process.nextTick(handOver, socket, packet);
    else this.close();
  }

  #connect({ nsp, data }: Packet): void {
    const namespace = this.server._nsps.get(nsp) as unknown as Namespace | undefined;
    if (!namespace) {
      this._packet({ type: CONNECT_ERROR, nsp, data: { message: 'Invalid namespace' } });
      return;
    }
    void namespace._add(this, data ?? {}, (socket) => {
      // Exactly as long as needed: an array that grows takes room for seventeen.
      this.#sockets = [...this.#sockets, socket];
      joinless.delete(this);
    });
  }

  /** Tells its sockets that the connection is gone. */
  closeSockets(reason: string, description?: unknown): void {
    joinless.delete(this);
    for (const socket of this.#sockets) socket._onclose(reason, description);
    this.#sockets = NO_SOCKETS;
    this.#attachments = null;
  }

  // What Socket.IO's sockets and adapters call.

  _packet(packet: Packet, options: { volatile?: boolean } = {}): void {
    if (this.readyState !== 'open') return;
    this.writeToEngine((this.server as unknown as SocketIo).encoder.encode(packet), options);
  }

  writeToEngine(encoded: string | Buffer | (string | Buffer)[], _options: object): void {
    for (const one of Array.isArray(encoded) ? encoded : [encoded]) this.write(one);
  }

  _remove(socket: Socket): void {
    this.#sockets = this.#sockets.filter((one) => one !== socket);
  }

  _disconnect(): void {
    for (const socket of this.#sockets) socket.disconnect();
    this.close();
  }
}
