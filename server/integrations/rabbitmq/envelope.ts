import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { type Effect, parseMessage } from '../../commerce/messageBodies.ts';
import type { Told } from '../../commerce/messages.ts';
import { Moment } from '../../contract/common.ts';
import { config } from '../../platform/config.ts';
import { badRequest, forbidden } from '../../platform/errors.ts';
import { HEADER } from './names.ts';

/** From a delivery to what it says, when that happened, which message it is, and for whom its sender may speak. */

export type Letter = {
  delivery: ConsumeMessage;
  effect: Effect;
  told: Told;
  /** Whether only copies that the broker flags as redelivered count as repeats. */
  anonymous: boolean;
};

const digest = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('base64url');
};

/** Services that may speak, from `RABBITMQ_TRUSTED_USERS`: `user` for every company, `user=company` for one. */
const trusted = new Map<string, Set<string | null>>();
for (const entry of config.RABBITMQ_TRUSTED_USERS) {
  const [user, company] = entry.split('=');
  const companies = trusted.get(user!) ?? new Set();
  companies.add(company ?? null);
  trusted.set(user!, companies);
}

/** Throws FORBIDDEN unless the message was signed with our secret, where there is one. */
const requireSignature = ({ content, fields, properties }: ConsumeMessage): void => {
  if (!config.RABBITMQ_HMAC_SECRET) return;
  const given = String(properties.headers?.['x-signature'] ?? '').replace(/^sha256=/, '');
  const expected = createHmac('sha256', config.RABBITMQ_HMAC_SECRET)
    .update(`${fields.routingKey}\n`)
    .update(content)
    .digest();
  const actual = Buffer.from(given, 'hex');
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected))
    throw forbidden('x-signature: missing or wrong');
};

/** The broker has checked `user-id` against the connection that published. */
const companiesOf = ({ properties }: ConsumeMessage): Set<string | null> | null => {
  if (trusted.size === 0) return null;
  const companies = trusted.get(String(properties.userId ?? ''));
  if (!companies) throw forbidden(`user-id: ${properties.userId ?? 'missing'} is not one of RABBITMQ_TRUSTED_USERS`);
  return companies;
};

/** The same message is the same key, however often it comes. */
export const keyOf = ({ content, fields, properties }: ConsumeMessage): string =>
  properties.messageId ? `id:${properties.messageId}` : `body:${digest(fields.routingKey, content)}`;

let lastArrival = 0;
/** Now, to the microsecond and never the same twice: of two that say no time, the one that came later is newer. */
const arrival = (): string => {
  lastArrival = Math.max(Date.now() * 1000, lastArrival + 1);
  const milliseconds = new Date(Math.floor(lastArrival / 1000)).toISOString().slice(0, -1);
  return `${milliseconds}${String(lastArrival % 1000).padStart(3, '0')}Z`;
};

const timeOf = (body: unknown, { properties }: ConsumeMessage): { at: string; named: boolean } => {
  const given = (body as { occurredAt?: unknown } | null)?.occurredAt;
  if (given !== undefined && given !== null) return { at: Moment.parse(given), named: true };
  // Seconds since 1970, says the protocol; some senders mean milliseconds.
  const stamp = Number(properties.timestamp);
  if (Number.isFinite(stamp) && stamp > 0) {
    const milliseconds = stamp < 1e11 ? stamp * 1000 : stamp;
    if (milliseconds < 8.64e15) return { at: new Date(milliseconds).toISOString(), named: false };
  }
  return { at: arrival(), named: false };
};

/** Throws an AppError that says why a message cannot be understood or is not trusted. */
export const openLetter = (delivery: ConsumeMessage): Letter => {
  requireSignature(delivery);
  const companies = companiesOf(delivery);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(delivery.content));
  } catch {
    throw badRequest('The body is not JSON');
  }
  const { at, named } = timeOf(body, delivery);
  const effect = parseMessage(delivery.fields.routingKey, body);
  return {
    delivery,
    effect,
    anonymous: !delivery.properties.messageId && !named,
    told: {
      at,
      key: keyOf(delivery),
      maySpeakFor: (companyId) => companies === null || companies.has(null) || companies.has(companyId ?? ''),
    },
  };
};

/** What a dead letter carries besides what it was. */
export const deadHeaders = (delivery: ConsumeMessage, reason: string, tries: number) => ({
  ...delivery.properties.headers,
  // A header is no place for a page.
  [HEADER.reason]: reason.slice(0, 1000),
  [HEADER.routingKey]: delivery.fields.routingKey,
  [HEADER.tries]: tries,
  [HEADER.at]: new Date().toISOString(),
  ...(delivery.properties.userId && { [HEADER.userId]: delivery.properties.userId }),
});
