import { Text } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import classes from './TimelineEntry.module.css';
import { full, stamp } from './time.ts';

type Props = { icon: LucideIcon; bad?: boolean; at: string; note?: string | null | undefined; children: ReactNode };

/** One line of a history: what happened, what was said about it, and when. */
export const TimelineEntry = ({ icon: Icon, bad = false, at, note, children }: Props) => (
  <li className={classes.entry}>
    <span className={classes.icon} data-bad={bad || undefined}>
      <Icon size={14} aria-hidden />
    </span>
    <div className={classes.body}>
      <Text size="sm" className={classes.line}>
        {children}
      </Text>
      {note && (
        <Text size="sm" className={classes.note}>
          {note}
        </Text>
      )}
      <Text size="xs" c="dimmed" component="time" dateTime={at} title={full(at)}>
        {stamp(at)}
      </Text>
    </div>
  </li>
);

/** The list around its entries, newest first. */
export const TimelineList = ({ testId, children }: { testId: string; children: ReactNode }) => (
  <ol className={classes.list} data-testid={testId}>
    {children}
  </ol>
);
