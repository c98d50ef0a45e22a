import { Ban, CircleAlert, CircleCheck, Hourglass } from 'lucide-react';
import type { TicketStatus } from '../../../server/contract/seats.ts';
import type { BadgeLook } from '../app/Badge.tsx';

export const TICKET_STATUS: Record<TicketStatus, BadgeLook> = {
  reserved: { label: 'On hold', icon: Hourglass, tone: 'amber' },
  confirmed: { label: 'Paid', icon: CircleCheck, tone: 'green' },
  suspended: { label: 'Suspended', icon: CircleAlert, tone: 'red' },
  cancelled: { label: 'Cancelled', icon: Ban, tone: 'faded' },
};
