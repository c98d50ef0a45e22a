import type { DurableEvent, ServerEvent } from '../../../server/contract/common.ts';
import { sharedClient } from '../utils/sharedClient.ts';
import type { Unsubscribe } from '../utils/types.ts';
import { createStreams } from './streams.ts';

/** The streams of the application's one connection. */
export const { openStream } = createStreams(sharedClient);

const isDurable = (event: ServerEvent): event is DurableEvent => typeof event.version === 'number';

/**
 * Calls `handler` with every durable event that reaches this client, of open streams and of those that come by the
 * company's room alike. Those of open streams come in order and once; of the others drop what is not newer than the
 * version you hold, and read the list again after a reconnect.
 */
export const onDurable = (handler: (event: DurableEvent) => void): Unsubscribe =>
  sharedClient.onAny((event) => {
    if (isDurable(event)) handler(event);
  });
