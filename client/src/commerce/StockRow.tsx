import { ActionIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, Minus, Pencil, Plus, TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import type { StockItem } from '../../../server/contract/commerce.ts';
import { notifyTrouble } from '../app/notify.tsx';
import { full } from '../app/time.ts';
import { readStockHistory } from './calls.ts';
import { useChanged } from './changes.ts';
import { Sparkline } from './Sparkline.tsx';
import classes from './Stock.module.css';
import { type Level, levelOf, type Point, pointsOf, stockKey } from './stock.ts';
import { useAdjust } from './useAdjust.ts';

const LEVELS: Record<Level, { label: string; icon: typeof CircleCheck }> = {
  ok: { label: 'Enough', icon: CircleCheck },
  low: { label: 'Low', icon: TriangleAlert },
  out: { label: 'Out of stock', icon: CircleAlert },
};

type Props = { item: StockItem; heard: Point[] | undefined; onEdit: () => void };

export const StockRow = memo(({ item, heard = [], onEdit }: Props) => {
  const changed = useChanged(stockKey(item));
  const history = useQuery({
    queryKey: ['commerce', 'stock', 'history', item.shopId, item.productId],
    queryFn: async ({ signal }) => (await readStockHistory(item, signal)).items.toReversed(),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const adjust = useAdjust(item, { onError: notifyTrouble });
  const level = levelOf(item);
  const { label, icon: Icon } = LEVELS[level];
  const points = pointsOf(history.data ?? [], heard);
  return (
    <tr data-product={item.productId} data-flash={changed !== undefined || undefined}>
      <td>
        <span className={classes.name}>{item.productName}</span>
        {item.productName !== item.productId && <span className={classes.id}>{item.productId}</span>}
      </td>
      <td>
        <span className={classes.level} data-level={level}>
          <Icon size={15} aria-hidden />
          <span className={classes.word}>{label}</span>
        </span>
      </td>
      <td className={classes.trend}>
        <Sparkline points={points} threshold={item.threshold} name={item.productName} />
      </td>
      <td title={`Last change ${full(item.updatedAt)}`}>
        <span className={classes.quantity} data-testid="quantity">
          {item.quantity.toLocaleString('en')}
        </span>
        {item.threshold > 0 && <span className={classes.threshold}>low at {item.threshold}</span>}
      </td>
      <td>
        <div className={classes.actions}>
          <ActionIcon
            variant="default"
            disabled={item.quantity < 1 || adjust.isPending}
            aria-label={`One ${item.productName} less`}
            onClick={() => adjust.mutate(-1)}
          >
            <Minus size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="default"
            disabled={adjust.isPending}
            aria-label={`One ${item.productName} more`}
            onClick={() => adjust.mutate(1)}
          >
            <Plus size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" aria-label={`Change ${item.productName}`} onClick={onEdit}>
            <Pencil size={14} aria-hidden />
          </ActionIcon>
        </div>
      </td>
    </tr>
  );
});
