import type { IncomingMessage } from 'node:http';

/** What Socket.IO and our handshake read of the request that opened a connection. */
type Kept = Pick<IncomingMessage, 'headers' | 'url'> & {
  _query: Record<string, string>;
  connection: { encrypted: boolean };
  socket: { remoteAddress: string | undefined };
};

/** Those that are alike are kept once; the bound is for callers that make each of theirs different. */
const MAX_SHARED = 10_000;
const shared = new Map<string, Kept>();

const share = (kept: Kept): Kept => {
  // A token belongs to one connection, and leaves memory with it.
  if (kept.headers.authorization) return kept;
  const key = JSON.stringify([kept.headers, kept.socket.remoteAddress]);
  const known = shared.get(key);
  if (known) return known;
  if (shared.size >= MAX_SHARED) shared.clear();
  shared.set(key, kept);
  return kept;
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
  connection.request = share({
    headers,
    url: '/socket.io/',
    _query: {},
    connection: { encrypted: false },
    socket: { remoteAddress },
  });
};
