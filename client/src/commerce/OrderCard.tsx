import { ActionIcon, Button, Menu } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import type { Order, OrderStatus } from '../../../server/contract/commerce.ts';
import { money } from '../app/money.ts';
import { ago, full } from '../app/time.ts';
import { useMinute } from '../app/useMinute.ts';
import { OrderBadge, PaymentBadge } from './Badges.tsx';
import { useChanged } from './changes.ts';
import classes from './OrderCard.module.css';
import { nextOf, ORDER_STATUS } from './orderStatus.ts';

type Props = { order: Order; onMove?: (to: OrderStatus) => void; busy?: boolean; withStatus?: boolean };

/** "Oak table ×2, Chair ×4" */
const contents = ({ items }: Order) => items.map(({ name, quantity }) => `${name} ×${quantity}`).join(', ');

export const OrderCard = memo(({ order, onMove, busy = false, withStatus = false }: Props) => {
  const now = useMinute();
  const changed = useChanged(order.id);
  return (
    <article className={classes.card} data-id={order.id} data-version={order.version} aria-label={order.orderNumber}>
      {changed !== undefined && <span key={changed} className={classes.flash} aria-hidden />}
      <div className={classes.top}>
        <Link href={`/commerce/orders/${encodeURIComponent(order.id)}`} className={classes.number}>
          {order.orderNumber}
        </Link>
        <time className={classes.age} dateTime={order.createdAt} title={full(order.createdAt)}>
          {ago(order.createdAt, now)}
        </time>
      </div>
      <p className={classes.contents} title={contents(order)}>
        {contents(order) || 'Contents are not known here'}
      </p>
      <div className={classes.facts}>
        <span className={classes.total}>{money(order.total)}</span>
        {withStatus ? <OrderBadge status={order.status} /> : <PaymentBadge status={order.paymentStatus} />}
      </div>
      <div className={classes.where}>
        <span title={`Shop ${order.shopId}`}>{order.shopId}</span>
        {!withStatus && <span title={`Customer ${order.customerId}`}>{order.customerId}</span>}
      </div>
      {onMove && <Moves order={order} onMove={onMove} busy={busy} />}
    </article>
  );
});

/** The usual next step as a button, every other possible one in a menu. */
const Moves = ({ order, onMove, busy }: { order: Order; onMove: (to: OrderStatus) => void; busy: boolean }) => {
  const [usual, ...others] = nextOf(order.status);
  if (!usual) return null;
  return (
    <div className={classes.moves}>
      <Button
        size="compact-sm"
        variant="light"
        className={classes.move}
        loading={busy}
        onClick={() => onMove(usual)}
        aria-label={`${ORDER_STATUS[usual].action}: ${order.orderNumber}`}
      >
        {ORDER_STATUS[usual].action}
      </Button>
      {others.length > 0 && (
        <Menu position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <ActionIcon
              variant="light"
              size={26}
              className={classes.more}
              disabled={busy}
              aria-label={`More for ${order.orderNumber}`}
            >
              <ChevronDown size={15} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((status) => {
              const Icon = ORDER_STATUS[status].icon;
              return (
                <Menu.Item key={status} leftSection={<Icon size={15} aria-hidden />} onClick={() => onMove(status)}>
                  {ORDER_STATUS[status].action}
                </Menu.Item>
              );
            })}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
};
