import { useMemo, useSyncExternalStore } from 'react';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { namespaceClient } from '../utils/sharedNamespaces.ts';
import type { ConnectionStatus, SocketClient } from '../utils/types.ts';
import { learnClock } from './clock.ts';

/** Positions and vendors, each in a namespace of the application's one connection. */
export const locationClient: SocketClient = namespaceClient('/location');
export const vendorClient: SocketClient = namespaceClient('/vendor');

/** Clocks drift apart slowly. */
const ASK_CLOCK_MS = 60_000;

const askClock = () => void learnClock(() => locationClient.emit<{ timestamp: string }>('ping'));
let wasUp = false;
locationClient.subscribe(() => {
  const up = locationClient.connected();
  if (up && !wasUp) askClock();
  wasUp = up;
});
if (locationClient.connected()) askClock();
setInterval(() => {
  if (locationClient.connected()) askClock();
}, ASK_CLOCK_MS);

const STATUS: Record<ConnectionStatus, Continuity['status']> = {
  connecting: 'catching-up',
  live: 'live',
  catching_up: 'catching-up',
  stale: 'stale',
  offline: 'stale',
  unauthenticated: 'stale',
};

const useContinuityOf = (client: SocketClient): Continuity => {
  const { status, staleSince } = useSyncExternalStore(client.subscribe, client.continuity);
  return useMemo(() => ({ status: STATUS[status], staleSince }), [status, staleSince]);
};

/** How the connection for positions stands. */
export const useLocations = (): Continuity => useContinuityOf(locationClient);
/** The same for what vendors say of themselves. */
export const useVendors = (): Continuity => useContinuityOf(vendorClient);
