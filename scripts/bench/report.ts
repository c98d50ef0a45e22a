import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ColumnName, TITLES } from './columns.ts';
import type { Shares } from './cores.ts';
import { drawCurve } from './curves.ts';
import type { CommitTimes } from './databases.ts';
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
  /** Rounds asked for; each row has its own number of them beside its figures. */
  rounds: number;
  quick: boolean;
  node: string;
  /** Of what was measured, by name; and the commit, where there is one. */
  versions: Record<string, string>;
  cpu: string;
  placement: string;
  database: string;
  commits: CommitTimes;
  /** Processes that wanted a core in the minute before: what else ran beside the measurement. */
  loadBefore: number;
}

/** One round of one row on one server: how long it took, and whose the processors were. */
export interface Measurement extends Shares {
  scenario: string;
  column: ColumnName;
  round: number;
  seconds: number;
}

/** What `bench.json` holds. */
export interface Report {
  conditions: Conditions;
  rows: Row[];
  measurements: Measurement[];
  /** What could not be measured, and why. */
  failures: string[];
}

/** Turns the measurements of one scenario, a list of rounds for each column, into rows. */
export function rowsOf(
  scenario: Scenario,
  measured: Partial<Record<ColumnName, ReadonlyArray<Record<string, number>>>>,
): Row[] {
  return Object.entries(scenario.figures).flatMap(([key, figure]) => {
    const rounds: Row['rounds'] = {};
    const summaries: Row['summaries'] = {};
    for (const column of scenario.columns) {
      const samples = measured[column]?.flatMap((figures) => figures[key] ?? []) ?? [];
      if (samples.length === 0) continue;
      rounds[column] = samples;
      summaries[column] = summarize(samples);
    }
    if (Object.keys(summaries).length === 0) return [];
    const ratio = ratioOf(figure, summaries.waybeat, summaries.plain);
    const ratioOfRaw = ratioOf(figure, summaries.waybeat, summaries.raw);
    const met = judge(figure, ratio, ratioOfRaw, summaries.waybeat);
    return [{ ...figure, scenario: scenario.name, key, rounds, summaries, ratio, ratioOfRaw, met }];
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

export function writeReport(file: string, report: Report): void {
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** The rows of each curve of growth, by its title, from the smallest size to the largest. */
export function curvesOf(rows: readonly Row[]): Map<string, Row[]> {
  const curves = new Map<string, Row[]>();
  for (const row of rows) {
    if (!row.point) continue;
    const members = curves.get(row.point.curve);
    if (members) members.push(row);
    else curves.set(row.point.curve, [row]);
  }
  for (const members of curves.values()) members.sort((a, b) => a.point!.at - b.point!.at);
  return curves;
}

/** Where a curve is drawn: by the row that measures most of it. */
export const curveFile = (members: readonly Row[]): string => {
  for (const { scenario, key, point } of members) {
    const size = String(point!.at);
    if (key.endsWith(size)) return `${scenario}-${key.slice(0, -size.length)}.svg`;
  }
  const { scenario, key } = members[0]!;
  return `${scenario}-${key}.svg`;
};

/** Draws each curve of growth that was measured into `folder`. Answers the files. */
export function writeCurves(folder: string, rows: readonly Row[]): string[] {
  mkdirSync(folder, { recursive: true });
  return [...curvesOf(rows)].flatMap(([title, members]) => {
    const { unit, point, better } = members[0]!;
    const lines = (Object.keys(TITLES) as ColumnName[]).flatMap((column, place) => {
      const points = members.flatMap(({ summaries, point }) => {
        const summary = summaries[column];
        return summary && summary.median > 0
          ? [{ x: point!.at, y: summary.median, min: summary.min, max: summary.max }]
          : [];
      });
      return points.length > 0 ? [{ title: TITLES[column], place, points }] : [];
    });
    // One size is a figure, and not a curve.
    if (lines.every(({ points }) => points.length < 2)) return [];
    const file = path.join(folder, curveFile(members));
    writeFileSync(file, drawCurve({ title, xTitle: point!.of, yTitle: unit, better, lines }));
    return file;
  });
}
