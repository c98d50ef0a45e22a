import type { OrderStatus, PaymentStatus } from '../../../server/contract/commerce.ts';
import { Badge } from '../app/Badge.tsx';
import classes from './Badges.module.css';
import { ORDER_STATUS, PAYMENT } from './orderStatus.ts';

export const OrderBadge = ({ status, large }: { status: OrderStatus; large?: boolean }) => (
  <Badge look={ORDER_STATUS[status]} status={status} large={large} />
);

export const PaymentBadge = ({ status }: { status: PaymentStatus }) => (
  <span className={classes.payment} data-payment={status}>
    {PAYMENT[status]}
  </span>
);
