import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { User } from '../contract/auth.ts';

/** What the server keeps for one socket; a field more costs every idle connection. */
export type SocketData = {
  user: User;
  /** Seconds since 1970 at which the token ends. */
  expiresAt: number;
  expiryAnnounced: boolean;
  /** Streams this socket follows: name on the wire → name in the database. */
  streams: Map<string, string>;
  /** Client messages in the minute that began at `windowStart` (ms). */
  messages: number;
  /** Positions reported in the same minute; they have a limit of their own. */
  reports: number;
  windowStart: number;
  connectedAt: number;
};

export type LiveServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
export type LiveSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
