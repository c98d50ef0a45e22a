import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { User } from '../contract/auth.ts';
import { RAW_CLOSE, RawFrame } from '../contract/vendors.ts';
import { bearerToken } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import { type AppError, badRequest, toAckError, toAppError, unauthenticated } from '../platform/errors.ts';
import { blockedFor, consume } from '../platform/limits.ts';
import { log } from '../platform/log.ts';
import { handshakes, slowClientsDisconnected } from '../platform/metrics.ts';
import { clientAddress, isOriginAllowed } from '../platform/origins.ts';
import { verifyToken } from '../platform/tokens.ts';
import { identify, onUsersChanged } from '../platform/users.ts';
import { DID_NOT_READ } from './backpressure.ts';
import { handleClientEvent } from './clientEvents.ts';
import { SLOW_ROOM } from './delivery.ts';
import { countedBy, requireRoom, takePlace } from './places.ts';
import { rawConnections as connections, RawConnection } from './rawConnection.ts';
import { toFrame } from './rawRooms.ts';
import { endUpgrade } from './refuseUpgrade.ts';
import { roomsOf } from './rooms.ts';
import socketManager from './socketManager.ts';

/**
 * The raw door: JSON frames over a plain WebSocket, for those who write their client by hand. Behind it stand the same
 * handlers, streams, rooms and limits as behind Socket.IO; only what a plain WebSocket lacks is done here.
 */

const ENDPOINTS: Record<string, string> = { '/ws/location': '/location', '/ws/vendor': '/vendor' };
const SUBPROTOCOL = 'waybeat.v1';
/** How long one may take to say who it is. */
const AUTH_MS = 5_000;
/** What a client sends before it is known who it is waits; it has no reason to send much. */
const MAX_EARLY = 32;
/** Heartbeats are spread over slots, so that thousands are no burst. */
const SLOTS = 10;
const SLOW_GRACE_MS = 10_000;
const HARD_FACTOR = 8;
const ANNOUNCE_SECONDS = 60;

/** The frame that answers an event; others are answered only when they carry an `id`. */
const replies: Record<string, string> = { resume: 'resumed' };
/** A domain names the frames that answer its events. */
export const registerRawReplies = (names: Record<string, string>): void => {
  Object.assign(replies, names);
};

const event = (type: string, fields: Record<string, unknown>) => ({
  type,
  timestamp: new Date().toISOString(),
  ...fields,
});

const sendError = (connection: RawConnection, error: AppError, name?: string) =>
  connection.send(toFrame(event('error', { ...(name !== undefined && { event: name }), ...toAckError(error) })));

const refuse = (connection: RawConnection, error: AppError): void => {
  sendError(connection, error, 'auth');
  const code =
    error.code === 'UNAVAILABLE'
      ? RAW_CLOSE.full
      : error.code === 'RATE_LIMITED'
        ? RAW_CLOSE.tooManyMessages
        : RAW_CLOSE.unauthenticated;
  connection.close(code, error.message.slice(0, 100));
};

const tokenOf = (request: IncomingMessage): string | undefined => {
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  const second = offered?.[0] === SUBPROTOCOL ? offered[1] : undefined;
  return bearerToken(request.headers.authorization) ?? second;
};

/** Who a token is, or why not. Throws UNAUTHENTICATED. */
const whoIs = async (token: string): Promise<{ user: User; expiresAt: number }> => {
  const claims = await verifyToken(token);
  const user = await identify(claims);
  // A tracking link opens parcels and nothing else.
  if (user.role === 'guest') throw unauthenticated('Invalid or expired token');
  return { user, expiresAt: claims.exp };
};

const authenticated = (connection: RawConnection, id?: string | number) =>
  toFrame(
    event('authenticated', {
      userId: connection.data.user.id,
      expiresAt: new Date(connection.data.expiresAt * 1000).toISOString(),
    }),
    id,
  );

const welcome = (connection: RawConnection) => {
  const { user } = connection.data;
  const { named, internal } = roomsOf(user, connection.nsp.name);
  connection.join([...named, ...internal]);
  const message = `Connected as ${user.username}`;
  connection.send(toFrame(event('connected', { message, socketId: connection.id, userId: user.id, rooms: named })));
};

/** Lets a connection in by its token; refuses it with the right close code otherwise. */
const admit = async (
  connection: RawConnection,
  transport: WebSocket,
  address: string,
  token: string,
): Promise<boolean> => {
  try {
    const { user, expiresAt } = await whoIs(token);
    if (transport.readyState !== transport.OPEN) return false;
    takePlace(user, transport);
    const now = Date.now();
    connection.open({
      user,
      expiresAt,
      expiryAnnounced: false,
      streams: new Map(),
      messages: 0,
      reports: 0,
      windowStart: now,
      connectedAt: connection.connectedAt,
    });
    handshakes.inc({ outcome: 'accepted' });
    return true;
  } catch (thrown) {
    const error = toAppError(thrown);
    handshakes.inc({ outcome: error.code.toLowerCase() });
    if (error.code === 'INTERNAL') log.error({ err: error.cause }, 'a handshake failed unexpectedly');
    if (error.code === 'UNAUTHENTICATED') consume('handshake', address).catch(() => {});
    refuse(connection, error);
    return false;
  }
};

