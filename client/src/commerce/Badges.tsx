import type { OrderStatus, PaymentStatus } from '../../../server/contract/commerce.ts';
import classes from './Badges.module.css';
import { ORDER_STATUS, PAYMENT } from './orderStatus.ts';

export const OrderBadge = ({ status, large = false }: { status: OrderStatus; large?: boolean }) => {
  const { label, icon: Icon } = ORDER_STATUS[status];
  return (
    <span className={classes.badge} data-status={status} data-large={large || undefined}>
      <Icon size={large ? 16 : 14} aria-hidden />
      {label}
    </span>
  );
};

export const PaymentBadge = ({ status }: { status: PaymentStatus }) => (
  <span className={classes.payment} data-payment={status}>
    {PAYMENT[status]}
  </span>
);
