// biome-ignore-all lint/a11y/useSemanticElements: rows are placed absolutely, which table elements cannot do
// biome-ignore-all lint/a11y/useFocusableInteractive: rows and cells of a plain table take no focus
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { useWarehouses } from '../warehouses/useWarehouses.ts';
import { ShipmentRow } from './ShipmentRow.tsx';
import classes from './ShipmentRows.module.css';
import type { useShipmentList } from './useShipmentList.ts';

/** Fixed heights: 10,000 rows are placed by multiplication, and nothing jumps while scrolling. */
const ROW = 42;
const CARD = 104;
/** Ask for the next page this many rows before the end is in sight. */
const AHEAD = 60;

const COLUMNS = ['PO number', 'Supplier', 'Route', 'Warehouse', 'Status', 'Inspection', 'ETA', 'Last change'];

/** A table on a wide screen, cards on a phone; only what is in sight exists in the document. */
export const ShipmentRows = ({ list }: { list: ReturnType<typeof useShipmentList> }) => {
  const { rows, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const cards = useMediaQuery('(max-width: 47.99em)', false, { getInitialValueInEffect: false });
  const scroller = useRef<HTMLDivElement>(null);
  const { data: warehouses } = useWarehouses();
  const names = useMemo(() => new Map(warehouses?.map(({ id, name }) => [id, name])), [warehouses]);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (cards ? CARD : ROW),
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [cards, virtual]);

  const items = virtual.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError && lastInSight >= rows.length - AHEAD)
      void fetchNextPage();
  }, [lastInSight, rows.length, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  const retry = () => {
    if (isFetchNextPageError && lastInSight >= rows.length - AHEAD) void fetchNextPage();
  };

  return (
    <div
      className={classes.table}
      role="table"
      aria-label="Shipments"
      aria-rowcount={hasNextPage ? -1 : rows.length + 1}
      data-cards={cards || undefined}
    >
      <div role="rowgroup" className={classes.headgroup}>
        <div role="row" aria-rowindex={1} className={classes.head}>
          {COLUMNS.map((name) => (
            <span role="columnheader" key={name}>
              {name}
            </span>
          ))}
        </div>
      </div>
      <div ref={scroller} className={classes.scroller} role="presentation" onScroll={retry}>
        <div role="rowgroup" className={classes.canvas} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start, size }) => {
            const shipment = rows[index];
            return (
              shipment && (
                <ShipmentRow
                  key={shipment.id}
                  shipment={shipment}
                  warehouse={shipment.warehouseId ? names.get(shipment.warehouseId) : undefined}
                  index={index}
                  start={start}
                  height={size}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
};
