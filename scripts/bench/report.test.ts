import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Report, rowsOf, writeCurves } from './report.ts';
import { growth, type Scenario } from './rows/scenario.ts';
import { section, table } from './table.ts';

const scenario: Scenario = {
  name: 'example',
  columns: ['plain', 'waybeat'],
  figures: {
    time: { title: 'time', unit: 'ms', better: 'lower', digits: 1, aim: 1 },
    rate: { title: 'rate', unit: '/s', better: 'higher', digits: 0 },
  },
  measure: () => Promise.reject(new Error('not measured here')),
};

test('a ratio below 1 means that Waybeat is cheaper, for times and for rates alike', () => {
  const rows = rowsOf(scenario, {
    plain: [
      { time: 4, rate: 100 },
      { time: 2, rate: 300 },
      { time: 3, rate: 200 },
    ],
    waybeat: [{ time: 1.5, rate: 400 }],
  });
  assert.deepEqual(
    rows.map((row) => row.ratio),
    [0.5, 0.5],
  );
  assert.match(
    table(rows, 3),
    /\| time \(ms\), 3 and 1 rounds +\| 3\.0 \[2\.0–4\.0\] +\| 1\.5 +\| 0\.50 +\| +\| ≤ 1 × plain: met \|/,
  );
});

test('a server that was not measured has no ratio', () => {
  const [row] = rowsOf(scenario, { plain: [{ time: 1, rate: 1 }] });
  assert.equal(row?.ratio, null);
});

test('an aim is met against plain, against raw ws and as it stands, or it is not', () => {
  const judged = (figure: Partial<Scenario['figures'][string]>, raw: number, plain: number, waybeat: number) =>
    rowsOf(
      {
        ...scenario,
        columns: ['raw', 'plain', 'waybeat'],
        figures: { cost: { title: 'cost', unit: 'ms', better: 'lower', digits: 1, ...figure } },
      },
      { raw: [{ cost: raw }], plain: [{ cost: plain }], waybeat: [{ cost: waybeat }] },
    )[0]?.met;
  assert.equal(judged({}, 1, 2, 3), null);
  assert.equal(judged({ aim: 1 }, 1, 2, 3), false);
  assert.equal(judged({ aim: 1.5, aimOfRaw: 2 }, 1, 2, 3), false);
  assert.equal(judged({ aim: 1.5, aimOfRaw: 3, limit: 3 }, 1, 2, 3), true);
  assert.equal(judged({ better: 'higher', limit: 4 }, 1, 2, 3), false);
});

test('figures at growing sizes are lines of the table and points of one curve', () => {
  const figures = growth('cpu', [10, 1000], { of: 'viewers', title: 'cost', unit: 'ms', better: 'lower', digits: 1 });
  assert.deepEqual(Object.keys(figures), ['cpu10', 'cpu1000']);
  const folder = mkdtempSync(path.join(tmpdir(), 'waybeat-curves-'));
  try {
    const rows = rowsOf({ ...scenario, figures }, { waybeat: [{ cpu10: 1, cpu1000: 5 }], plain: [{ cpu10: 2 }] });
    writeCurves(folder, rows);
    assert.deepEqual(readdirSync(folder), ['example-cpu.svg']);
    assert.match(readFileSync(path.join(folder, 'example-cpu.svg'), 'utf8'), /Waybeat: 5 ms at 1,000 viewers/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a size that a server did not reach is left out, and the rest of its figures stand', () => {
  const rows = rowsOf(scenario, { waybeat: [{ time: 1 }], plain: [{ time: 2, rate: 3 }] });
  assert.deepEqual(
    rows.map(({ key, rounds }) => [key, rounds]),
    [
      ['time', { plain: [2], waybeat: [1] }],
      ['rate', { plain: [3] }],
    ],
  );
});

test('the section says what was missed, how each figure grows, and where the load was the limit', () => {
  const figures = {
    ...scenario.figures,
    ...growth('cpu', [10, 1000], { of: 'viewers', title: 'cost', unit: 'ms', better: 'lower', digits: 1 }),
  };
  const sample = (time: number) => ({ time, rate: 7, cpu10: time, cpu1000: time * 3 });
  const report: Report = {
    conditions: {
      date: '2026-11-21T18:00:00.000Z',
      rounds: 1,
      quick: false,
      node: 'v20.0.0',
      cpu: 'a processor',
      versions: { ws: '8.0.0' },
      placement: 'not pinned',
      database: 'PostgreSQL 15',
      commits: { p50: 0.5, p99: 17 },
      loadBefore: 0.1,
    },
    rows: rowsOf({ ...scenario, figures }, { plain: [sample(2)], waybeat: [sample(4)] }),
    measurements: [
      { scenario: 'example', column: 'plain', round: 1, seconds: 3, load: 1, server: 0.2, loadBound: 0.7, stolen: 0.1 },
      { scenario: 'example', column: 'waybeat', round: 1, seconds: 3, load: 0.4, server: 1, loadBound: 0, stolen: 0.3 },
    ],
    failures: ['example, raw ws, round 1: it did not start'],
  };
  const text = section(report);
  assert.match(text, /^2026-11-21, a processor, Node 20\.0\.0, .* of 1 rounds/);
  assert.match(text, /\| time \(ms\) +\| 2\.0 +\| 4\.0 +\| 2\.00 +\| +\| ≤ 1 × plain: missed \|/);
  assert.doesNotMatch(text, /cost, 10 viewers/);
  assert.match(text, /\| viewers → +\| +\| 10 +\| 1,000 \|/);
  assert.match(text, /\| cost \(ms\) +\| plain +\| 2\.0 +\| 6\.0 +\|\n\| +\| Waybeat +\| 4\.0 +\| 12\.0 +\|/);
  assert.match(text, /took 0\.50 ms, p99 17\.00 ms\. Other guests .* had 20\.0 % of .*, 30\.0 % in the worst/);
  assert.match(text, /the busy time: example \(plain\) 70 %\./);
  assert.match(text, /Could not be measured: example, raw ws/);
});
