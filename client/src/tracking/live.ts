import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { ServerEvent } from '../../../server/contract/common.ts';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { useStream } from '../hooks/useStream.ts';
import type { openStream } from '../streams/sharedStreams.ts';
import type { OpenStreamArgs, StreamContinuity } from '../streams/types.ts';
import { namespaceClient } from '../utils/sharedNamespaces.ts';
import type { SocketClient } from '../utils/types.ts';
import { type Followed, fromSnapshot, newerLocation, reduce, takePassing } from './parcel.ts';
import type { Parcel, TrailPoint } from './wire.ts';

export const TRACKING = '/tracking';
export const trackingClient = () => namespaceClient(TRACKING);

export const parcelKey = (awb: string) => ['tracking', 'one', awb] as const;

export const parcelStream = (awb: string): OpenStreamArgs<Followed> => ({
  stream: `tracking:${awb}`,
  namespace: TRACKING,
  join: { event: 'subscribe-tracking', payload: { awb } },
  leave: { event: 'unsubscribe-tracking', payload: { awb } },
  fromSnapshot,
  reduce,
});

export const toFresh = ({ status, staleSince }: StreamContinuity): Continuity => ({
  status: status === 'catching_up' ? 'catching-up' : status,
  staleSince,
});

type Connection = { client: SocketClient; opener?: typeof openStream };

export type LiveParcel = {
  parcel: Followed | undefined;
  fresh: Continuity;
  error: StreamContinuity['error'];
  /** What the marker passed since the page was opened. */
  passed: readonly TrailPoint[];
};

const NOTHING: readonly TrailPoint[] = [];
type Passing = { awb: string; events: Map<string, ServerEvent>; passed: readonly TrailPoint[] };

/** Follows one parcel: its durable events in order and once, and above them the newest position and time of arrival. */
export const useLiveParcel = (awb: string, connection?: Connection): LiveParcel => {
  const client = connection?.client ?? trackingClient();
  const args = useMemo(() => parcelStream(awb), [awb]);
  const { state, ...continuity } = useStream<Followed>(args, connection?.opener);
  const [passing, setPassing] = useState<Passing>();

  useEffect(() => {
    const take = (event: ServerEvent) => {
      if (event.awb !== awb || event.version !== undefined) return;
      setPassing((before) => {
        const held = before?.awb === awb ? before : { awb, events: new Map<string, ServerEvent>(), passed: NOTHING };
        const point = event.location as TrailPoint | undefined;
        const last = held.passed.at(-1);
        const isNext = point && (!last || point.recordedAt > last.recordedAt);
        if (event.type === 'location-update' && !isNext) return held;
        const passed = event.type === 'location-update' && point ? [...held.passed, point].slice(-5000) : held.passed;
        return { awb, events: new Map(held.events).set(event.type, event), passed };
      });
    };
    const stops = [client.on('location-update', take), client.on('eta-update', take)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [awb, client]);

  const parcel = useMemo(() => {
    if (!state || passing?.awb !== awb) return state;
    return [...passing.events.values()].reduce(takePassing, state);
  }, [state, passing, awb]);
  return {
    parcel,
    fresh: toFresh(continuity),
    error: continuity.error,
    passed: passing?.awb === awb ? passing.passed : NOTHING,
  };
};

/** Tells the lists what a screen was told by the server. */
export const useTakeParcel = () => {
  const queries = useQueryClient();
  return (parcel: Parcel) => {
    queries.setQueryData<Parcel>(parcelKey(parcel.awb), (held) =>
      held && held.version > parcel.version
        ? held
        : { ...parcel, location: newerLocation(held?.location ?? null, parcel.location) },
    );
    void queries.invalidateQueries({ queryKey: ['tracking', 'list'] });
  };
};
