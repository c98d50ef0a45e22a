import type { Ack, DurableEvent, ResumeAck, ServerEvent, Subscribed } from '../../../server/contract/common.ts';
import { backoff } from '../utils/backoff.ts';
import type { ClientInternals } from '../utils/client.ts';
import { fromAckError, isPassing, retryAfterMs, type SocketError, toSocketError } from '../utils/socketError.ts';
import type { SocketClient } from '../utils/types.ts';
import { type Channel, createChannel } from './channel.ts';
import { chunkStreams } from './chunks.ts';
import { createHandle } from './handle.ts';
import type { OpenStreamArgs, StreamHandle } from './types.ts';

/**
 * Keeps every open stream complete: joins, re-joins all of them at once after a reconnect, and asks again whenever
 * an event or the heartbeat shows that something is missing.
 */

const MAX_RETRY_MS = 30_000;
/** Timers that are due together fire one by one; this gathers them. */
const GATHER_MS = 20;
const soon = (work: () => void) => void setTimeout(work, GATHER_MS);

export type Streams = ReturnType<typeof createStreams>;

export const createStreams = (client: SocketClient & ClientInternals) => {
  const channels = new Map<string, Channel>();
  /** Those with something to ask; asked together, so that a page with many widgets sends one message. */
  const due = new Set<Channel>();
  let flushing = false;
  /** Counts connections: what an earlier one answers is ignored. */
  let epoch = 0;
  let user: string | undefined;
  const spread = Math.random();

  const settle = (channel: Channel, since: number | null, outcome: Subscribed | SocketError) => {
    channel.asking = false;
    if (outcome instanceof Error) {
      if (isPassing(outcome)) askLater(channel, retryAfterMs(outcome.details));
      else {
        // Until the next connection, or until somebody opens it again.
        channel.error = outcome;
        channel.joined = false;
      }
    } else {
      channel.error = null;
      channel.joined = true;
      // A head heard of meanwhile may be newer than the answer, and is not told twice.
      channel.behind = channel.takeAnswer(since, outcome) || channel.isBehind(channel.head);
      if (!needsAsking(channel)) channel.tries = 0;
      else if (channel.tries++ < 3) schedule(channel);
      else askLater(channel, undefined);
    }
    if (channel.watchers.size === 0) drop(channel);
    channel.notify();
  };

  const needsAsking = (channel: Channel) =>
    !channel.error && (!channel.joined || channel.behind || channel.lacksSnapshot());

  const askLater = (channel: Channel, delay: number | undefined) => {
    clearTimeout(channel.retry);
    // The same for all that failed together, so that they are asked together again.
    const wait = delay ?? backoff(channel.tries++, MAX_RETRY_MS, () => spread);
    channel.retry = setTimeout(() => schedule(channel, soon), wait);
  };

  /** Asks for these in one `resume`. */
  const resume = async (asked: [Channel, number | null][]) => {
    const mine = epoch;
    const streams = Object.fromEntries(asked.map(([channel, since]) => [channel.name, since]));
    let outcome: (name: string) => Subscribed | SocketError;
    try {
      const answer = await client.emit<Extract<ResumeAck, { success: true }>>('resume', { streams });
      outcome = (name) => {
        const one = answer.streams[name] ?? {
          error: { code: 'INTERNAL' as const, message: 'The answer lacks this stream' },
        };
        return 'error' in one ? fromAckError(one.error) : one;
      };
    } catch (thrown) {
      outcome = () => toSocketError(thrown);
    }
    if (mine !== epoch) return;
    for (const [channel, since] of asked) settle(channel, since, outcome(channel.name));
  };

  const join = async (channel: Channel, since: number | null) => {
    const mine = epoch;
    const payload = since === null ? channel.join.payload : { ...channel.join.payload, since };
    const outcome = await client
      .emit<Extract<Ack<Subscribed>, { success: true }>>(channel.join.event, payload)
      .catch(toSocketError);
    if (mine === epoch) settle(channel, since, outcome);
  };

  const flush = (): Promise<unknown> => {
    flushing = false;
    if (!client.connected()) return Promise.resolve();
    const asked: [Channel, number | null][] = [];
    for (const channel of due) {
      if (channel.asking || channel.watchers.size === 0 || !needsAsking(channel)) continue;
      channel.asking = true;
      channel.head = 0;
      clearTimeout(channel.retry);
      // What the stream itself lacks comes first; then the snapshot for those who came later.
      const own = !channel.joined || channel.behind;
      asked.push([channel, own ? channel.version() : null]);
    }
    due.clear();
    const [first] = asked;
    if (first && asked.length === 1 && !first[0].joined) return join(...first);
    return Promise.all(chunkStreams(asked, ([channel]) => channel.name).map(resume));
  };

  // A moment, so that what one rendering opens is asked together, and what it opens and closes not at all.
  const schedule = (channel: Channel, wait: (work: () => void) => void = queueMicrotask) => {
    due.add(channel);
    if (flushing) return;
    flushing = true;
    wait(() => void flush());
  };

  /** Leaves a stream that nobody watches. While a question is under way the server would join us after leaving. */
  const drop = (channel: Channel) => {
    if (channel.asking || channel.watchers.size > 0) return;
    clearTimeout(channel.retry);
    channels.delete(channel.name);
    due.delete(channel);
    if (channel.joined && channel.leave && client.connected())
      void client.emit(channel.leave.event, channel.leave.payload);
  };

  /** Lets those who run the server see what arrived; nothing else depends on it. */
  const acknowledge = (streams: Record<string, number>) => {
    if (Object.keys(streams).length > 0) client.emit('heads:ack', { streams }).catch(() => {});
  };

  const takeHeads = (heads: unknown) => {
    const versions: Record<string, number> = {};
    for (const [name, head] of Object.entries((heads ?? {}) as Record<string, number>)) {
      const channel = channels.get(name);
      const version = channel?.version() ?? null;
      if (version !== null) versions[name] = version;
      if (!channel?.isBehind(head)) continue;
      channel.head = Math.max(channel.head, head);
      channel.behind = true;
      schedule(channel);
      channel.notify();
    }
    acknowledge(versions);
  };

  const takeDurable = (event: DurableEvent): boolean => {
    for (const channel of channels.values()) {
      if (channel.error || !channel.matches(event)) continue;
      if (channel.takeEvent(event)) {
        channel.behind = true;
        schedule(channel);
        channel.notify();
      }
      return true;
    }
    return false;
  };

  client.intercept((event: ServerEvent) => {
    if (event.type === 'heads') takeHeads(event.streams);
    return typeof event.version === 'number' && takeDurable(event as DurableEvent);
  });

  client.onUp((userId) => {
    epoch += 1;
    const sameUser = user === undefined || user === userId;
    user = userId;
    for (const channel of channels.values()) {
      if (!sameUser) channel.reset();
      channel.error = null;
      channel.tries = 0;
      due.add(channel);
    }
    return due.size > 0 ? flush().then(() => {}) : undefined;
  });

  client.onDown(() => {
    epoch += 1;
    for (const channel of [...channels.values()]) {
      channel.joined = false;
      channel.asking = false;
      clearTimeout(channel.retry);
      drop(channel);
    }
  });

  client.subscribe(() => {
    for (const channel of channels.values()) channel.notify();
  });

  /** Watches a stream; see `OpenStreamArgs`. Those who watch the same one share one subscription. */
  const openStream = <State>(args: OpenStreamArgs<State>): StreamHandle<State> => {
    const erased = args as unknown as OpenStreamArgs<unknown>;
    const channel = channels.get(args.stream) ?? createChannel(erased, client.dispatch);
    channels.set(args.stream, channel);
    const { watcher, handle } = createHandle<State>(erased, channel, client, () => drop(channel));
    channel.add(watcher);
    channel.error = null;
    if (needsAsking(channel)) schedule(channel);
    watcher.notify();
    return handle;
  };

  return { openStream };
};
