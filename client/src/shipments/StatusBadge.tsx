import type { InspectionStatus, ShipmentStatus } from '../../../server/contract/shipments.ts';
import classes from './StatusBadge.module.css';
import { INSPECTION, STATUS } from './status.ts';

export const StatusBadge = ({ status, large = false }: { status: ShipmentStatus; large?: boolean }) => {
  const { label, icon: Icon } = STATUS[status];
  return (
    <span className={classes.badge} data-status={status} data-large={large || undefined}>
      <Icon size={large ? 16 : 14} aria-hidden />
      {label}
    </span>
  );
};

/** Lighter than a shipment's status, since it is the lesser fact of the two. */
export const InspectionBadge = ({ status }: { status: InspectionStatus | null }) => {
  if (!status) return <span className={classes.none}>–</span>;
  const { label, icon: Icon } = INSPECTION[status];
  return (
    <span className={classes.plain} data-inspection={status}>
      <Icon size={14} aria-hidden />
      {label}
    </span>
  );
};
