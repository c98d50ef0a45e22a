import { config } from '../platform/config.ts';
import { log } from '../platform/log.ts';
import { hintsDropped } from '../platform/metrics.ts';
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

/** Answers how the others are told; null where there are none that can be. What it answers rejects when it is lost. */
const listen = (take: (hint: string) => void): ((hint: string) => Promise<unknown>) | null => {
  if (redis && redisSubscriber) {
    const [publisher, subscriber] = [redis, redisSubscriber];
    subscriber.subscribe(channel).catch((error) => log.warn({ err: error }, 'no hints from other nodes'));
    const onMessage = (from: string, message: string) => {
      if (from === channel) take(message);
    };
    subscriber.on('message', onMessage);
    stop = () => subscriber.off('message', onMessage);
    // Fails at once while Redis is away; that is what the tail is for.
    return (hint) => publisher.publish(channel, hint);
  }
  if (!hasSiblings()) return null;
  stop = onSibling((payload) => take((payload as { hint: string }).hint));
  return (hint) => tellSiblings({ hint });
};

/** Sends at most HINTS_MAX_PENDING at a time: a Redis that froze must not fill our memory with what it does not take. */
const bounded = (tell: (hint: string) => Promise<unknown>) => {
  let pending = 0;
  return (kind: 'committed' | 'ephemeral', hint: object): void => {
    if (pending >= config.HINTS_MAX_PENDING) {
      hintsDropped.inc({ kind });
      return;
    }
    pending += 1;
    tell(JSON.stringify({ node: nodeId, ...hint }))
      .catch(() => hintsDropped.inc({ kind }))
      .finally(() => {
        pending -= 1;
      });
  };
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
  if (!tell) return { committed: () => {}, ephemeral: () => {} };
  const send = bounded(tell);
  return {
    committed: (event) => send('committed', { event }),
    ephemeral: (ephemeral) => send('ephemeral', { ephemeral }),
  };
};

export const stopHints = (): void => stop();
