import { Check } from 'lucide-react';
import { STATUS, STEPS, stepOf } from '../status.ts';
import type { ParcelStatus } from '../wire.ts';
import classes from './Steps.module.css';

/** How far it has come; nothing for one that goes another way. */
export const Steps = ({ status }: { status: ParcelStatus }) => {
  const at = stepOf(status);
  if (at < 0) return null;
  return (
    <ol className={classes.steps} aria-label="Progress">
      {STEPS.map((step, index) => {
        const done = index < at || status === 'DELIVERED';
        return (
          <li
            key={step}
            className={classes.step}
            data-done={done || undefined}
            data-now={index === at || undefined}
            aria-current={index === at ? 'step' : undefined}
          >
            <span className={classes.dot}>{done && <Check size={12} strokeWidth={3} aria-hidden />}</span>
            <span className={classes.label}>{STATUS[step].label}</span>
          </li>
        );
      })}
    </ol>
  );
};
