import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { config } from '../platform/config.ts';
import { isOriginAllowed } from '../platform/origins.ts';
import { FRAME, forgetOwed, frameOf, oweTo, writeNow, writeOwed } from './joinedFrames.ts';
import { endUpgrade } from './refuseUpgrade.ts';
import { SLOTS, startRounds } from './rounds.ts';
import { closeJoinless, SocketIoClient } from './socketIoClient.ts';
import type { LiveServer } from './types.ts';

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
  on: ((event: 'headers', listener: (headers: object, request: IncomingMessage) => void) => void) &
    ((event: 'connection', listener: (connection: unknown) => void) => void);
  listeners: (event: 'connection') => ((connection: unknown) => void)[];
  removeAllListeners: (event: 'connection') => void;
  handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  handshake: (transport: string, request: Upgraded, refuse: (code: number) => void) => Promise<unknown>;
  emit: (event: 'connection', connection: WebSocketConnection) => void;
  ws: {
    handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, opened: (websocket: Owned) => void) => void;
  };
};
type Upgraded = IncomingMessage & { _query: Readonly<Record<string, string>>; websocket: Owned };
type Owned = WebSocket & { owner: WebSocketConnection };

type Reason = 'transport close' | 'transport error' | 'ping timeout' | 'parse error' | 'forced close';

/** Nothing waits in a queue of its own: what is owed leaves at the end of the turn, by `joinedFrames`. */
const NOTHING: readonly never[] = Object.freeze([]);

/** Speaks for engine.io's socket and its transport, and for Socket.IO's client, in one. */
export class WebSocketConnection extends SocketIoClient {
  readonly id: string;
  readonly socket: WebSocket;
  readonly remoteAddress: string | undefined;
  request: IncomingMessage;
  readyState: 'open' | 'closed' = 'open';
  /** What it is owed in this turn; see `joinedFrames`, which alone touches it. */
  owed = null;
  unsent = 0;

  constructor(id: string, server: LiveServer, request: Upgraded) {
    super(server);
    this.id = id;
    this.request = request;
    this.remoteAddress = request.socket.remoteAddress;
    this.socket = request.websocket;
    request.websocket.owner = this;
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
    if (typeof data !== 'string') this.decode(data);
    else if (data.startsWith('4')) this.decode(data.slice(1));
    else if (data.startsWith('2')) this.end('transport error', new Error('clients answer pings and send none'));
    else if (!/^[1356]/.test(data)) this.end('parse error');
  }

  end(reason: Reason, description?: unknown): void {
    if (this.readyState !== 'open') return;
    this.readyState = 'closed';
    forgetOwed(this);
    unanswered.delete(this);
    for (const slot of slots) if (slot.delete(this)) break;
    const { clients } = engineOf(this.server);
    delete clients[this.id];
    engineOf(this.server).clientsCount -= 1;
    this.socket.close();
    this.closeSockets(reason, description);
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

/** Whoever came in one part of an interval is pinged together. */
const slots = Array.from({ length: SLOTS }, () => new Set<WebSocketConnection>());
/** Those that have not answered the last ping, by the tick at which it was sent; the longest silence first. */
const unanswered = new Map<WebSocketConnection, number>();
let tick = 0;
const PATIENCE = (config.WS_HEARTBEAT_TIMEOUT / config.WS_HEARTBEAT_INTERVAL) * SLOTS;
const PING = frameOf('2');

const beat = (): void => {
  tick += 1;
  closeJoinless();
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

/** What every connection is told of how it is served, behind its id. */
const OPEN = JSON.stringify({
  upgrades: [],
  pingInterval: config.WS_HEARTBEAT_INTERVAL,
  pingTimeout: config.WS_HEARTBEAT_TIMEOUT,
  maxPayload: config.WS_MAX_PAYLOAD_BYTES,
}).slice(1);

/** Pings connections once a WS_HEARTBEAT_INTERVAL, until the returned function is called. */
export const startPings = (): (() => void) => startRounds(config.WS_HEARTBEAT_INTERVAL, beat);

const engineOf = (server: LiveServer): Engine => server.engine as unknown as Engine;

/** As every client of ours asks for it. */
const DIRECT = /^\/socket\.io\/\?EIO=4&transport=websocket(?:&t=[\w.-]+)?$/;
const DIRECT_QUERY = Object.freeze({ EIO: '4', transport: 'websocket' });

/** Makes `server` serve those who come by WebSocket at once through `WebSocketConnection`. */
export const serveWebSockets = (server: LiveServer): void => {
  const engine = engineOf(server);
  const handleUpgrade = engine.handleUpgrade.bind(engine);
  const handshake = engine.handshake.bind(engine);
  // Socket.IO's own, which makes a `Client`.
  const others = engine.listeners('connection');
  engine.removeAllListeners('connection');
  engine.on('connection', (connection) => {
    if (!(connection instanceof WebSocketConnection)) for (const take of others) take(connection);
  });
  // The answer to the upgrade and the first packet leave as one write.
  engine.on('headers', (_headers, { headers, socket }) => {
    if (headers.upgrade === undefined) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  });
  const open = (request: Upgraded, id: string): void => {
    const connection = new WebSocketConnection(id, server, request);
    engine.clients[connection.id] = connection;
    engine.clientsCount += 1;
    // The slot that was just pinged: its first ping is an interval away.
    slots[tick % SLOTS]!.add(connection);
    writeNow(connection, frameOf(`0{"sid":${JSON.stringify(connection.id)},${OPEN}`));
    engine.emit('connection', connection);
  };
  // An address that is spelled otherwise, polling and upgrades from it take engine.io's way.
  engine.handleUpgrade = (request, socket, head) => {
    if (!DIRECT.test(request.url!)) return handleUpgrade(request, socket, head);
    if (!isOriginAllowed(request)) return endUpgrade(socket, '403 Forbidden');
    const queried = Object.assign(request, { _query: DIRECT_QUERY });
    engine.ws.handleUpgrade(queried, socket, head, (websocket) => {
      const upgraded = Object.assign(queried, { websocket });
      const id = engine.generateId(request);
      // At once, where it can be: what a client sends behind its request is heard only by who listens by then.
      if (typeof id === 'string') open(upgraded, id);
      else void id.then((later) => open(upgraded, later));
    });
  };
  engine.handshake = async (transport, request, refuse) => {
    if (transport !== 'websocket' || request._query.EIO !== '4' || request.websocket.extensions !== '')
      return handshake(transport, request, refuse);
    // engine.io's own listener, which only kept an error before this moment from ending the process.
    request.websocket.removeAllListeners('error');
    open(request, await engine.generateId(request));
  };
};
