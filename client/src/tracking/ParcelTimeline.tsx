import { Text } from '@mantine/core';
import { full, stamp } from '../app/time.ts';
import classes from './ParcelTimeline.module.css';
import { STATUS } from './status.ts';
import type { ParcelStep } from './wire.ts';

/** Every step of a parcel, newest first. */
export const ParcelTimeline = ({ steps }: { steps: readonly ParcelStep[] }) => (
  <ol className={classes.list} data-testid="parcel-timeline">
    {steps
      .map((step, index) => ({ ...step, key: `${index} ${step.status}` }))
      .reverse()
      .map(({ key, status, description, at, by }) => {
        const { icon: Icon, label, tone } = STATUS[status];
        return (
          <li key={key} className={classes.entry}>
            <span className={classes.icon} data-tone={tone}>
              <Icon size={14} aria-hidden />
            </span>
            <div className={classes.body}>
              <Text size="sm">
                <b>{label}</b>
                {by && `, by ${by}`}
              </Text>
              {description && (
                <Text size="sm" className={classes.note}>
                  {description}
                </Text>
              )}
              <Text size="xs" c="dimmed" component="time" dateTime={at} title={full(at)}>
                {stamp(at)}
              </Text>
            </div>
          </li>
        );
      })}
  </ol>
);
