import type { IncomingMessage } from 'node:http';
import { config } from './config.ts';

/**
 * Which browsers may call. Checked for HTTP and again for every WebSocket handshake, which CORS does not guard.
 * A request without an `Origin` comes from no browser and is allowed: it still needs a token.
 */
export const isOriginAllowed = (request: IncomingMessage): boolean => {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (config.allowedOrigins.has(origin.toLowerCase())) return true;
  // The server's own pages. The scheme may differ behind a proxy that ends TLS, the host may not.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
};

/** The caller's address: the peer's, or what the trusted proxies say; what is further left anybody can write. */
export const clientAddress = (request: IncomingMessage): string => {
  const forwarded = request.headers['x-forwarded-for'];
  const chain = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
    .split(',')
    .map((part) => part.trim());
  const trusted = config.TRUST_PROXY > 0 ? chain.at(-config.TRUST_PROXY) : undefined;
  return trusted || request.socket.remoteAddress || 'unknown';
};
