import type { InspectionStatus, ShipmentStatus } from '../../../server/contract/shipments.ts';
import { Badge } from '../app/Badge.tsx';
import classes from './StatusBadge.module.css';
import { INSPECTION, STATUS } from './status.ts';

export const StatusBadge = ({ status, large }: { status: ShipmentStatus; large?: boolean }) => (
  <Badge look={STATUS[status]} status={status} large={large} />
);

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
