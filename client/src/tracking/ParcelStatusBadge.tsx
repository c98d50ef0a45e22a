import classes from './ParcelStatusBadge.module.css';
import { STATUS } from './status.ts';
import type { ParcelStatus } from './wire.ts';

export const ParcelStatusBadge = ({ status, large = false }: { status: ParcelStatus; large?: boolean }) => {
  const { label, icon: Icon, tone } = STATUS[status];
  return (
    <span className={classes.badge} data-tone={tone} data-status={status} data-large={large || undefined}>
      <Icon size={large ? 17 : 14} aria-hidden />
      {label}
    </span>
  );
};
