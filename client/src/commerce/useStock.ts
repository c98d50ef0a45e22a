import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { announce } from '../app/announce.tsx';
import { useContinuity } from '../hooks/useContinuity.ts';
import { usePollingFallback } from '../hooks/usePollingFallback.ts';
import { socketClient } from '../utils/socketClient.ts';
import { readStock } from './calls.ts';
import { noteChange } from './changes.ts';
import { type HeardStock, hear, mergeStock, type ReadStock, stockKey } from './stock.ts';
import type { StockAlert, StockNotice } from './wire.ts';

export const STOCK = ['commerce', 'stock', 'list'] as const;
const HEARD = ['commerce', 'stock', 'heard'] as const;
const ALERTS = ['commerce', 'stock', 'alerts'] as const;
const KEPT_ALERTS = 20;
/** A company's whole stock is shown; beyond this a screen would be no help and a search is. */
const MOST_READ = 1000;
/** A burst of articles that are new to us is one reading. */
const GATHER_MS = 300;
const VERSIONS_MS = 10_000;

const readAll = async (signal: AbortSignal): Promise<ReadStock> => {
  const askedAt = Date.now();
  const items: StockItem[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: StockItem[]; nextCursor: string | null } = await readStock(cursor ? { cursor } : {}, signal);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor && items.length < MOST_READ);
  return { askedAt, items };
};

const held = <Value>(client: QueryClient, key: readonly string[], none: Value) => ({
  queryKey: key,
  queryFn: () => client.getQueryData<Value>(key) ?? none,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Takes a level as the user's own write answered it. */
export const takeStock = (client: QueryClient, item: StockItem): void => {
  const notice: StockNotice = { ...item, type: 'inventory:updated', timestamp: item.updatedAt };
  client.setQueryData<HeardStock>(HEARD, (before = {}) => hear(before, notice, Date.now()));
};

/** A notice of an article that the list lacks, or of one that two companies have: only the list can tell. */
const isKnown = (client: QueryClient, notice: StockNotice) =>
  client.getQueryData<ReadStock>(STOCK)?.items.filter((item) => stockKey(item) === stockKey(notice)).length === 1;

/** All stock that the user may see, and the alerts of this visit, kept true while the screen is open. */
export const useStock = () => {
  const client = useQueryClient();
  const { status } = useContinuity();
  const list = useQuery({ queryKey: STOCK, queryFn: ({ signal }) => readAll(signal), refetchOnMount: 'always' });
  const { data: heard = {} } = useQuery<HeardStock>(held<HeardStock>(client, HEARD, {}));
  const { data: alerts = [] } = useQuery<StockAlert[]>(held<StockAlert[]>(client, ALERTS, []));

  const { refetch } = list;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let due = Number.POSITIVE_INFINITY;
    const readIn = (milliseconds: number) => {
      const at = Date.now() + milliseconds;
      if (at >= due) return;
      due = at;
      clearTimeout(timer);
      timer = setTimeout(() => {
        due = Number.POSITIVE_INFINITY;
        void refetch();
      }, milliseconds);
    };
    const takeLevel = (notice: StockNotice) => {
      const before = client.getQueryData<HeardStock>(HEARD);
      const after = hear(before ?? {}, notice, Date.now());
      if (after === before) return;
      client.setQueryData(HEARD, after);
      noteChange(stockKey(notice));
      // Later for its version alone, by which a digest begins where the eyes left off.
      readIn(isKnown(client, notice) ? VERSIONS_MS : GATHER_MS);
    };
    const takeAlert = (alert: StockAlert) => {
      const isSame = (other: StockAlert) => stockKey(other) === stockKey(alert) && other.quantity === alert.quantity;
      const before = client.getQueryData<StockAlert[]>(ALERTS) ?? [];
      // A company's people hear the same crossing as an alert to their shop and to their company.
      if (before[0] && isSame(before[0])) return;
      client.setQueryData<StockAlert[]>(ALERTS, [alert, ...before].slice(0, KEPT_ALERTS));
      announce(alert.message);
    };
    const stops = [
      socketClient.on<StockNotice>('inventory:updated', takeLevel),
      socketClient.on<StockNotice>('inventory:shop_update', takeLevel),
      socketClient.on<StockAlert>('inventory:low_stock_alert', takeAlert),
      socketClient.on<StockAlert>('inventory:alert', takeAlert),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [client, refetch]);

  const before = useRef(status);
  useEffect(() => {
    if (status === 'live' && before.current !== 'live') void refetch();
    before.current = status;
  }, [status, refetch]);
  usePollingFallback(() => void refetch());

  const items = useMemo(() => (list.data ? mergeStock(list.data, heard) : []), [list.data, heard]);
  return { ...list, items, heard, alerts };
};
