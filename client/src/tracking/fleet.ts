import { useMemo, useSyncExternalStore } from 'react';
import type { DurableEvent, ServerEvent } from '../../../server/contract/common.ts';
import { announce } from '../app/announce.tsx';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import type { SocketClient } from '../utils/types.ts';
import { trackingClient } from './live.ts';
import { type Followed, fromSnapshot, reduce, takePassing } from './parcel.ts';
import { STATUS } from './status.ts';
import type { Parcel } from './wire.ts';

/** All parcels of the company that are under way, by one subscription. Redrawn at most once a frame, whatever arrives. */

const EVENTS = ['status-update', 'eta-update', 'rider-approaching', 'rider-assigned', 'proof-added', 'location-update'];

export type Fleet = { parcels: ReadonlyMap<string, Followed>; known: boolean };

export const createFleet = (client: SocketClient) => {
  let parcels = new Map<string, Followed>();
  let view: Fleet = { parcels, known: false };
  let frame: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  /** Durable events that arrived while the list was on its way. */
  let early: ServerEvent[] = [];
  const missing = new Set<string>();
  const listeners = new Set<() => void>();

  const show = () => {
    frame = undefined;
    view = { parcels: new Map(parcels), known: true };
    for (const listener of listeners) listener();
  };
  // Positions of two thousand riders come one by one; a screen shows some frames a second.
  const soon = () => {
    frame ??= setTimeout(show, 100);
  };

  const read = async (awb: string) => {
    if (missing.has(awb)) return;
    missing.add(awb);
    try {
      const { tracking } = await client.emit<{ tracking: Parcel }>('get-tracking', { awb });
      const held = parcels.get(awb);
      if (!held || held.version < tracking.version) parcels.set(awb, fromSnapshot(tracking, tracking.version));
      soon();
    } catch {
      // The next event of it, or the next connection, asks again.
    } finally {
      missing.delete(awb);
    }
  };

  const take = (event: ServerEvent) => {
    const awb = String(event.awb);
    if (asking) early.push(event);
    const held = parcels.get(awb);
    if (!held) return asking ? undefined : void read(awb);
    if (event.version === undefined) {
      const next = takePassing(held, event);
      if (next === held) return;
      parcels.set(awb, next);
    } else {
      if (event.version <= held.version) return;
      const next = reduce(held, event as DurableEvent);
      parcels.set(awb, next);
      // An event in between was not for this subscription, or told of more than it carried.
      if (event.version > held.version + 1 || next.outdated) void read(awb);
      if (event.type === 'status-update') announce(`${awb}: ${STATUS[next.status].label}`);
    }
    soon();
  };

  /** A parcel that did not exist a moment ago. */
  const hear = ({ awb, change }: ServerEvent) => {
    if (change === 'created' && !parcels.has(String(awb))) void read(String(awb));
  };

  const ask = async () => {
    asking = true;
    early = [];
    try {
      const answer = await client.emit<{ parcels: Parcel[] }>('subscribe-fleet', {});
      parcels = new Map(answer.parcels.map((parcel) => [parcel.awb, fromSnapshot(parcel, parcel.version)]));
      asking = false;
      for (const event of early) take(event);
      show();
    } finally {
      asking = false;
      early = [];
    }
  };

  let stops: (() => void)[] = [];
  let joinedAs: string | undefined;
  let failed: ReturnType<typeof setTimeout> | undefined;
  const join = () => {
    const id = client.getId();
    if (!id || id === joinedAs) return;
    joinedAs = id;
    ask().catch(() => {
      joinedAs = undefined;
      clearTimeout(failed);
      failed = setTimeout(join, 3000);
    });
  };

  const open = () => {
    stops = [...EVENTS.map((name) => client.on(name, take)), client.on('parcel-changed', hear), client.subscribe(join)];
    join();
  };
  const close = () => {
    for (const stop of stops) stop();
    stops = [];
    clearTimeout(failed);
    clearTimeout(frame);
    frame = undefined;
    joinedAs = undefined;
    parcels = new Map();
    view = { parcels, known: false };
    if (client.connected()) void client.emit('unsubscribe-fleet', {});
  };

  return {
    subscribe: (listener: () => void) => {
      if (listeners.size === 0) open();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) close();
      };
    },
    view: () => view,
  };
};

let shared: ReturnType<typeof createFleet> | undefined;

export const useFleet = (): Fleet & { fresh: Continuity } => {
  const client = trackingClient();
  shared ??= createFleet(client);
  const fleet = useSyncExternalStore(shared.subscribe, shared.view);
  const { status, staleSince } = useSyncExternalStore(client.subscribe, client.continuity);
  return useMemo(() => {
    const live = status === 'live' && fleet.known;
    const busy = status === 'connecting' || status === 'catching_up' || status === 'live';
    return { ...fleet, fresh: { status: live ? 'live' : busy ? 'catching-up' : 'stale', staleSince } };
  }, [fleet, status, staleSince]);
};
