import type { IncomingMessage } from 'node:http';

/** What Socket.IO and our handshake read of the request that opened a connection. */
type Kept = Pick<IncomingMessage, 'headers' | 'url'> & {
  _query: Record<string, string>;
  connection: { encrypted: boolean };
  socket: { remoteAddress: string | undefined };
};

/**
 * Replaces the request that engine.io keeps for the life of a connection by the few fields that are read later:
 * parser state, all headers and the raw socket's listeners would cost every idle connection kilobytes.
 */
export const slimRequest = (connection: { request: IncomingMessage | Kept }): void => {
  const request = connection.request as IncomingMessage & { _query?: Record<string, string> };
  const { authorization, origin, host, 'x-forwarded-for': forwarded } = request.headers;
  const headers: IncomingMessage['headers'] = {};
  if (authorization) headers.authorization = authorization;
  if (origin) headers.origin = origin;
  if (host) headers.host = host;
  if (forwarded) headers['x-forwarded-for'] = forwarded;
  const { remoteAddress } = request.socket;
  connection.request = {
    headers,
    url: '/socket.io/',
    _query: {},
    connection: { encrypted: false },
    socket: { remoteAddress },
  };
};
