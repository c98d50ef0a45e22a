import type { OrderStatus } from '../../../server/contract/commerce.ts';
import classes from './OrderSteps.module.css';
import { LANES, ORDER_STATUS } from './orderStatus.ts';

/** How far the order is, as steps on a line. */
export const OrderSteps = ({ status }: { status: OrderStatus }) => {
  if (status === 'cancelled') return <p className={classes.cancelled}>This order was cancelled.</p>;
  const at = LANES.indexOf(status);
  return (
    <ol className={classes.steps} aria-label="Progress of the order">
      {LANES.map((lane, index) => {
        const { label, icon: Icon } = ORDER_STATUS[lane];
        return (
          <li
            key={lane}
            className={classes.step}
            data-done={index <= at || undefined}
            aria-current={index === at ? 'step' : undefined}
          >
            <span className={classes.dot}>
              <Icon size={15} aria-hidden />
            </span>
            <span className={classes.label}>{label}</span>
          </li>
        );
      })}
    </ol>
  );
};
