import { useContinuity } from '../hooks/useContinuity.ts';
import type { ConnectionStatus } from '../utils/types.ts';
import classes from './ConnectionIndicator.module.css';
import { clock } from './time.ts';

const WORDS: Record<ConnectionStatus, { label: string; hint: string }> = {
  connecting: { label: 'Connecting', hint: 'Opening the live connection.' },
  live: { label: 'Connected', hint: 'Changes arrive the moment they are saved.' },
  catching_up: { label: 'Catching up', hint: 'Back again; reading what was missed.' },
  stale: { label: 'Reconnecting', hint: 'The connection fell silent and is being replaced.' },
  offline: { label: 'Offline', hint: 'No connection. It is tried again by itself.' },
  unauthenticated: { label: 'Signed out', hint: 'Sign in again to be connected.' },
};

const TONE: Record<ConnectionStatus, string> = {
  connecting: 'busy',
  live: 'good',
  catching_up: 'busy',
  stale: 'bad',
  offline: 'bad',
  unauthenticated: 'bad',
};

/** The state of the one live connection, said in words to everybody, screen readers included. */
export const ConnectionIndicator = () => {
  const { status, staleSince } = useContinuity();
  const { label, hint } = WORDS[status];
  const since = staleSince ? ` Nothing heard since ${clock(staleSince)}.` : '';
  return (
    <span
      className={classes.indicator}
      data-tone={TONE[status]}
      role="status"
      title={hint + since}
      data-testid="connection"
    >
      <span className={classes.dot} aria-hidden />
      <span>{label}</span>
    </span>
  );
};
