import { SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import type { Order, OrderStatus } from '../../../server/contract/commerce.ts';
import { money, totals } from '../app/money.ts';
import classes from './Board.module.css';
import { OrderCard } from './OrderCard.tsx';
import { LANES, nextOf, ORDER_STATUS } from './orderStatus.ts';
import { Refused } from './Refused.tsx';
import { useMove } from './useMove.ts';

/** So many cards a lane; the newest first. What is over fills lanes without end. */
const MOST_SHOWN = 60;

const sumOf = (orders: Order[]) =>
  totals(orders.map(({ total }) => total))
    .slice(0, 2)
    .map(money)
    .join(' + ');

/** A lane for each status; cards move by themselves as orders do. On a phone one lane at a time. */
export const Board = ({ orders }: { orders: Order[] }) => {
  const narrow = useMediaQuery('(max-width: 47.99em)', false, { getInitialValueInEffect: false });
  const [chosen, setChosen] = useState<OrderStatus>('pending');
  const [dragged, setDragged] = useState<Order>();
  const moving = useMove();
  const lanes = useMemo(() => {
    const all: OrderStatus[] = [...LANES, 'cancelled'];
    return all.map((status) => ({ status, orders: orders.filter((order) => order.status === status) }));
  }, [orders]);
  const move = (order: Order, to: OrderStatus) => moving.move({ order, field: 'status', to });
  const shown = narrow
    ? lanes.filter(({ status }) => status === chosen)
    : lanes.filter(({ status, orders: held }) => status !== 'cancelled' || held.length > 0);

  return (
    <>
      {narrow && (
        <div className={classes.chooser}>
          <SegmentedControl
            size="xs"
            aria-label="Lane"
            value={chosen}
            onChange={(value) => setChosen(value as OrderStatus)}
            data={lanes.map(({ status, orders: held }) => ({
              value: status,
              label: `${ORDER_STATUS[status].label} ${held.length}`,
            }))}
          />
        </div>
      )}
      <div className={classes.board}>
        {shown.map(({ status, orders: held }) => (
          <Lane
            key={status}
            status={status}
            orders={held}
            welcomes={!!dragged && nextOf(dragged.status).includes(status)}
            onDropped={() => {
              if (dragged) move(dragged, status);
              setDragged(undefined);
            }}
          >
            {held.slice(0, MOST_SHOWN).map((order) => (
              <li
                key={order.id}
                draggable={!narrow && nextOf(order.status).length > 0}
                onDragStart={() => setDragged(order)}
                onDragEnd={() => setDragged(undefined)}
              >
                <OrderCard order={order} onMove={(to) => move(order, to)} busy={moving.busy?.order.id === order.id} />
              </li>
            ))}
          </Lane>
        ))}
      </div>
      <Refused moving={moving} />
    </>
  );
};

type LaneProps = {
  status: OrderStatus;
  orders: Order[];
  welcomes: boolean;
  onDropped: () => void;
  children: React.ReactNode;
};

const Lane = ({ status, orders, welcomes, onDropped, children }: LaneProps) => {
  const { label, icon: Icon } = ORDER_STATUS[status];
  const rest = orders.length - MOST_SHOWN;
  return (
    <section
      className={classes.lane}
      aria-label={`${label}: ${orders.length}`}
      data-testid={`lane-${status}`}
      data-welcomes={welcomes || undefined}
      onDragOver={(event) => welcomes && event.preventDefault()}
      onDrop={onDropped}
    >
      <header className={classes.head} data-status={status}>
        <Icon size={15} aria-hidden />
        <h2 className={classes.label}>{label}</h2>
        <span className={classes.count}>{orders.length}</span>
        <span className={classes.sum}>{sumOf(orders)}</span>
      </header>
      <ul className={classes.cards}>
        {children}
        {orders.length === 0 && <li className={classes.none}>Nothing here</li>}
        {rest > 0 && <li className={classes.none}>and {rest} older</li>}
      </ul>
    </section>
  );
};
