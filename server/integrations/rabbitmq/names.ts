import type { Channel } from 'amqplib';
import { config } from '../../platform/config.ts';

/** What the broker holds for us. */

export const EXCHANGE = config.RABBITMQ_EXCHANGE;
export const QUEUE = config.RABBITMQ_QUEUE;
export const DEAD = `${QUEUE}.dead`;
const BINDINGS = [
  'order.*',
  'payment.*',
  'inventory.*',
  'product.*',
  'notification.*',
  'user.*',
  'company.*',
  'shop.*',
];

/** Headers of a dead letter: why it is dead, and what it takes to send it again. */
export const HEADER = {
  reason: 'x-reason',
  routingKey: 'x-routing-key',
  userId: 'x-user-id',
  tries: 'x-tries',
  at: 'x-dead-at',
} as const;

/** Declares exchange, queue, dead-letter queue and bindings. Declaring them again changes nothing. */
export const declare = async (channel: Channel): Promise<void> => {
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
  await channel.assertQueue(DEAD, { durable: true });
  await channel.assertQueue(QUEUE, { durable: true });
  for (const binding of BINDINGS) await channel.bindQueue(QUEUE, EXCHANGE, binding);
};

/** The address with a heartbeat: a broker that is cut off without a word is noticed within half a minute. */
export const brokerAddress = (address: string): string => {
  const url = new URL(address);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', '10');
  return url.href;
};
