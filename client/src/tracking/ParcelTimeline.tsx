import { TimelineEntry, TimelineList } from '../app/TimelineEntry.tsx';
import { STATUS } from './status.ts';
import type { ParcelStep } from './wire.ts';

/** Every step of a parcel, newest first. */
export const ParcelTimeline = ({ steps }: { steps: readonly ParcelStep[] }) => (
  <TimelineList testId="parcel-timeline">
    {steps
      .map((step, index) => ({ ...step, key: `${index} ${step.status}` }))
      .reverse()
      .map(({ key, status, description, at, by }) => (
        <TimelineEntry key={key} icon={STATUS[status].icon} at={at} note={description}>
          <b>{STATUS[status].label}</b>
          {by && `, by ${by}`}
        </TimelineEntry>
      ))}
  </TimelineList>
);
