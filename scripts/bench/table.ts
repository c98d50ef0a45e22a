import { type ColumnName, TITLES } from './columns.ts';
import { curvesOf, type Report, type Row } from './report.ts';
import type { Summary } from './statistics.ts';

/** The report in Markdown: it reads well in a terminal and can stand in the README as it is. */

/** From here on a figure says as much of the load as of the server. */
const LOAD_BOUND = 0.2;

const COLUMNS = Object.keys(TITLES) as ColumnName[];

/** One line a figure. `rounds` is how many a row usually has: those that have another number of them say so. */
export function table(rows: readonly Row[], rounds: number): string {
  const columns = COLUMNS.filter((column) => rows.some((row) => row.summaries[column]));
  const head = ['', ...columns.map((column) => TITLES[column]), '÷ plain', '÷ raw', 'aim'];
  return markdown(
    head,
    rows.map((row) => [
      nameOf(row, rounds),
      ...columns.map((column) => cell(row.summaries[column], row.digits)),
      row.ratio === null ? '' : ratio(row.ratio),
      row.ratioOfRaw === null ? '' : ratio(row.ratioOfRaw),
      aimOf(row),
    ]),
  );
}

/** How each figure grows: a table for what it grows with, a line for each server. */
export function growthTables(rows: readonly Row[]): string {
  const dimensions = new Map<string, [string, Row[]][]>();
  for (const [title, members] of curvesOf(rows)) {
    if (members.length < 2) continue;
    const { of } = members[0]!.point!;
    dimensions.set(of, [...(dimensions.get(of) ?? []), [title, members]]);
  }
  return [...dimensions]
    .map(([of, curves]) => {
      const sizes = [...new Set(curves.flatMap(([, members]) => members.map(({ point }) => point!.at)))];
      sizes.sort((a, b) => a - b);
      const head = [`${of} →`, '', ...sizes.map((size) => size.toLocaleString('en-US'))];
      return markdown(
        head,
        curves.flatMap(([title, members]) =>
          COLUMNS.filter((column) => members.some(({ summaries }) => summaries[column])).map((column, line) => [
            line === 0 ? withUnit(title, members[0]!.unit) : '',
            TITLES[column],
            ...sizes.map((size) => {
              const row = members.find(({ point }) => point!.at === size);
              const summary = row?.summaries[column];
              return row && summary ? number(summary.median, row.digits) : '';
            }),
          ]),
        ),
      );
    })
    .join('\n\n');
}

/** Everything that the README's section says in figures. */
export function section({ conditions, rows, measurements, failures }: Report): string {
  const { date, rounds, cpu, node, database, placement, loadBefore, versions, quick } = conditions;
  const main = rows.filter((row) => !row.point || row.aim || row.aimOfRaw || row.limit);
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 10)}, ${cpu}, Node ${node.slice(1)}, ${database}, ${packages.join(', ')}; ${placement}; load ${loadBefore.toFixed(2)} at the start. Medians [minimum–maximum] of ${rounds} rounds, unless a row says otherwise. Ratios are Waybeat’s cost divided by the other’s: below 1 is better.`,
    disturbances(conditions, measurements),
    ...(quick ? ['A quick run: it shows that everything works, and its figures mean nothing.'] : []),
    table(main, rounds),
    growthTables(rows),
    ...limitsOfTheLoad(measurements),
    ...failures.map((failure) => `Could not be measured: ${failure.split('\n')[0]}`),
  ].join('\n\n');
}

/** What the machine itself did to the figures: a commit's own time is in every write, and what others took in everything. */
export function disturbances({ commits }: Report['conditions'], measurements: Report['measurements']): string {
  const stolen = measurements.map((one) => one.stolen);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const mean = stolen.reduce((sum, one) => sum + one, 0) / Math.max(1, stolen.length);
  return `A commit with nothing else under way took ${commits.p50.toFixed(2)} ms, p99 ${commits.p99.toFixed(2)} ms. Other guests of the machine had ${percent(mean)} of its processors’ time, ${percent(Math.max(0, ...stolen))} in the worst measurement.`;
}

/** Where the load's core was full while the server's was not; nothing where that was nowhere so. */
function limitsOfTheLoad(measurements: Report['measurements']): string[] {
  const bound = new Map<string, number[]>();
  for (const { scenario, column, loadBound } of measurements) {
    const name = `${scenario} (${TITLES[column]})`;
    bound.set(name, [...(bound.get(name) ?? []), loadBound]);
  }
  const named = [...bound].flatMap(([name, shares]) => {
    const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    return share >= LOAD_BOUND ? [`${name} ${Math.round(share * 100)} %`] : [];
  });
  if (named.length === 0) return [];
  return [`The load’s core was full while the server’s had time left, share of the busy time: ${named.join(', ')}.`];
}

/** Seconds and shares of each row and server, for who runs it. */
export function coresTable(measurements: Report['measurements']): string {
  const of = new Map<string, Report['measurements']>();
  for (const measurement of measurements) {
    const name = `${measurement.scenario}, ${TITLES[measurement.column]}`;
    of.set(name, [...(of.get(name) ?? []), measurement]);
  }
  const mean = (list: Report['measurements'], key: 'load' | 'server' | 'loadBound' | 'stolen' | 'seconds') =>
    list.reduce((sum, one) => sum + one[key], 0) / list.length;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return markdown(
    ['', 'seconds', 'load’s core', 'servers’', 'load is the limit', 'other guests'],
    [...of].map(([name, list]) => [
      name,
      mean(list, 'seconds').toFixed(0),
      percent(mean(list, 'load')),
      percent(mean(list, 'server')),
      percent(mean(list, 'loadBound')),
      percent(mean(list, 'stolen')),
    ]),
  );
}

function markdown(head: string[], body: string[][]): string {
  const widths = head.map((title, index) => Math.max(title.length, 3, ...body.map((line) => line[index]!.length)));
  const line = (cells: string[]) => `| ${cells.map((text, index) => text.padEnd(widths[index]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const withUnit = (title: string, unit: string) => (unit ? `${title} (${unit})` : title);

function nameOf(row: Row, usual: number): string {
  const counts = [...new Set(Object.values(row.rounds).map(({ length }) => length))];
  const name = withUnit(row.title, row.unit);
  if (counts.every((count) => count === usual)) return name;
  const most = Math.max(...counts);
  return `${name}, ${counts.join(' and ')} ${most === 1 ? 'round' : 'rounds'}`;
}

function aimOf({ aim, aimOfRaw, limit, better, met }: Row): string {
  const aims = [
    ...(aim === undefined ? [] : [`≤ ${aim} × plain`]),
    ...(aimOfRaw === undefined ? [] : [`≤ ${aimOfRaw} × raw`]),
    ...(limit === undefined ? [] : [`${better === 'lower' ? '≤' : '≥'} ${limit.toLocaleString('en-US')}`]),
  ].join(', ');
  return met === null ? aims : `${aims}: ${met ? 'met' : 'missed'}`;
}

/** Two digits behind the point, and more of what is small. */
const ratio = (value: number) => (value < 0.1 ? value.toPrecision(1) : value.toFixed(2));

function cell(summary: Summary | undefined, digits: number): string {
  if (!summary) return '';
  const { median, min, max } = summary;
  return min === max
    ? number(median, digits)
    : `${number(median, digits)} [${number(min, digits)}–${number(max, digits)}]`;
}

const number = (value: number, digits: number) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
