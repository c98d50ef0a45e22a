import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ColumnName, TITLES } from './columns.ts';
import { drawCurve } from './curves.ts';
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
  /** The same as a multiple of raw `ws`'s. */
  ratioOfRaw: number | null;
  /** Whether every aim of the row is met; null where there is none, or where it was not measured. */
  met: boolean | null;
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
    const ratio = ratioOf(figure, summaries.waybeat, summaries.plain);
    const ratioOfRaw = ratioOf(figure, summaries.waybeat, summaries.raw);
    const met = judge(figure, ratio, ratioOfRaw, summaries.waybeat);
    return { ...figure, scenario: scenario.name, key, rounds, summaries, ratio, ratioOfRaw, met };
  });
}

function ratioOf({ better }: Figure, waybeat: Summary | undefined, other: Summary | undefined): number | null {
  // The kernel counts CPU in ticks: what took less than one has no ratio.
  if (!waybeat?.median || !other?.median) return null;
  return better === 'lower' ? waybeat.median / other.median : other.median / waybeat.median;
}

function judge(
  { aim, aimOfRaw, limit, better }: Figure,
  ratio: number | null,
  ratioOfRaw: number | null,
  waybeat: Summary | undefined,
): boolean | null {
  const verdicts: boolean[] = [];
  if (aim !== undefined && ratio !== null) verdicts.push(ratio <= aim);
  if (aimOfRaw !== undefined && ratioOfRaw !== null) verdicts.push(ratioOfRaw <= aimOfRaw);
  if (limit !== undefined && waybeat)
    verdicts.push(better === 'lower' ? waybeat.median <= limit : waybeat.median >= limit);
  return verdicts.length > 0 ? verdicts.every(Boolean) : null;
}

const aimsOf = ({ aim, aimOfRaw, limit, better }: Figure): string =>
  [
    ...(aim === undefined ? [] : [`≤ ${aim} × plain`]),
    ...(aimOfRaw === undefined ? [] : [`≤ ${aimOfRaw} × raw`]),
    ...(limit === undefined ? [] : [`${better === 'lower' ? '≤' : '≥'} ${limit}`]),
  ].join(', ');

/** A Markdown table: it reads well in a terminal and can stand in the README as it is. */
export function table(rows: readonly Row[]): string {
  const columns = (Object.keys(TITLES) as ColumnName[]).filter((column) => rows.some((row) => row.summaries[column]));
  const head = ['', ...columns.map((column) => TITLES[column]), '÷ plain', '÷ raw', 'aim', 'met'];
  const body = rows.map((row) => [
    row.unit ? `${row.title} (${row.unit})` : row.title,
    ...columns.map((column) => cell(row.summaries[column], row.digits)),
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.ratioOfRaw === null ? '' : row.ratioOfRaw.toFixed(2),
    aimsOf(row),
    row.met === null ? '' : row.met ? 'yes' : 'no',
  ]);
  const widths = head.map((title, index) => Math.max(title.length, 3, ...body.map((line) => line[index]!.length)));
  const line = (cells: string[]) => `| ${cells.map((text, index) => text.padEnd(widths[index]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const cell = (summary: Summary | undefined, digits: number) => {
  if (!summary) return '';
  const { median, min, max } = summary;
  return min === max
    ? number(median, digits)
    : `${number(median, digits)} [${number(min, digits)}–${number(max, digits)}]`;
};

const number = (value: number, digits: number) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function writeReport(file: string, conditions: Conditions, rows: readonly Row[], failures: string[]): void {
  writeFileSync(file, `${JSON.stringify({ conditions, rows, failures }, null, 2)}\n`);
}

/** Draws each curve of growth that was measured into `folder`. Answers the files. */
export function writeCurves(folder: string, rows: readonly Row[]): string[] {
  const curves = new Map<string, Row[]>();
  for (const row of rows) {
    if (!row.point) continue;
    const members = curves.get(row.point.curve);
    if (members) members.push(row);
    else curves.set(row.point.curve, [row]);
  }
  mkdirSync(folder, { recursive: true });
  return [...curves].map(([title, members]) => {
    const [{ unit, point, scenario, key }] = members as [Row, ...Row[]];
    const lines = (Object.keys(TITLES) as ColumnName[]).flatMap((column, place) => {
      const points = members.flatMap((row) =>
        row.summaries[column] ? [{ x: row.point!.at, y: row.summaries[column].median }] : [],
      );
      return points.length > 0 ? [{ title: TITLES[column], place, points }] : [];
    });
    const file = path.join(folder, `${scenario}-${key.replace(/\d+$/, '')}.svg`);
    writeFileSync(file, drawCurve({ title, xTitle: point!.of, yTitle: unit, lines }));
    return file;
  });
}
