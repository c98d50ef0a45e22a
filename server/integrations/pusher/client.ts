import { createHash, createHmac } from 'node:crypto';
import { config } from '../../platform/config.ts';

/**
 * Pusher Channels over HTTP, signed as https://pusher.com/docs/channels/library_auth_reference/rest-api/ says: HMAC-SHA256
 * of method, path and the sorted query, which holds the body's MD5.
 */

export class PusherError extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`Pusher answered ${status}: ${text.slice(0, 200)}`);
    this.status = status;
  }
}

/** The documented limit; a larger event is refused for ever. */
export const MAX_DATA_BYTES = 10_240;
const TIMEOUT_MS = 5_000;

const origin = (): string => {
  const host = config.PUSHER_HOST;
  if (!host) return `https://api-${config.PUSHER_CLUSTER}.pusher.com`;
  if (/^https?:\/\//.test(host)) return host.replace(/\/$/, '');
  // A stand-in on this machine has no certificate.
  return /^(localhost|127\.|\[::1\])/.test(host) ? `http://${host}` : `https://${host}`;
};

export const isPusherOn = (): boolean => Boolean(config.PUSHER_APP_ID && config.PUSHER_KEY && config.PUSHER_SECRET);

/** Triggers one event on a channel. Throws PusherError on a refusal, and whatever `fetch` throws when nobody answers. */
export const trigger = async (channel: string, name: string, data: object): Promise<void> => {
  const path = `/apps/${config.PUSHER_APP_ID}/events`;
  const body = JSON.stringify({ name, channels: [channel], data: JSON.stringify(data) });
  const parameters = [
    `auth_key=${config.PUSHER_KEY}`,
    `auth_timestamp=${Math.floor(Date.now() / 1000)}`,
    'auth_version=1.0',
    `body_md5=${createHash('md5').update(body).digest('hex')}`,
  ].join('&');
  const signature = createHmac('sha256', config.PUSHER_SECRET!).update(`POST\n${path}\n${parameters}`).digest('hex');
  const response = await fetch(`${origin()}${path}?${parameters}&auth_signature=${signature}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new PusherError(response.status, text);
};
