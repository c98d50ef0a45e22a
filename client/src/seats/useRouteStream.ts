import { useMemo } from 'react';
import type { SeatMap, SeatUpdate } from '../../../server/contract/seats.ts';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { useStream } from '../hooks/useStream.ts';
import type { StreamContinuity } from '../streams/types.ts';
import { NAMESPACE, useSeatsConnection } from './live.ts';
import { applyUpdate, fromSnapshot, type RouteState } from './map.ts';

export type Followed = {
  /** undefined before the first snapshot. */
  state: RouteState | undefined;
  fresh: Continuity;
  /** Why the server does not let us follow it. */
  error: StreamContinuity['error'];
};

/** Follows the seats of one departure, every change in order and once; null follows none. */
export const useRouteStream = (routeId: string | null): Followed => {
  useSeatsConnection();
  const args = useMemo(
    () =>
      routeId === null
        ? null
        : {
            namespace: NAMESPACE,
            stream: `route:${routeId}`,
            join: { event: 'subscribe_route', payload: { routeId } },
            leave: { event: 'unsubscribe_route', payload: { routeId } },
            fromSnapshot: (snapshot: unknown, version: number) => fromSnapshot(snapshot as SeatMap, version),
            reduce: (state: RouteState, event: unknown) => applyUpdate(state, event as SeatUpdate),
          },
    [routeId],
  );
  const { state, status, staleSince, error } = useStream<RouteState>(args);
  return useMemo(
    () => ({ state, fresh: { status: status === 'catching_up' ? 'catching-up' : status, staleSince }, error }),
    [state, status, staleSince, error],
  );
};
