import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { usePollingFallback } from '../hooks/usePollingFallback.ts';
import { openStream } from '../streams/sharedStreams.ts';
import { type ParcelFilters, readParcels } from './calls.ts';
import { parcelStream, toFresh, trackingClient } from './live.ts';
import type { Followed } from './parcel.ts';
import { isFinal } from './status.ts';
import type { Parcel } from './wire.ts';

/** So many of a list are followed one by one; what is further down is read again now and then. */
const FOLLOWED = 100;
const AGAIN_MS = 30_000;

const useFollowed = (awbs: string) => {
  const [states, setStates] = useState<ReadonlyMap<string, Followed>>(new Map());
  const [fresh, setFresh] = useState<Continuity>({ status: 'catching-up' });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const handles = awbs === '' ? [] : awbs.split(' ').map((awb) => ({ awb, handle: openStream(parcelStream(awb)) }));
    const show = () => {
      timer = undefined;
      const known = handles.flatMap(({ awb, handle }) => {
        const state = handle.getState();
        return state ? [[awb, state] as const] : [];
      });
      setStates(new Map(known));
      const worst = handles.find(({ handle }) => handle.continuity.status !== 'live' && !handle.continuity.error);
      setFresh(worst ? toFresh(worst.handle.continuity) : { status: 'live' });
    };
    const soon = () => {
      timer ??= setTimeout(show, 50);
    };
    const stops = handles.map(({ handle }) => handle.subscribe(soon));
    soon();
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      for (const { handle } of handles) handle.close();
    };
  }, [awbs]);
  return { states, fresh };
};

/** The parcels one may see, those under way kept live. */
export const useParcelList = (filters: ParcelFilters) => {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ['tracking', 'list', filters],
    queryFn: ({ pageParam, signal }) => readParcels(filters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: AGAIN_MS,
  });
  const read = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const awbs = useMemo(
    () =>
      read
        .filter(({ status }) => !isFinal(status))
        .slice(0, FOLLOWED)
        .map(({ awb }) => awb)
        .join(' '),
    [read],
  );
  const { states, fresh } = useFollowed(awbs);
  const socket = trackingClient();
  const { status, staleSince } = useSyncExternalStore(socket.subscribe, socket.continuity);
  const again = useCallback(() => void client.invalidateQueries({ queryKey: ['tracking', 'list'] }), [client]);
  // What was created or given to us while nobody told us.
  useEffect(() => {
    if (status === 'live') again();
  }, [status, again]);
  usePollingFallback(again);
  useEffect(() => socket.on('parcel-changed', again), [socket, again]);

  const rows: Parcel[] = useMemo(() => {
    const seen = new Set<string>();
    return read.flatMap((parcel) => {
      if (seen.has(parcel.awb)) return [];
      seen.add(parcel.awb);
      const live = states.get(parcel.awb);
      return [live && live.version >= parcel.version ? live : parcel];
    });
  }, [read, states]);
  const connected = status === 'live' || status === 'connecting' || status === 'catching_up';
  return { ...query, rows, fresh: connected ? fresh : ({ status: 'stale', staleSince } as Continuity) };
};
