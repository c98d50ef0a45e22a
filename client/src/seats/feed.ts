import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { List, ServerEvent } from '../../../server/contract/common.ts';
import type { Route } from '../../../server/contract/seats.ts';
import { DEPARTURES_KEY, departureKey, TICKETS_KEY, ticketKey, waitingKey } from './calls.ts';
import { onSeatsEvent, useSeatsConnection } from './live.ts';

/** Feeds notices to the lists that are on screen. */

type Pages = InfiniteData<List<Route>>;

const takeRoute = (client: QueryClient, id: string, change: Partial<Route>) => {
  client.setQueriesData<Pages>({ queryKey: DEPARTURES_KEY }, (held) => {
    if (!held?.pages.some(({ items }) => items.some((route) => route.id === id))) return held;
    const pages = held.pages.map((page) => ({
      ...page,
      items: page.items.map((route) => (route.id === id ? { ...route, ...change } : route)),
    }));
    return { ...held, pages };
  });
  client.setQueryData<Route>(departureKey(id), (held) => held && { ...held, ...change });
};

type RouteNotice = ServerEvent & Pick<Route, 'available' | 'total' | 'status' | 'departsAt'> & { routeId: string };

/** While mounted. After a reconnect everything is read again: notices are not repeated. */
export const useSeatsFeed = (): void => {
  const client = useQueryClient();
  const { status } = useSeatsConnection();
  useEffect(() => {
    const stops = [
      onSeatsEvent('route:created', () => void client.invalidateQueries({ queryKey: DEPARTURES_KEY })),
      onSeatsEvent<RouteNotice>('route:updated', ({ routeId, available, total, status, departsAt }) =>
        takeRoute(client, routeId, { available, total, status, departsAt }),
      ),
      onSeatsEvent('ticket:updated', ({ ticketId }) => {
        void client.invalidateQueries({ queryKey: ticketKey(String(ticketId)) });
        void client.invalidateQueries({ queryKey: TICKETS_KEY });
      }),
      onSeatsEvent('waiting:updated', ({ routeId }) => {
        void client.invalidateQueries({ queryKey: waitingKey(String(routeId)) });
        void client.invalidateQueries({ queryKey: TICKETS_KEY });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client]);
  useEffect(() => {
    if (status === 'live') void client.invalidateQueries({ queryKey: ['seats'] });
  }, [client, status]);
};
