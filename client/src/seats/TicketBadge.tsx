import type { TicketStatus } from '../../../server/contract/seats.ts';
import { Badge } from '../app/Badge.tsx';
import { TICKET_STATUS } from './ticketStatus.ts';

export const TicketBadge = ({ status }: { status: TicketStatus }) => (
  <Badge look={TICKET_STATUS[status]} status={status} />
);
