import type { LucideIcon } from 'lucide-react';
import classes from './Badge.module.css';

/** Colours that keep their contrast, light and dark. `faded` is for what no longer counts. */
type BadgeTone = 'gray' | 'blue' | 'violet' | 'amber' | 'tide' | 'green' | 'red' | 'faded';

/** How a status looks. Icon and words say it; colour only helps, since not everybody tells the colours apart. */
export type BadgeLook = { label: string; icon: LucideIcon; tone: BadgeTone };

type Props = { look: BadgeLook; status: string; large?: boolean | undefined };

export const Badge = ({ look: { label, icon: Icon, tone }, status, large = false }: Props) => (
  <span className={classes.badge} data-tone={tone} data-status={status} data-large={large || undefined}>
    <Icon size={large ? 16 : 14} aria-hidden />
    {label}
  </span>
);
