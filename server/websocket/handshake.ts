import type { ExtendedError } from 'socket.io';
import type { User } from '../contract/auth.ts';
import { bearerToken, guestOf } from '../platform/auth.ts';
import { noteCaller } from '../platform/callers.ts';
import { type AppError, rateLimited, toAckError, toAppError, unauthenticated } from '../platform/errors.ts';
import { blockedFor, consume } from '../platform/limits.ts';
import { log } from '../platform/log.ts';
import { handshakes } from '../platform/metrics.ts';
import { clientAddress } from '../platform/origins.ts';
import { verifyToken } from '../platform/tokens.ts';
import { identify } from '../platform/users.ts';
import { takePlace } from './places.ts';
import type { LiveSocket } from './types.ts';

/** Who may connect: a valid token of an active user, within the limits. The same for every namespace. */

const tokenOf = (socket: LiveSocket): string | undefined => {
  const { token } = socket.handshake.auth as { token?: unknown };
  if (typeof token === 'string' && token !== '') return token;
  return bearerToken(socket.handshake.headers.authorization);
};

/** The user of a handshake and the end of their token, in seconds since 1970. Throws UNAUTHENTICATED. */
const whoIs = async (socket: LiveSocket): Promise<{ user: User; expiresAt: number }> => {
  const token = tokenOf(socket);
  if (!token) {
    const guest = guestOf(socket.nsp.name);
    if (!guest) throw unauthenticated('Authentication required');
    return { user: guest, expiresAt: Number.POSITIVE_INFINITY };
  }
  const claims = await verifyToken(token);
  const user = await identify(claims);
  // A tracking link opens parcels and nothing else.
  if (user.role === 'guest' && socket.nsp.name !== '/tracking') throw unauthenticated('Invalid or expired token');
  return { user, expiresAt: claims.exp };
};

/** What is left of every handshake that is over; nobody reads it, and each of its own would cost its connection. */
const DONE: LiveSocket['handshake'] = Object.freeze({
  headers: {},
  time: '',
  address: '',
  xdomain: false,
  secure: false,
  issued: 0,
  url: '',
  query: {},
  auth: {},
});

const admit = async (socket: LiveSocket): Promise<void> => {
  const address = clientAddress(socket.request);
  const blocked = await blockedFor('handshake', address);
  if (blocked > 0) throw rateLimited(blocked);
  const { user, expiresAt } = await whoIs(socket);
  noteCaller(user, address);
  takePlace(user, socket.conn);
  // It would keep the token in memory, and within reach of a careless log line, as long as the connection.
  Object.assign(socket, { handshake: DONE });
  const now = Date.now();
  socket.data = {
    user,
    expiresAt,
    expiryAnnounced: false,
    streams: new Map(),
    messages: 0,
    reports: 0,
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
export const handshake = (socket: LiveSocket, next: (error?: ExtendedError) => void): void => {
  admit(socket).then(
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
