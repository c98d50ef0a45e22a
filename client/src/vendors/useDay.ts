import { useQuery } from '@tanstack/react-query';
import type { List } from '../../../server/contract/common.ts';
import type { TrailBatch, TrailPoint } from '../../../server/contract/vendors.ts';
import { request } from '../app/api.ts';
import { dayName, localDay, toDay, utcDays } from './day.ts';
import { vendorPath } from './useVendor.ts';

const readTrail = async (id: string, day: string, signal: AbortSignal): Promise<TrailPoint[]> => {
  const points: TrailPoint[] = [];
  const query = new URLSearchParams({ day, limit: '200' });
  for (;;) {
    const page = await request<List<TrailBatch>>(`${vendorPath(id)}/trail?${query}`, { signal });
    for (const batch of page.items) points.push(...batch.points);
    if (page.nextCursor === null) return points;
    query.set('cursor', page.nextCursor);
  }
};

/** A day of the person who looks, read as the UTC days it touches. Today is read again while it goes on. */
export const useDay = (id: string, day: string) => {
  const isToday = day === dayName(Date.now());
  return useQuery({
    queryKey: ['vendors', 'day', id, day],
    queryFn: async ({ signal }) => {
      const span = localDay(day);
      const trails = await Promise.all(utcDays(span).map((utc) => readTrail(id, utc, signal)));
      return toDay(trails.flat(), span.start, span.end);
    },
    refetchInterval: isToday ? 30_000 : false,
    staleTime: isToday ? 0 : 300_000,
  });
};
