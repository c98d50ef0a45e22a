import { type CSSProperties, useEffect, useState } from 'react';
import { useContinuity } from '../hooks/useContinuity.ts';
import { isDown } from '../utils/polling.ts';

/**
 * Says so when the live connection is down, in the bottom right corner. Needs no component library; colours follow
 * `color-scheme` and can be set by `--waybeat-indicator-background`, `-color`, `-border` and `-accent`.
 */

const box: CSSProperties = {
  position: 'fixed',
  insetBlockEnd: 'max(1rem, env(safe-area-inset-bottom))',
  insetInlineEnd: 'max(1rem, env(safe-area-inset-right))',
  zIndex: 1000,
  maxWidth: 'min(22rem, calc(100vw - 2rem))',
};
const card: CSSProperties = {
  display: 'flex',
  alignItems: 'center',
  gap: '0.625rem',
  padding: '0.5rem 0.5rem 0.5rem 0.875rem',
  borderRadius: '0.625rem',
  border: '1px solid var(--waybeat-indicator-border, light-dark(#cdd5de, #3a4552))',
  background: 'var(--waybeat-indicator-background, light-dark(#ffffff, #252c35))',
  color: 'var(--waybeat-indicator-color, light-dark(#1b2129, #e6eaef))',
  boxShadow: '0 4px 16px rgb(0 0 0 / 0.18)',
  font: '500 0.875rem/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
};
const dot: CSSProperties = {
  flex: 'none',
  width: '0.625rem',
  height: '0.625rem',
  borderRadius: '50%',
  background: 'var(--waybeat-indicator-accent, light-dark(#b45309, #f59e0b))',
};
const button: CSSProperties = {
  flex: 'none',
  width: '2rem',
  height: '2rem',
  border: 0,
  borderRadius: '0.375rem',
  background: 'transparent',
  color: 'inherit',
  font: 'inherit',
  fontSize: '1.125rem',
  lineHeight: 1,
  cursor: 'pointer',
};

const clock = (moment: Date) => moment.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

export const OfflineIndicator = () => {
  const { status, staleSince, polling } = useContinuity();
  const [dismissed, setDismissed] = useState(false);
  // Nobody asked for a connection, or it was ended on purpose: nothing is wrong.
  const down = isDown(status) && staleSince !== null;
  // The next outage is news again.
  useEffect(() => {
    if (!down) setDismissed(false);
  }, [down]);

  const text = polling
    ? 'Using polling mode'
    : status === 'stale'
      ? 'Connection lost. Reconnecting…'
      : `Offline since ${staleSince ? clock(staleSince) : 'now'}. Reconnecting…`;
  return (
    // Always present: screen readers announce changes within a region, not its arrival.
    <div role="status" aria-live="polite" style={box} data-waybeat-indicator={down ? status : 'connected'}>
      {down && !dismissed && (
        <div style={card}>
          <span style={dot} aria-hidden="true" />
          <span style={{ flex: 1 }}>{text}</span>
          <button type="button" style={button} aria-label="Dismiss" onClick={() => setDismissed(true)}>
            ×
          </button>
        </div>
      )}
    </div>
  );
};
export default OfflineIndicator;
