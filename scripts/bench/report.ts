import { writeFileSync } from 'node:fs';
import { type ColumnName, TITLES } from './columns.ts';
import type { Figure, Scenario } from './rows/scenario.ts';
import { type Summary, summarize } from './statistics.ts';

/** All rounds' figures of one row, and what they come to. */
export interface Row extends Figure {
  scenario: string;
  key: string;
  rounds: Partial<Record<ColumnName, number[]>>;
  summaries: Partial<Record<ColumnName, Summary>>;
  /** Waybeat's cost as a multiple of plain's: below 1 is cheaper or faster, for every row alike. */
  ratio: number | null;
}

export interface Conditions {
  date: string;
  rounds: number;
  quick: boolean;
  node: string;
  cpu: string;
  placement: string;
  database: string;
  /** Processes that wanted a core in the minute before: what else ran beside the measurement. */
  loadBefore: number;
}

/** Turns the measurements of one scenario, a list of rounds for each column, into rows. */
export function rowsOf(
  scenario: Scenario,
  measured: Partial<Record<ColumnName, ReadonlyArray<Record<string, number>>>>,
): Row[] {
  return Object.entries(scenario.figures).map(([key, figure]) => {
    const rounds: Row['rounds'] = {};
    const summaries: Row['summaries'] = {};
    for (const column of scenario.columns) {
      const samples = measured[column]?.map((figures) => figures[key]!) ?? [];
      if (samples.length === 0) continue;
      rounds[column] = samples;
      summaries[column] = summarize(samples);
    }
    return { ...figure, scenario: scenario.name, key, rounds, summaries, ratio: ratioOf(figure, summaries) };
  });
}

function ratioOf(figure: Figure, { plain, waybeat }: Row['summaries']): number | null {
  if (!plain || !waybeat) return null;
  return figure.better === 'lower' ? waybeat.median / plain.median : plain.median / waybeat.median;
}

/** A Markdown table: it reads well in a terminal and can stand in the README as it is. */
export function table(rows: readonly Row[]): string {
  const columns = (Object.keys(TITLES) as ColumnName[]).filter((column) => rows.some((row) => row.summaries[column]));
  const head = ['', ...columns.map((column) => TITLES[column]), 'Waybeat’s cost ÷ plain’s', 'aim'];
  const body = rows.map((row) => [
    `${row.title} (${row.unit})`,
    ...columns.map((column) => cell(row.summaries[column], row.digits)),
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.aim === undefined ? '' : `≤ ${row.aim}`,
  ]);
  const widths = head.map((title, index) => Math.max(title.length, 3, ...body.map((line) => line[index]!.length)));
  const line = (cells: string[]) => `| ${cells.map((text, index) => text.padEnd(widths[index]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const cell = (summary: Summary | undefined, digits: number) =>
  summary ? `${number(summary.median, digits)} [${number(summary.min, digits)}–${number(summary.max, digits)}]` : '';

const number = (value: number, digits: number) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function writeReport(file: string, conditions: Conditions, rows: readonly Row[], failures: string[]): void {
  writeFileSync(file, `${JSON.stringify({ conditions, rows, failures }, null, 2)}\n`);
}
