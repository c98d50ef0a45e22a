import { useContinuity } from '../hooks/useContinuity.ts';
import type { ConnectionStatus } from '../utils/types.ts';
import type { Continuity } from './ContinuityBadge.tsx';

const STATUS: Record<ConnectionStatus, Continuity['status']> = {
  connecting: 'catching-up',
  live: 'live',
  catching_up: 'catching-up',
  stale: 'stale',
  offline: 'stale',
  unauthenticated: 'stale',
};

/** The connection's freshness as a badge shows it; `catchingUp` adds what a widget itself is still reading. */
export const useFreshness = (catchingUp = false): Continuity => {
  const { status, staleSince } = useContinuity();
  const shown = STATUS[status];
  return { status: shown === 'live' && catchingUp ? 'catching-up' : shown, staleSince };
};
