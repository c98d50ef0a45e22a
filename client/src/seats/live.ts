import { useEffect, useSyncExternalStore } from 'react';
import type { ServerEvent } from '../../../server/contract/common.ts';
import { namespaceClient } from '../utils/sharedNamespaces.ts';
import type { Continuity, Unsubscribe } from '../utils/types.ts';
import { clockMoved, serverClock } from './clock.ts';

/** The namespace of bus seats on the application's connection, and what hears all of it: the server's clock. */

export const NAMESPACE = '/seats';

/** The clocks drift apart slowly; asked about this often while a screen of this domain is open. */
const ASK_CLOCK_MS = 30_000;

const client = () => namespaceClient(NAMESPACE);

/** The database's time, since that is what ends a hold. */
const askClock = async () => {
  const askedAt = performance.now();
  try {
    const { timestamp } = await client().emit<{ timestamp: string }>('server_time', {});
    serverClock.answered(timestamp, askedAt);
    clockMoved();
  } catch {
    // Not connected: what it knew still runs, and the next connection asks.
  }
};

let screens = 0;
let stop: Unsubscribe = () => {};

const start = (): Unsubscribe => {
  let wasUp = false;
  const look = () => {
    const isUp = client().connected();
    if (isUp && !wasUp) {
      // A device that slept may have stopped the clock that ours runs by.
      serverClock.forget();
      void askClock();
    }
    wasUp = isUp;
  };
  look();
  const stops = [
    client().subscribe(look),
    // Only what was recorded carries the database's time; the rest is stamped by whichever node sends it.
    client().onAny(({ timestamp, version }) => {
      if (version !== undefined) serverClock.heard(timestamp);
    }),
  ];
  const timer = setInterval(() => void askClock(), ASK_CLOCK_MS);
  return () => {
    clearInterval(timer);
    for (const end of stops) end();
  };
};

const use = () => {
  screens += 1;
  if (screens === 1) stop = start();
  return () => {
    screens -= 1;
    if (screens === 0) stop();
  };
};

const BEFORE: Continuity = { status: 'offline', staleSince: null };

/** Keeps the clock right while mounted, and says how the connection stands. */
export const useSeatsConnection = (): Continuity => {
  useEffect(use, []);
  return useSyncExternalStore(client().subscribe, client().continuity, () => BEFORE);
};

/** Calls `handler` with every event of this name in the namespace. */
export const onSeatsEvent = <Event extends ServerEvent>(name: string, handler: (event: Event) => void): Unsubscribe =>
  client().on<Event>(name, handler);
