import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import helmet from 'helmet';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Viewer } from '../contract/shipments.ts';
import { config } from '../platform/config.ts';
import { notFound } from '../platform/errors.ts';
import { log } from '../platform/log.ts';
import { connections, subscriptions } from '../platform/metrics.ts';
import { isOriginAllowed } from '../platform/origins.ts';
import { startBackpressure } from './backpressure.ts';
import { handleClientEvent, onClientEvent } from './clientEvents.ts';
import { deliver, setServer } from './delivery.ts';
import { accept, startDelivering, startTail } from './dispatcher.ts';
import { acceptEphemeral, onEphemeral } from './ephemeral.ts';
import { handshake } from './handshake.ts';
import { addToHeartbeat, headMoved, removeFromHeartbeat, startHeartbeat } from './heartbeat.ts';
import { startHints, stopHints } from './hints.ts';
import { keepOrder } from './joinedFrames.ts';
import { keepMemberships } from './memberships.ts';
import { NODES, takeNodeMessage } from './nodeMessages.ts';
import { beat, leaveCluster, startBeating } from './nodes.ts';
import { connectionCount, countedBy } from './places.ts';
import { leaveAll, onPresenceChange, refreshPresence, viewersOf } from './presence.ts';
import { onCommitted, publish } from './publish.ts';
import { rawConnections } from './rawConnection.ts';
import { endUpgrade } from './refuseUpgrade.ts';
import { roomsOf } from './rooms.ts';
import { startSessions } from './sessions.ts';
import { slimRequest } from './slimRequest.ts';
import { JOIN_MS } from './socketIoClient.ts';
import { parseStream } from './streams.ts';
import './acknowledgements.ts';
import './subscriptions.ts';
import { answerTraces } from './traceNodes.ts';
import { noteEnd } from './traces.ts';
import type { LiveServer, LiveSocket } from './types.ts';
import { serveWebSockets, startPings } from './webSocketConnection.ts';

/** The live half of the server: everything that has a socket hangs here. One a process. */

const NAMESPACES = ['/', '/tracking', '/seats', '/location', '/vendor'];

let io: LiveServer | null = null;
let stops: (() => void | Promise<void>)[] = [];

onClientEvent('*', 'ping', z.unknown(), (socket) => {
  const timestamp = new Date().toISOString();
  socket.emit('pong', { type: 'pong', timestamp });
  return { timestamp };
});

const CLIENT_EVENTS = [handleClientEvent];

/** Shared by all sockets: a closure for each would cost every idle connection. */
function onDisconnect(this: LiveSocket, reason: string) {
  noteEnd(this, reason);
  leaveAll(this.id);
  removeFromHeartbeat(this);
  subscriptions.dec(this.data.streams.size);
}

const onConnection = (socket: LiveSocket) => {
  const { user } = socket.data;
  const { named, internal } = roomsOf(user, socket.nsp.name);
  if (named.length + internal.length > 0) void socket.join([...named, ...internal]);
  // As `onAny` would, with one list for all: one of its own has room for seventeen.
  Object.assign(socket, { _anyListeners: CLIENT_EVENTS });
  socket.on('disconnect', onDisconnect);
  addToHeartbeat(socket);
  socket.emit('connected', {
    type: 'connected',
    timestamp: new Date().toISOString(),
    message: `Connected as ${user.username}`,
    socketId: socket.id,
    userId: user.id,
    rooms: named,
  });
};

const secure = helmet();
/** Headers that tell a browser how to treat a page. The answer to an upgrade is none. */
const secureAnswers = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => {
  if (request.headers.upgrade === undefined) secure(request, response, next);
  else next();
};

/** engine.io answers an upgrade that `allowRequest` refuses with 400, as if it were malformed. */
const refuseForeignUpgrades = (request: IncomingMessage, _response: unknown, next: () => void) => {
  if (request.headers.upgrade === undefined || isOriginAllowed(request)) next();
  else endUpgrade(request.socket, '403 Forbidden');
};

const createServer = (httpServer: HttpServer): LiveServer => {
  const server: LiveServer = new Server(httpServer, {
    // The `ws` that engine.io pins answers pings into an unbounded buffer: one anonymous socket could take all memory.
    wsEngine: WebSocketServer,
    maxHttpBufferSize: config.WS_MAX_PAYLOAD_BYTES,
    pingInterval: config.WS_HEARTBEAT_INTERVAL,
    pingTimeout: config.WS_HEARTBEAT_TIMEOUT,
    connectTimeout: JOIN_MS,
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    // Upgrades that are not Socket.IO's are answered by the raw endpoints, or refused below.
    destroyUpgrade: false,
    cors: { origin: [...config.allowedOrigins], methods: ['GET', 'POST'], credentials: true },
    allowRequest: (request, callback) =>
      isOriginAllowed(request) ? callback(null, true) : callback('This origin is not allowed', false),
  });
  server.engine.use(secureAnswers);
  server.engine.use(refuseForeignUpgrades);
  serveWebSockets(server);
  server.engine.on('connection', slimRequest);
  server.engine.on('connection', keepOrder);
  for (const name of NAMESPACES) {
    const namespace = server.of(name);
    keepMemberships(namespace);
    namespace.use(handshake).on('connection', onConnection);
  }
  return server;
};