const parse = (text: string): RawFrame | undefined => {
  try {
    return RawFrame.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** Answers a frame as its event's acknowledgement would be. Failures were sent as `error` before. */
const answer = (connection: RawConnection, { type, id }: RawFrame, ack: object): void => {
  if (!('success' in ack) || ack.success !== true) {
    if (id !== undefined) connection.send(JSON.stringify({ type: 'failed', id, data: ack }));
    return;
  }
  const reply = replies[type];
  if (type === 'auth') connection.send(authenticated(connection, id));
  else if (reply !== undefined || id !== undefined)
    connection.send(JSON.stringify({ type: reply ?? 'ack', ...(id !== undefined && { id }), data: ack }));
};

const tooMany = (connection: RawConnection) => connection.close(RAW_CLOSE.tooManyMessages, 'Too many messages');

const handle = async (connection: RawConnection, text: string): Promise<void> => {
  const awaited = connection.missed > 0;
  connection.missed = 0;
  const frame = parse(text);
  // The answer to our own ping is no message of theirs; one that nobody asked for is.
  if (frame?.type === 'pong' && awaited) return;
  if (!frame || frame.type === 'pong') {
    connection.data.messages += 1;
    if (!frame) sendError(connection, badRequest('A frame is JSON text: { "type": "…", "data": { … } }'));
  } else
    await handleClientEvent.call(
      connection.live,
      frame.type === 'auth' ? 'auth:refresh' : frame.type,
      frame.data,
      (ack: object) => answer(connection, frame, ack),
    );
  if (connection.data.messages > config.WS_RATE_LIMIT) tooMany(connection);
};

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();

/** One connection from its first frame to its last. */
const serve = (transport: WebSocket, request: IncomingMessage, namespace: string): void => {
  const connection = new RawConnection(transport, namespace);
  const address = clientAddress(request);
  connections.add(connection);
  let timer: NodeJS.Timeout | undefined;
  transport.on('close', (code) => {
    clearTimeout(timer);
    connections.delete(connection);
    connection.ended(`closed with ${code}`);
  });
  // Its reason is the close code that ws chose: 1009 too big, 1007 no UTF-8, 1002 no protocol.
  transport.on('error', () => {});
  // Answered only while the answers are read: a flood of pings must not fill our memory.
  transport.on('ping', (data) => {
    if (transport.bufferedAmount < config.WS_MAX_PAYLOAD_BYTES) transport.pong(data);
  });

  let early: string[] | null = null;
  const enter = async (token: string, acknowledge: boolean, id?: string | number) => {
    early = [];
    clearTimeout(timer);
    // Nobody is read before it is known who they are.
    transport.pause();
    const isIn = await admit(connection, transport, address, token);
    transport.resume();
    const waiting = early;
    early = null;
    if (!isIn) return;
    if (acknowledge) connection.send(authenticated(connection, id));
    welcome(connection);
    for (const text of waiting) void handle(connection, text);
  };
  transport.on('message', (data, isBinary) => {
    if (transport.readyState !== transport.OPEN) return;
    if (isBinary) return connection.close(RAW_CLOSE.notText, 'Frames are JSON text');
    const text = textOf(data);
    if (connection.connected) return void handle(connection, text);
    if (early) {
      if (early.push(text) > MAX_EARLY) tooMany(connection);
      return;
    }
    const frame = parse(text);
    const token = frame?.type === 'auth' ? (frame.data as { token?: unknown } | undefined)?.token : undefined;
    if (typeof token === 'string' && token !== '') void enter(token, true, frame!.id);
    else {
      consume('handshake', address).catch(() => {});
      refuse(connection, unauthenticated('Authentication required'));
    }
  });

  try {
    requireRoom();
  } catch (thrown) {
    handshakes.inc({ outcome: 'unavailable' });
    refuse(connection, toAppError(thrown));
    return;
  }
  const token = tokenOf(request);
  if (token) void enter(token, false);
  else
    timer = setTimeout(() => {
      handshakes.inc({ outcome: 'unauthenticated' });
      consume('handshake', address).catch(() => {});
      refuse(connection, unauthenticated('Authentication required'));
    }, AUTH_MS);
};

const upgrade = async (
  door: WebSocketServer,
  namespace: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> => {
  socket.on('error', () => {});
  if (!isOriginAllowed(request)) return endUpgrade(socket, '403 Forbidden');
  if ((await blockedFor('handshake', clientAddress(request))) > 0) return endUpgrade(socket, '429 Too Many Requests');
  door.handleUpgrade(request, socket, head, (transport) => serve(transport, request, namespace));
};

const beat = (connection: RawConnection): void => {
  if (connection.missed >= 2) {
    connection.close(RAW_CLOSE.heartbeatLost, 'No pong');
    return;
  }
  connection.missed += 1;
  connection.send(toFrame(event('ping', {})));
};

/** Starts the heartbeat: each connection is pinged once an interval, a tenth of them at a time. */
const startPings = (): (() => void) => {
  let tick = 0;
  const slots = new WeakMap<RawConnection, number>();
  const timer = setInterval(() => {
    tick = (tick + 1) % SLOTS;
    for (const connection of connections) {
      if (!connection.connected) continue;
      const slot = slots.get(connection);
      if (slot === undefined) slots.set(connection, tick);
      else if (slot === tick) beat(connection);
    }
  }, config.WS_HEARTBEAT_INTERVAL / SLOTS);
  return () => clearInterval(timer);
};

/** As for Socket.IO: one that does not read loses what can be dropped, and after a while its connection. */
const checkBacklog = (connection: RawConnection, now: number): void => {
  const bytes = connection.bufferedBytes;
  if (bytes <= config.WS_MAX_BUFFERED_BYTES) {
    if (connection.slowSince > 0) connection.leave(SLOW_ROOM);
    connection.slowSince = 0;
    return;
  }
  if (connection.slowSince === 0) {
    connection.slowSince = now;
    connection.join(SLOW_ROOM);
  }
  if (now - connection.slowSince < SLOW_GRACE_MS && bytes <= config.WS_MAX_BUFFERED_BYTES * HARD_FACTOR) return;
  slowClientsDisconnected.inc();
  log.info({ socketId: connection.id }, 'closed a connection that does not read');
  connection.terminate(DID_NOT_READ);
};

const checkExpiry = (connection: RawConnection, now: number): void => {
  const left = connection.data.expiresAt - now / 1000;
  if (left <= 0) connection.close(RAW_CLOSE.unauthenticated, 'The token has expired');
  else if (left <= ANNOUNCE_SECONDS && !connection.data.expiryAnnounced) {
    connection.data.expiryAnnounced = true;
    connection.send(
      toFrame(event('auth:expiring', { expiresAt: new Date(connection.data.expiresAt * 1000).toISOString() })),
    );
  }
};

const startChecks = (): (() => void) => {
  const timer = setInterval(() => {
    const now = Date.now();
    for (const connection of connections) {
      checkBacklog(connection, now);
      if (connection.connected) checkExpiry(connection, now);
    }
  }, 500);
  return () => clearInterval(timer);
};

const followRights = (): (() => void) =>
  onUsersChanged((changed) => {
    for (const connection of connections) {
      const now = changed.get(connection.data.user.id);
      if (!connection.connected || !now) continue;
      const { user, active } = now;
      const { role, companyId, shopIds } = connection.data.user;
      const same = role === user.role && companyId === user.companyId && shopIds.join() === user.shopIds.join();
      if (!active) connection.close(RAW_CLOSE.forbidden, 'This user was deactivated');
      else if (!same) connection.close(RAW_CLOSE.forbidden, 'Rights changed');
    }
  });

/** Asks every raw client to come back elsewhere, each at a moment of its own, as Socket.IO's are asked. */
const announceDraining = (spreadMs: number): void => {
  for (const connection of connections)
    if (connection.connected)
      connection.send(toFrame(event('server:draining', { reconnectInMs: Math.floor(Math.random() * spreadMs) })));
};

/** Opens the raw endpoints on `server`, and answers 404 to upgrades that no endpoint serves. The answer closes them. */
export const openRawEndpoints = (server: Server): { announceDraining: () => void; close: () => Promise<void> } => {
  const door = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: config.WS_MAX_PAYLOAD_BYTES,
    // A frame in more pieces than this is no client's; each piece costs more than it carries.
    maxFragments: 1024,
    maxBufferedChunks: 4096,
    perMessageDeflate: false,
    autoPong: false,
    ...({ closeTimeout: 5_000 } as object),
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  server.on('upgrade', (request, socket, head) => {
    if (socketManager.isOwnUpgrade(request)) return;
    const namespace = ENDPOINTS[(request.url ?? '').split('?', 1)[0]!];
    if (namespace === undefined) return endUpgrade(socket, '404 Not Found');
    upgrade(door, namespace, request, socket, head).catch((error) => {
      log.warn({ err: error }, 'an upgrade could not be served');
      socket.destroy();
    });
  });
  const stops = [countedBy(() => connections.size), startPings(), startChecks(), followRights()];
  return {
    announceDraining: () => announceDraining(5_000),
    close: async () => {
      for (const stop of stops) stop();
      for (const connection of connections) connection.close(RAW_CLOSE.goingAway, 'Going away');
      const until = Date.now() + 1_000;
      while (connections.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
      for (const connection of connections) connection.terminate('going away');
    },
  };
};
