import type { TicketHistoryEntry } from '../../../server/contract/seats.ts';

import { money } from '../app/money.ts';

/** Entries of a ticket's history in words. */

const WORDS: Record<TicketHistoryEntry['kind'], string> = {
  reserved: 'Seat held',
  extended: 'Hold extended',
  confirmed: 'Confirmed',
  suspended: 'Suspended',
  reinstated: 'Reinstated',
  cancelled: 'Cancelled',
  expired: 'Hold ended without payment',
  reassigned: 'Moved to another seat',
  paid: 'Paid',
  paid_late: 'Paid after the hold had ended',
  payment_failed: 'Payment failed',
  offered: 'Offered',
  offer_accepted: 'Offer accepted',
  offer_declined: 'Offer declined',
  refunded: 'Refunded',
};

/** The server writes money as minor units and currency. */
const readable = (note: string) =>
  note.replace(/\b(\d+) ([A-Z]{3})\b/g, (_, amount, currency) => money({ amount: Number(amount), currency }));

export const tellEntry = ({ kind, seatNumber, note }: TicketHistoryEntry): string => {
  const words = `${WORDS[kind] ?? kind}, seat ${seatNumber}`;
  // Why a hold ends is in the words already.
  return note && kind !== 'expired' ? `${words}: ${readable(note)}` : words;
};
