import { Ban, CircleAlert, CircleCheck, Hourglass, type LucideIcon } from 'lucide-react';
import type { TicketStatus } from '../../../server/contract/seats.ts';

export const TICKET_STATUS: Record<TicketStatus, { label: string; icon: LucideIcon }> = {
  reserved: { label: 'On hold', icon: Hourglass },
  confirmed: { label: 'Paid', icon: CircleCheck },
  suspended: { label: 'Suspended', icon: CircleAlert },
  cancelled: { label: 'Cancelled', icon: Ban },
};
