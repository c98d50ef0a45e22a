import type { Report } from './inflict.ts';

/** What a run came to, for a person: lines as it goes, and a table at the end. */

export type Outcome = {
  name: string;
  /** What was broken. */
  broke: string;
  healed: string;
  /** What was written, stored and seen. */
  kept: string;
  /** Broken promises in words. */
  faults: string[];
};

const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;

/** A fault's report in the words of the table. */
export const toOutcome = (report: Report): Outcome => {
  const { local, remote } = report.timing;
  const times = report.timed ? [`local p99 ${local.p99} ms, remote at most ${remote.max} ms`] : [];
  return {
    name: report.name,
    broke: `${report.title}${report.seconds > 1 ? `, ${report.seconds} s` : ''}`,
    healed: seconds(report.healedMs),
    kept: [
      `${report.acknowledged} writes acknowledged, ${report.refused + report.unanswered} refused or unanswered`,
      `${report.clients} clients`,
      ...times,
      ...report.notes,
      `at most ${report.peakMb} MB`,
    ].join('; '),
    faults: report.faults,
  };
};

/** How many broken promises are told of one run; the first few explain the others. */
const TOLD = 20;

export const describe = ({ healed, kept, faults }: Outcome, replay: string): string[] => [
  ...(healed ? [`  all current after ${healed}`] : []),
  `  ${kept}`,
  ...faults.slice(0, TOLD).map((fault) => `  BROKEN: ${fault}`),
  faults.length === 0
    ? '  nothing lost, nothing doubled, nothing out of order'
    : `  ${faults.length} promises broken; ${replay} replays this run`,
];

/** The table of a whole run, in Markdown. */
export const toTable = (outcomes: Outcome[]): string[] => [
  '| | What was broken | All current after | What was written and seen | Lost |',
  '| --- | --- | --- | --- | --- |',
  ...outcomes.map(
    ({ name, broke, healed, kept, faults }) =>
      `| ${name} | ${broke} | ${healed} | ${kept} | ${faults.length === 0 ? 'nothing' : `**${faults.length} promises broken**`} |`,
  ),
];
