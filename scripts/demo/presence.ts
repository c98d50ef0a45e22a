import { io, type Socket } from 'socket.io-client';
import type { Api } from './api.ts';

/** The demo's people look at a shipment while they work on it, so that their avatars come and go. */

/** How long somebody keeps a shipment open after working on it. */
const LOOK_MS = 9_000;

export type Presence = { look: (api: Api, shipmentId: string) => void; close: () => void };

/** One socket a person, opened at the first look. Missing or refused looks are nobody's business: they only decorate. */
export const openPresence = (address: string): Presence => {
  const sockets = new Map<string, Socket>();
  const leaving = new Map<string, NodeJS.Timeout>();

  const socketOf = (api: Api) => {
    const known = sockets.get(api.username);
    if (known) return known;
    const socket = io(address, {
      transports: ['websocket'],
      auth: (answer) => {
        api.token().then(
          (token) => answer({ token }),
          // No token now: refused at once, and tried again like any other failed connection.
          () => answer({}),
        );
      },
    });
    // A refused handshake is not tried again by the library.
    socket.on('connect_error', () => {
      if (!socket.active) setTimeout(() => socket.connect(), 3_000).unref();
    });
    sockets.set(api.username, socket);
    return socket;
  };

  return {
    look: (api, shipmentId) => {
      const socket = socketOf(api);
      const key = `${api.username} ${shipmentId}`;
      clearTimeout(leaving.get(key));
      socket.volatile.emit('join:shipment', { shipmentId });
      leaving.set(
        key,
        setTimeout(() => {
          leaving.delete(key);
          socket.volatile.emit('leave:shipment', { shipmentId });
        }, LOOK_MS),
      );
    },
    close: () => {
      for (const timer of leaving.values()) clearTimeout(timer);
      for (const socket of sockets.values()) socket.disconnect();
    },
  };
};
