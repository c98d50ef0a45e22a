import type { TicketStatus } from '../../../server/contract/seats.ts';
import classes from './TicketBadge.module.css';
import { TICKET_STATUS } from './ticketStatus.ts';

export const TicketBadge = ({ status }: { status: TicketStatus }) => {
  const { label, icon: Icon } = TICKET_STATUS[status];
  return (
    <span className={classes.badge} data-status={status}>
      <Icon size={14} aria-hidden />
      {label}
    </span>
  );
};
