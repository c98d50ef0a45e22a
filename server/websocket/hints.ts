import { config } from '../platform/config.ts';
import { log } from '../platform/log.ts';
import { redis, redisSubscriber } from '../platform/redis.ts';
import { hasSiblings, onSibling, tellSiblings } from '../platform/siblings.ts';
import type { Committed } from './committed.ts';
import type { Ephemeral } from './ephemeral.ts';
import { nodeId } from './nodes.ts';

/**
 * What nodes tell each other: through Redis, or without it from worker to worker on one machine. For what commits this is
 * the fast path: losing a hint loses nothing, since the tail reads the same event from the database. For what is
 * ephemeral it is the only path, and losing it loses one position that the next one replaces.
 */

const channel = `${config.REDIS_PREFIX}hints`;

type Hint = { node: string } & ({ event: Omit<Committed, 'at'> & { at: string } } | { ephemeral: Ephemeral });

export type Handlers = { committed: (event: Committed) => void; ephemeral: (event: Ephemeral) => void };

let stop = () => {};

const listen = (take: (hint: string) => void): ((hint: string) => void) => {
  if (redis && redisSubscriber) {
    const [publisher, subscriber] = [redis, redisSubscriber];
    subscriber.subscribe(channel).catch((error) => log.warn({ err: error }, 'no hints from other nodes'));
    const onMessage = (from: string, message: string) => {
      if (from === channel) take(message);
    };
    subscriber.on('message', onMessage);
    stop = () => subscriber.off('message', onMessage);
    // Fails at once while Redis is away; that is what the tail is for.
    return (hint) => void publisher.publish(channel, hint).catch(() => {});
  }
  if (!hasSiblings()) return () => {};
  stop = onSibling((payload) => take((payload as { hint: string }).hint));
  return (hint) => tellSiblings({ hint });
};

/** Listens for other nodes and answers the functions that tell them of what happens here. */
export const startHints = (accept: Handlers): Handlers => {
  const tell = listen((message) => {
    try {
      const hint = JSON.parse(message) as Hint;
      if (hint.node === nodeId) return;
      if ('ephemeral' in hint) accept.ephemeral(hint.ephemeral);
      else accept.committed({ ...hint.event, at: new Date(hint.event.at), way: 'hint' });
    } catch (error) {
      log.warn({ err: error }, 'a hint could not be read');
    }
  });
  const send = (hint: object) => tell(JSON.stringify({ node: nodeId, ...hint }));
  return { committed: (event) => send({ event }), ephemeral: (ephemeral) => send({ ephemeral }) };
};

export const stopHints = (): void => stop();
