import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Filters } from './filters.ts';
import { matches } from './filters.ts';
import type { Fleet, Marker } from './fleet.ts';
import { metresBetween, project, type Spot } from './mercator.ts';

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

/** Those nearest to the middle of the map that the filters let through, and how many there are in all. */
export const useNearest = (fleet: Fleet, filters: Filters, centre: { lat: number; long: number } | undefined) => {
  const revision = useMembers(fleet);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), ORDER_MS);
    return () => clearInterval(timer);
  }, []);
  // The fleet is changed in place: revision and turn say when to look again.
  return useMemo(() => {
    const middle: Spot | undefined = centre && project(centre.lat, centre.long);
    const found: Near[] = [];
    for (const marker of fleet.markers.values())
      if (matches(marker.vendor, filters))
        found.push({ marker, metres: middle && metresBetween(middle, marker.motion.to) });
    found.sort((a, b) => (a.metres ?? 0) - (b.metres ?? 0));
    return { nearest: found.slice(0, MOST), total: found.length };
  }, [fleet, filters, centre, revision, turn]);
};
