import { Activity, Clock, CloudOff, RefreshCw } from 'lucide-react';
import classes from './ContinuityBadge.module.css';
import { clock, full } from './time.ts';

export type Continuity = {
  status: 'live' | 'catching-up' | 'stale' | 'as-of';
  staleSince?: string | number | Date | null;
};

const ICONS = { live: Activity, 'catching-up': RefreshCw, stale: CloudOff, 'as-of': Clock };

const wording = ({ status, staleSince }: Continuity) => {
  if (status === 'live') return { text: 'live', title: 'Changes show here the moment they are saved.' };
  if (status === 'catching-up') return { text: 'catching up', title: 'Reading what changed meanwhile.' };
  if (status === 'as-of' && staleSince)
    return { text: `as of ${clock(staleSince)}`, title: 'Read again every few seconds, and live once you open one.' };
  if (!staleSince) return { text: 'stale', title: 'Not connected yet: this may not be the latest.' };
  return {
    text: `stale since ${clock(staleSince)}`,
    title: `Nothing newer than ${full(staleSince)} has arrived. It catches up by itself.`,
  };
};

type Props = { of: Continuity; label?: string; compact?: boolean };

/** How fresh a widget is. Not a live region: the header's indicator speaks for all of them. */
export const ContinuityBadge = ({ of, label, compact = false }: Props) => {
  const { text, title } = wording(of);
  const Icon = ICONS[of.status];
  return (
    <span className={classes.badge} data-status={of.status} title={title}>
      <Icon size={13} strokeWidth={2.4} aria-hidden className={classes.icon} />
      {label && <span className={classes.hidden}>{label}: </span>}
      <span className={compact ? classes.wide : undefined}>{text}</span>
    </span>
  );
};
