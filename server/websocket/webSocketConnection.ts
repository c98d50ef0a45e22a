import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { config } from '../platform/config.ts';
import { FRAME, forgetOwed, frameOf, oweTo, writeNow, writeOwed } from './joinedFrames.ts';

/**
 * What stands between Socket.IO and a client that comes by WebSocket at once, as nearly all do: engine.io's protocol 4
 * (https://socket.io/docs/v4/engine-io-protocol/) without engine.io's socket, transport, thirty closures and two timers
 * for each, which are 3.5 of 11.8 KiB of an idle connection. Nothing here belongs to one connection but its own
 * fields. Polling, and what begins with it and upgrades, stays engine.io's.
 */

/** The parts of engine.io's server that its types keep to themselves. */
type Engine = {
  clients: Record<string, unknown>;
  clientsCount: number;
  generateId: (request: IncomingMessage) => string | Promise<string>;
  on: (event: 'headers', listener: (headers: object, request: IncomingMessage) => void) => void;
  handshake: (transport: string, request: Upgraded, refuse: (code: number) => void) => Promise<unknown>;
  emit: (event: 'connection', connection: WebSocketConnection) => void;
};
type Upgraded = IncomingMessage & { _query: Record<string, string>; websocket: Owned };
type Owned = WebSocket & { owner: WebSocketConnection };

type Reason = 'transport close' | 'transport error' | 'ping timeout' | 'parse error' | 'forced close';

/** Nothing waits in a queue of its own: what is owed leaves at the end of the turn, by `joinedFrames`. */
const NOTHING: readonly never[] = Object.freeze([]);

/** Speaks for engine.io's socket and its transport in one. */
export class WebSocketConnection extends EventEmitter {
  readonly id: string;
  readonly socket: WebSocket;
  readonly remoteAddress: string | undefined;
  request: IncomingMessage;
  readyState: 'open' | 'closed' = 'open';
  /** What it is owed in this turn; see `joinedFrames`, which alone touches it. */
  owed = null;
  readonly #engine: Engine;

  constructor(id: string, engine: Engine, request: Upgraded) {
    super();
    this.id = id;
    this.#engine = engine;
    this.request = request;
    this.remoteAddress = request.socket.remoteAddress;
    this.socket = request.websocket;
    request.websocket.owner = this;
    // engine.io's own listener, which only kept an error before this moment from ending the process.
    request.websocket.removeAllListeners('error');
    request.websocket.on('message', onMessage).on('close', onClose).on('error', onError);
  }

  get transport(): this {
    return this;
  }
  get name(): 'websocket' {
    return 'websocket';
  }
  get protocol(): 4 {
    return 4;
  }
  get writable(): boolean {
    return this.readyState === 'open';
  }
  get upgrading(): false {
    return false;
  }
  get writeBuffer(): readonly never[] {
    return NOTHING;
  }
  /** Its frames may always be joined; see `joinedFrames`. */
  get isJoined(): true {
    return true;
  }

  /** Sends one of Socket.IO's packets, or a binary attachment of it. */
  write(data: string | Buffer): void {
    if (this.readyState !== 'open') return;
    oweTo(this, typeof data === 'string' ? frameOf(`4${data}`) : frameOf(data, FRAME.binary));
  }

  /** Ends the connection from our side, behind what it is still owed. */
  close(): void {
    writeOwed(this);
    this.end('forced close');
  }

  receive(data: string | Buffer): void {
    if (this.readyState !== 'open') return;
    // Whatever came, somebody is there.
    unanswered.delete(this);
    if (typeof data !== 'string') this.emit('data', data);
    else if (data.startsWith('4')) this.emit('data', data.slice(1));
    else if (data.startsWith('2')) this.end('transport error', new Error('clients answer pings and send none'));
    else if (!/^[1356]/.test(data)) this.end('parse error');
  }

  end(reason: Reason, description?: unknown): void {
    if (this.readyState !== 'open') return;
    this.readyState = 'closed';
    forgetOwed(this);
    unanswered.delete(this);
    for (const slot of slots) if (slot.delete(this)) break;
    delete this.#engine.clients[this.id];
    this.#engine.clientsCount -= 1;
    this.socket.close();
    this.emit('close', reason, description);
  }
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean) {
  (this as Owned).owner.receive(isBinary ? data : data.toString());
}
function onClose(this: WebSocket) {
  (this as Owned).owner.end('transport close');
}
function onError(this: WebSocket, error: Error) {
  (this as Owned).owner.end('transport error', error);
}

/** One timer pings all, a tenth of them at a time; whoever came in one tenth of an interval is pinged together. */
const SLOTS = 10;
const slots = Array.from({ length: SLOTS }, () => new Set<WebSocketConnection>());
/** Those that have not answered the last ping, by the tick at which it was sent; the longest silence first. */
const unanswered = new Map<WebSocketConnection, number>();
let tick = 0;
const PATIENCE = (config.WS_HEARTBEAT_TIMEOUT / config.WS_HEARTBEAT_INTERVAL) * SLOTS;
const PING = frameOf('2');

const beat = (): void => {
  tick += 1;
  for (const [connection, since] of unanswered) {
    if (tick - since < PATIENCE) break;
    connection.end('ping timeout');
  }
  for (const connection of slots[tick % SLOTS]!) {
    if (unanswered.has(connection)) continue;
    unanswered.set(connection, tick);
    oweTo(connection, PING);
  }
};

/** Pings connections once a WS_HEARTBEAT_INTERVAL, until the returned function is called. */
export const startPings = (): (() => void) => {
  const timer = setInterval(beat, config.WS_HEARTBEAT_INTERVAL / SLOTS);
  return () => clearInterval(timer);
};

/** Makes `server` (engine.io's) serve those who come by WebSocket at once through `WebSocketConnection`. */
export const serveWebSockets = (server: unknown): void => {
  const engine = server as Engine;
  const handshake = engine.handshake.bind(engine);
  // The answer to the upgrade and the first packet leave as one write.
  engine.on('headers', (_headers, { headers, socket }) => {
    if (headers.upgrade === undefined) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  });
  engine.handshake = async (transport, request, refuse) => {
    if (transport !== 'websocket' || request._query.EIO !== '4' || request.websocket.extensions !== '')
      return handshake(transport, request, refuse);
    const connection = new WebSocketConnection(await engine.generateId(request), engine, request);
    engine.clients[connection.id] = connection;
    engine.clientsCount += 1;
    // The slot that was just pinged: its first ping is an interval away.
    slots[tick % SLOTS]!.add(connection);
    const open = {
      sid: connection.id,
      upgrades: [],
      pingInterval: config.WS_HEARTBEAT_INTERVAL,
      pingTimeout: config.WS_HEARTBEAT_TIMEOUT,
      maxPayload: config.WS_MAX_PAYLOAD_BYTES,
    };
    writeNow(connection, frameOf(`0${JSON.stringify(open)}`));
    engine.emit('connection', connection);
    return connection;
  };
};
