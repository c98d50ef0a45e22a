import { TriangleAlert } from 'lucide-react';
import type { Shipment } from '../../../server/contract/shipments.ts';
import { day, daysUntil, full } from '../app/time.ts';
import classes from './Eta.module.css';

const words = (days: number) =>
  days === 0 ? 'today' : days === 1 ? 'tomorrow' : days > 1 && days <= 14 ? `in ${days} days` : undefined;

/** When it is due; once that has passed and it has not arrived, how late it is. */
export const Eta = ({ shipment: { eta, status } }: { shipment: Shipment }) => {
  if (!eta) return <span className={classes.none}>–</span>;
  const underWay = status === 'planned' || status === 'in_transit';
  const days = daysUntil(eta);
  const late = underWay && days < 0;
  const hint = underWay ? words(days) : undefined;
  return (
    <span className={classes.eta} title={full(eta)}>
      {day(eta)}
      {late && (
        <span className={classes.late}>
          <TriangleAlert size={12} aria-hidden /> {-days} d late
        </span>
      )}
      {hint && <span className={classes.hint}>{hint}</span>}
    </span>
  );
};
