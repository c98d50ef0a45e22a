import { clock } from '../app/time.ts';
import classes from './DayBar.module.css';
import type { Day } from './day.ts';

const STEP_MS = 1000;

type Props = {
  day: Day;
  from: number;
  to: number;
  time: number;
  onSeek: (time: number) => void;
  valueText: string;
};

/** The day as a bar to move through: filled where reports came, empty where there was silence. */
export const DayBar = ({ day, from, to, time, onSeek, valueText }: Props) => {
  const length = Math.max(1, to - from);
  const share = (at: number) => ((at - from) / length) * 100;
  return (
    <div className={classes.bar}>
      <div className={classes.track} aria-hidden>
        {day.stretches.map((stretch) => {
          const start = day.points[stretch.from]!.at;
          const end = day.points[stretch.to]!.at;
          return (
            <span
              key={start}
              className={classes.stretch}
              style={{ left: `${share(start)}%`, width: `max(2px, ${share(end) - share(start)}%)` }}
            />
          );
        })}
      </div>
      <input
        type="range"
        className={classes.range}
        aria-label="Time of day"
        aria-valuetext={valueText}
        min={from}
        max={to}
        step={STEP_MS}
        value={time}
        onChange={(event) => {
          const value = Number(event.currentTarget.value);
          // Steps are counted from the beginning and seldom meet the end.
          onSeek(value > to - STEP_MS ? to : value);
        }}
      />
      <div className={classes.ends} aria-hidden>
        <span>{clock(from)}</span>
        <span>{clock(to)}</span>
      </div>
    </div>
  );
};
