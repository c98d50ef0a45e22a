import { VisuallyHidden } from '@mantine/core';
import { Hourglass } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { announce } from '../app/announce.tsx';
import classes from './Countdown.module.css';
import { useSecondsLeft } from './clock.ts';

type Props = {
  /** When it ends by the server's clock, ISO 8601. */
  until: string;
  /** How long the whole of it was, in seconds, for the bar; unknown: no bar. */
  of?: number | undefined;
  /** What ends, in words: "Your hold". */
  what: string;
};

/** Below these, a screen reader is told, and the last minute also looks urgent. */
const SAID_AT = [300, 120, 60, 30, 10];
const URGENT = 60;

const words = (left: number) =>
  left >= 60 ? `${Math.floor(left / 60)} min ${left % 60 ? `${left % 60} s` : ''}`.trim() : `${left} s`;

/** The time that is left, on the server's clock. */
export const Countdown = ({ until, of, what }: Props) => {
  const left = useSecondsLeft(Date.parse(until));
  const before = useRef(left);
  useEffect(() => {
    const passed = SAID_AT.find((at) => before.current > at && left <= at && left > 0);
    if (passed) announce(`${what} ends in ${words(left)}`);
    if (before.current > 0 && left === 0) announce(`${what} has ended`);
    before.current = left;
  }, [left, what]);
  const minutes = String(Math.floor(left / 60)).padStart(2, '0');
  const seconds = String(left % 60).padStart(2, '0');
  return (
    <div className={classes.countdown} data-urgent={left < URGENT || undefined} data-ended={left === 0 || undefined}>
      <div className={classes.line}>
        <Hourglass size={16} aria-hidden />
        <span>{left === 0 ? `${what} has ended` : `${what} ends in`}</span>
        {/* It would be said every second otherwise; `announce` says it when it matters. */}
        <span className={classes.time} aria-hidden data-testid="countdown">
          {minutes}:{seconds}
        </span>
        <VisuallyHidden>{words(left)}</VisuallyHidden>
      </div>
      {of !== undefined && (
        <div className={classes.track} aria-hidden>
          <div className={classes.bar} style={{ transform: `scaleX(${Math.min(1, left / of)})` }} />
        </div>
      )}
    </div>
  );
};
