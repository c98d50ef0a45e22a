import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Filters } from './filters.ts';
import { matches } from './filters.ts';
import type { Fleet, Marker } from './fleet.ts';
import { metresBetween } from './mercator.ts';
import { isInView, type MapView } from './view.ts';

export type Near = { marker: Marker; metres: number | undefined };

/** More rows than anybody reads beside a map; the rest are on it. */
const MOST = 60;
/** An order that changes under the pointer with every report could not be used. */
const ORDER_MS = 4_000;

/** In a busy city somebody comes or leaves at every moment. */
const GATHER_MS = 250;

/** Redraws when somebody comes, leaves or changes, a few times a second at most; not when they move. */
export const useMembers = (fleet: Fleet): number => {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stop = fleet.onMembers(() => {
        timer ??= setTimeout(() => {
          timer = undefined;
          listener();
        }, GATHER_MS);
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
    [fleet],
  );
  return useSyncExternalStore(subscribe, fleet.revision);
};

/** Of those in view that the filters let through: the nearest to the middle, and how many there are in all. */
export const useNearest = (fleet: Fleet, filters: Filters, view: MapView | undefined) => {
  const revision = useMembers(fleet);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), ORDER_MS);
    return () => clearInterval(timer);
  }, []);
  // The fleet is changed in place: revision and turn say when to look again.
  return useMemo(() => {
    const found: Near[] = [];
    for (const marker of fleet.markers.values()) {
      const { to } = marker.motion;
      if (!matches(marker.vendor, filters) || (view && !isInView(view, to))) continue;
      found.push({ marker, metres: view && metresBetween(view.centre, to) });
    }
    found.sort((a, b) => (a.metres ?? 0) - (b.metres ?? 0));
    return { nearest: found.slice(0, MOST), total: found.length };
  }, [fleet, filters, view, revision, turn]);
};
