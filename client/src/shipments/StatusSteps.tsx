import { Check } from 'lucide-react';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { stamp } from '../app/time.ts';
import classes from './StatusSteps.module.css';
import { nextSteps, STATUS, STEPS, type Step, stepOf } from './status.ts';

type Props = { shipment: Shipment; editable: boolean; onChoose: (step: Step) => void };

/** Where the shipment is on its way. Steps that may come next are buttons, the nearest one in the accent colour. */
export const StatusSteps = ({ shipment, editable, onChoose }: Props) => {
  const at = stepOf(shipment.status);
  const allowed = editable ? nextSteps(shipment.status) : [];
  return (
    <ol className={classes.steps} aria-label="Status" data-ended={at < 0 || undefined}>
      {STEPS.map((step, index) => {
        const { label, icon: Icon } = STATUS[step];
        const state = at < 0 ? 'off' : index < at ? 'done' : index === at ? 'current' : 'ahead';
        const content = (
          <>
            <span className={classes.dot}>
              {state === 'done' ? <Check size={16} aria-hidden /> : <Icon size={16} aria-hidden />}
            </span>
            <span className={classes.label}>{label}</span>
            {state === 'current' && <span className={classes.when}>{stamp(shipment.statusChangedAt)}</span>}
          </>
        );
        return (
          <li
            key={step}
            className={classes.step}
            data-state={state}
            aria-current={state === 'current' ? 'step' : undefined}
          >
            {allowed.includes(step) ? (
              <button
                type="button"
                className={classes.button}
                data-next={index === at + 1 || undefined}
                aria-label={`Set to ${label}`}
                onClick={() => onChoose(step)}
              >
                {content}
              </button>
            ) : (
              <span className={classes.button}>{content}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
};
