import { Ban, Clock, type LucideIcon, UserRound } from 'lucide-react';

/** A seat as somebody at a seat map sees it: the seat's status, and what it is to them. */

export type SeatStatus = 'available' | 'reserved' | 'confirmed' | 'suspended';
export type Look = SeatStatus | 'chosen' | 'held' | 'mine';

/** Icon and words say it; colour only helps, since not everybody tells the colours apart. */
export const LOOKS: Record<Look, { label: string; icon: LucideIcon | undefined }> = {
  available: { label: 'Free', icon: undefined },
  chosen: { label: 'Your choice', icon: undefined },
  held: { label: 'Held for you', icon: undefined },
  mine: { label: 'Your seat', icon: undefined },
  reserved: { label: 'On hold', icon: Clock },
  confirmed: { label: 'Sold', icon: UserRound },
  suspended: { label: 'Blocked', icon: Ban },
};

/** What a screen reader says of a seat after its number. */
export const SPOKEN: Record<Look, string> = {
  available: 'free',
  chosen: 'free, chosen by you',
  held: 'held for you',
  mine: 'your seat',
  reserved: 'on hold for somebody else',
  confirmed: 'sold',
  suspended: 'blocked',
};
