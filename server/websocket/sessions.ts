import type { User } from '../contract/auth.ts';
import { AuthRefresh } from '../contract/common.ts';
import { forbidden } from '../platform/errors.ts';
import { verifyToken } from '../platform/tokens.ts';
import { identify, onUsersChanged } from '../platform/users.ts';
import { onClientEvent } from './clientEvents.ts';
import { willEnd } from './traces.ts';
import type { LiveServer, LiveSocket } from './types.ts';

/** A connection lives as long as its token and its user's rights. */

const ANNOUNCE_SECONDS = 60;

const sameRights = (a: User, b: User) =>
  a.role === b.role && a.companyId === b.companyId && a.shopIds.join() === b.shopIds.join();

/**
 * Closes the transport: the client reconnects by itself, with the rights it has then. What still waits for it is
 * discarded, since a client that does not read could otherwise keep its old rooms for half a minute.
 */
const reconnect = (socket: LiveSocket) => {
  willEnd(socket.conn, 'rights changed');
  socket.conn.close(true);
};

const end = (socket: LiveSocket, because: string) => {
  willEnd(socket.conn, because);
  socket.disconnect(true);
};

const sweep = (io: LiveServer, now: number) => {
  for (const namespace of io._nsps.values())
    for (const socket of (namespace.sockets as Map<string, LiveSocket>).values()) {
      const left = socket.data.expiresAt - now;
      if (left <= 0) end(socket, 'the token expired');
      else if (left <= ANNOUNCE_SECONDS && !socket.data.expiryAnnounced) {
        socket.data.expiryAnnounced = true;
        const expiresAt = new Date(socket.data.expiresAt * 1000).toISOString();
        socket.emit('auth:expiring', { type: 'auth:expiring', timestamp: new Date().toISOString(), expiresAt });
      }
    }
};

onClientEvent('*', 'auth:refresh', AuthRefresh, async (socket, { token }) => {
  const claims = await verifyToken(token);
  const user = await identify(claims);
  if (user.id !== socket.data.user.id) throw forbidden('The new token is another user’s; connect with it instead');
  if (!sameRights(user, socket.data.user)) setImmediate(() => reconnect(socket));
  socket.data.expiresAt = claims.exp;
  socket.data.expiryAnnounced = false;
  return { expiresAt: new Date(claims.exp * 1000).toISOString() };
});

/** Ends connections with their token, and follows changes of rights; the returned function stops both. */
export const startSessions = (io: LiveServer): (() => void) => {
  const timer = setInterval(() => sweep(io, Date.now() / 1000), 1_000);
  const stopFollowing = onUsersChanged((changed) => {
    for (const namespace of io._nsps.values())
      for (const socket of (namespace.sockets as Map<string, LiveSocket>).values()) {
        const now = changed.get(socket.data.user.id);
        if (!now) continue;
        if (!now.active) end(socket, 'the user was deactivated');
        else if (!sameRights(now.user, socket.data.user)) reconnect(socket);
      }
  });
  return () => {
    clearInterval(timer);
    stopFollowing();
  };
};
