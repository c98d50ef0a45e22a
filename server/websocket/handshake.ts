import type { ExtendedError } from 'socket.io';
import type { User } from '../contract/auth.ts';
import { bearerToken } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import {
  type AppError,
  rateLimited,
  toAckError,
  toAppError,
  unauthenticated,
  unavailable,
} from '../platform/errors.ts';
import { blockedFor, consume } from '../platform/limits.ts';
import { log } from '../platform/log.ts';
import { handshakes } from '../platform/metrics.ts';
import { clientAddress } from '../platform/origins.ts';
import { verifyToken } from '../platform/tokens.ts';
import { identify } from '../platform/users.ts';
import type { LiveServer, LiveSocket } from './types.ts';

/** Who may connect: a valid token of an active user, within the limits. The same for every namespace. */

const tokenOf = (socket: LiveSocket): string | undefined => {
  const { token } = socket.handshake.auth as { token?: unknown };
  if (typeof token === 'string' && token !== '') return token;
  return bearerToken(socket.handshake.headers.authorization);
};

/** Connections a user holds on this node, by the connection, since one carries several namespaces. */
const byUser = new Map<string, Set<object>>();

const takePlace = (user: User, socket: LiveSocket, io: LiveServer) => {
  const connections = byUser.get(user.id);
  const known = connections?.has(socket.conn) ?? false;
  if (io.engine.clientsCount > config.WS_MAX_CONNECTIONS) throw unavailable('Server is full');
  if (!known && (connections?.size ?? 0) >= config.WS_MAX_CONNECTIONS_PER_USER) throw unavailable('Server is full');
  if (known) return;
  const { conn } = socket;
  if (connections) connections.add(conn);
  else byUser.set(user.id, new Set([conn]));
  // Released by the connection, which ends even when the socket never came to be.
  conn.once('close', () => {
    const mine = byUser.get(user.id);
    mine?.delete(conn);
    if (mine?.size === 0) byUser.delete(user.id);
  });
};

const admit = async (socket: LiveSocket, io: LiveServer): Promise<void> => {
  const address = clientAddress(socket.request);
  const blocked = await blockedFor('handshake', address);
  if (blocked > 0) throw rateLimited(blocked);
  const token = tokenOf(socket);
  if (!token) throw unauthenticated('Authentication required');
  const claims = await verifyToken(token);
  const user = await identify(claims);
  takePlace(user, socket, io);
  // `handshake` would keep the token in memory, and within reach of a careless log line, as long as the connection.
  socket.handshake.auth = {};
  const now = Date.now();
  socket.data = {
    user,
    expiresAt: claims.exp,
    expiryAnnounced: false,
    streams: new Map(),
    messages: 0,
    windowStart: now,
    connectedAt: now,
  };
};

/** What a refused client hears: the message is fixed by the contract, the code is in `data`. */
const refusal = (error: AppError): ExtendedError => {
  const message = error.code === 'INTERNAL' ? 'Something went wrong on our side' : error.message;
  return Object.assign(new Error(message), { data: toAckError(error) });
};

/** Socket.IO middleware that lets a socket in or says why not. */
export const createHandshake =
  (io: LiveServer) =>
  (socket: LiveSocket, next: (error?: ExtendedError) => void): void => {
    admit(socket, io).then(
      () => {
        handshakes.inc({ outcome: 'accepted' });
        next();
      },
      (thrown) => {
        const error = toAppError(thrown);
        handshakes.inc({ outcome: error.code.toLowerCase() });
        if (error.code === 'INTERNAL') log.error({ err: error.cause }, 'a handshake failed unexpectedly');
        // Only faults count: a full server and a database that is away are not the caller's doing.
        if (error.code === 'UNAUTHENTICATED') consume('handshake', clientAddress(socket.request)).catch(() => {});
        next(refusal(error));
      },
    );
  };
