import type { DurableEvent, ServerEvent } from '../../../server/contract/common.ts';
import { namespaceClient } from '../utils/sharedNamespaces.ts';
import type { Unsubscribe } from '../utils/types.ts';
import { createStreams, type Streams } from './streams.ts';
import type { OpenStreamArgs, StreamHandle } from './types.ts';

const opened = new Map<string, Streams>();
const streamsOf = (namespace: string): Streams => {
  const streams = opened.get(namespace) ?? createStreams(namespaceClient(namespace));
  opened.set(namespace, streams);
  return streams;
};

// What happens between the first connection and the first stream of `/` must be known to it.
streamsOf('/');

/** Watches a stream on the application's one connection; its namespace is entered when the first one needs it. */
export const openStream = <State>(args: OpenStreamArgs<State>): StreamHandle<State> =>
  streamsOf(args.namespace ?? '/').openStream(args);

const isDurable = (event: ServerEvent): event is DurableEvent => typeof event.version === 'number';

/**
 * Calls `handler` with every durable event that reaches this client, of open streams and of those that come by the
 * company's room alike. Those of open streams come in order and once; of the others drop what is not newer than the
 * version you hold, and read the list again after a reconnect.
 */
export const onDurable = (handler: (event: DurableEvent) => void, namespace = '/'): Unsubscribe =>
  namespaceClient(namespace).onAny((event) => {
    if (isDurable(event)) handler(event);
  });
