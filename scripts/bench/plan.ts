/**
 * How long a run takes, and in which order. Every row is measured once before any is measured again: a run that is
 * interrupted has all rows, with fewer rounds, and what the machine did for some minutes meets one round of each row.
 */

interface Effort {
  /** One round of all columns of the row, on two cores with nothing else to do. */
  seconds: number;
  /** Rounds at most, of rows that take long for what their figures spread. */
  rounds?: number;
  /** A measurement that takes longer is given up. */
  limitMinutes?: number;
}

const USUAL: Effort = { seconds: 45 };
const LIMIT_MINUTES = 3;

export type Efforts = Readonly<Record<string, Effort>>;

export interface Step {
  row: string;
  /** From 1. */
  round: number;
  rounds: number;
  limitMs: number;
}

export function plan(rows: readonly string[], rounds: number, efforts: Efforts): { steps: Step[]; seconds: number } {
  const steps: Step[] = [];
  let seconds = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) {
      const effort = efforts[row] ?? USUAL;
      const most = Math.min(rounds, effort.rounds ?? rounds);
      if (round > most) continue;
      steps.push({ row, round, rounds: most, limitMs: (effort.limitMinutes ?? LIMIT_MINUTES) * 60_000 });
      seconds += effort.seconds;
    }
  }
  return { steps, seconds };
}