/** Starts Socket.IO on `httpServer` and brings committed events to it. Resolves when nothing can be missed any more. */
const initialize = async (httpServer: HttpServer): Promise<LiveServer> => {
  io = createServer(httpServer);
  setServer(io);
  startDelivering({
    deliver: (event) => (event.namespace === NODES ? takeNodeMessage(event) : deliver(event)),
    headMoved,
  });
  await beat();
  const stopTail = await startTail();
  const others = startHints({ committed: accept, ephemeral: acceptEphemeral });
  onCommitted((event) => {
    accept(event);
    others.committed(event);
  });
  onEphemeral(others.ephemeral);
  const { engine } = io;
  stops = [
    countedBy(() => engine.clientsCount),
    stopTail,
    stopHints,
    startHeartbeat(),
    startPings(),
    startBackpressure(io),
    startSessions(io),
    startBeating(refreshPresence),
    answerTraces(),
  ];
  return io;
};

const server = (): LiveServer => {
  if (!io) throw new Error('socketManager.initialize() was not called');
  return io;
};

/** Publishes a durable event of one shipment to whoever follows it. Throws NOT_FOUND when it does not exist. */
const publishShipment = async (shipmentId: string, type: string, payload: Record<string, unknown>): Promise<number> => {
  const parsed = parseStream(`shipment:${shipmentId}`, '/');
  const rooms = await parsed?.kind.audience(shipmentId);
  if (!rooms) throw notFound('Shipment');
  return publish({ stream: `shipment:${shipmentId}`, rooms, type, payload: { shipmentId, ...payload } });
};

/** Tells everybody who follows a shipment of `updates` to it, as `shipment:updated`. */
const broadcastShipmentUpdate = (shipmentId: string, updates: Record<string, unknown>) =>
  publishShipment(shipmentId, 'shipment:updated', updates);

/** Tells everybody who follows a shipment of a document, as `document:uploaded`. */
const broadcastDocumentUpload = (shipmentId: string, document: Record<string, unknown>) =>
  publishShipment(shipmentId, 'document:uploaded', { document });

/** Who looks at a shipment now, on all nodes. */
const getShipmentViewers = (shipmentId: string): Promise<Viewer[]> => viewersOf(`shipment:${shipmentId}`);

/** Reconnects of a drained node are spread over this many ms. */
const DRAIN_SPREAD_MS = 5_000;

/** Asks every client to go and come back elsewhere, each at a moment of its own. */
const announceDraining = (): void => {
  if (!io) return;
  const timestamp = new Date().toISOString();
  for (const namespace of io._nsps.values())
    for (const socket of namespace.sockets.values())
      socket.emit('server:draining', {
        type: 'server:draining',
        timestamp,
        reconnectInMs: Math.floor(Math.random() * DRAIN_SPREAD_MS),
      });
};

/** How long the goodbyes may take to leave; what is still open then is cut by the caller. */
const CLOSE_MS = 1_000;

/** Closes all sockets and stops delivering. The HTTP server closes with it. */
const shutdown = async (): Promise<void> => {
  if (!io) return;
  const closing = io;
  io = null;
  // All leave at once: nobody is left to be told, and telling would be n² messages.
  onPresenceChange(null);
  for (const stop of stops.reverse()) await stop();
  stops = [];
  await leaveCluster().catch((error) => log.warn({ err: error }, 'this node could not sign off'));
  // Resolves when the last HTTP connection has ended: one that began a request and never ends it would hold us up.
  await Promise.race([closing.close(), wait(CLOSE_MS, undefined, { ref: false })]);
  setServer(null);
};

/** Figures of this node for `/ws/status`. */
const status = () => {
  const byNamespace: Record<string, number> = {};
  const byTransport: Record<string, number> = { websocket: 0, polling: 0 };
  const now = Date.now();
  let age = 0;
  let sockets = 0;
  let rooms = 0;
  let streams = 0;
  const seen = new Set<object>();
  for (const [name, namespace] of server()._nsps) {
    byNamespace[name] = namespace.sockets.size;
    rooms += [...namespace.adapter.rooms.keys()].filter((room) => !namespace.adapter.sids.has(room)).length;
    for (const socket of (namespace.sockets as Map<string, LiveSocket>).values()) {
      sockets += 1;
      age += now - socket.data.connectedAt;
      streams += socket.data.streams.size;
      if (seen.has(socket.conn)) continue;
      seen.add(socket.conn);
      const transport = socket.conn.transport.name;
      byTransport[transport] = (byTransport[transport] ?? 0) + 1;
    }
  }
  for (const raw of rawConnections) {
    if (!raw.connected) continue;
    sockets += 1;
    age += now - raw.connectedAt;
    streams += raw.data.streams.size;
    byNamespace[raw.nsp.name] = (byNamespace[raw.nsp.name] ?? 0) + 1;
    byTransport.raw = (byTransport.raw ?? 0) + 1;
  }
  return {
    connections: connectionCount(),
    byNamespace,
    byTransport,
    rooms,
    subscriptions: streams,
    averageConnectionSeconds: sockets === 0 ? 0 : Math.round(age / sockets / 1000),
  };
};

/** Brings the connection gauges up to date; called when metrics are read, not at every connect. */
const measure = (): void => {
  connections.reset();
  if (!io) return;
  for (const [name, namespace] of io._nsps)
    for (const socket of namespace.sockets.values())
      connections.inc({ namespace: name, transport: socket.conn.transport.name });
  for (const raw of rawConnections) if (raw.connected) connections.inc({ namespace: raw.nsp.name, transport: 'raw' });
};

/** Whether an upgrade request is Socket.IO's own. */
const isOwnUpgrade = (request: IncomingMessage): boolean => request.url?.startsWith('/socket.io/') ?? false;

export const socketManager = {
  initialize,
  shutdown,
  announceDraining,
  broadcastShipmentUpdate,
  broadcastDocumentUpload,
  getShipmentViewers,
  status,
  measure,
  isOwnUpgrade,
};
export default socketManager;
