import { useEffect, useRef, useState } from 'react';
import type { z } from 'zod';
import type { ServerEvent } from '../../../server/contract/common.ts';
import type { AreaAck, AreaVendor, Bounds, LocationUpdated } from '../../../server/contract/vendors.ts';
import { sameBounds } from './area.ts';
import { locationClient } from './connections.ts';
import type { Fleet, LocationEvent } from './fleet.ts';

/** A map that is being dragged tells where it is when it has come to rest for this long. */
const REST_MS = 150;
const RETRY_MS = 3_000;

type Answer = Extract<AreaAck, { success: true }>;
type Moved = ServerEvent & z.infer<typeof LocationUpdated>;

/** What the area's markers are worth: read and followed, on the way, or not to be had for now. */
export type AreaState = { status: 'loading' | 'live' | 'failed'; truncated: boolean };

/** Follows what happens in `bounds`: after every move of the map, and again after every lost connection. */
export const useArea = (fleet: Fleet, bounds: Bounds | undefined): AreaState => {
  const [state, setState] = useState<AreaState>({ status: 'loading', truncated: false });
  const wanted = useRef(bounds);
  const ask = useRef(() => {});

  useEffect(() => {
    let turn = 0;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let wasUp = false;
    ask.current = async () => {
      const area = wanted.current;
      clearTimeout(retry);
      if (!area || !locationClient.connected()) return;
      turn += 1;
      const mine = turn;
      try {
        const { vendors, truncated } = await locationClient.emit<Answer>('subscribe_area', { bounds: area });
        // The answer to a view that the map has left already must not take away what is in the new one.
        if (mine !== turn) return;
        fleet.takeArea(vendors satisfies AreaVendor[]);
        setState({ status: 'live', truncated });
      } catch {
        if (mine !== turn) return;
        setState((before) => ({ ...before, status: 'failed' }));
        retry = setTimeout(() => ask.current(), RETRY_MS);
      }
    };
    const follow = () => {
      const up = locationClient.connected();
      if (up && !wasUp) ask.current();
      if (!up && wasUp) setState((before) => ({ ...before, status: 'loading' }));
      wasUp = up;
    };
    const stopFollowing = locationClient.subscribe(follow);
    const stopHearing = locationClient.on<Moved>('location_updated', (event) =>
      fleet.takeEvent(event as LocationEvent),
    );
    follow();
    return () => {
      turn += 1;
      clearTimeout(retry);
      stopFollowing();
      stopHearing();
      ask.current = () => {};
      if (locationClient.connected()) void locationClient.emit('unsubscribe_area', {});
    };
  }, [fleet]);

  useEffect(() => {
    if (!bounds || sameBounds(wanted.current, bounds)) return;
    const isFirst = wanted.current === undefined;
    wanted.current = bounds;
    const timer = setTimeout(() => ask.current(), isFirst ? 0 : REST_MS);
    return () => clearTimeout(timer);
  }, [bounds]);
  return state;
};
