import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { rowsOf, table, writeCurves } from './report.ts';
import { growth, type Scenario } from './rows/scenario.ts';

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
  assert.match(table(rows), /\| time \(ms\) +\| 3\.0 \[2\.0–4\.0\] +\| 1\.5 +\| 0\.50 +\| +\| ≤ 1 × plain \| yes \|/);
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
    const rows = rowsOf({ ...scenario, figures }, { waybeat: [{ cpu10: 1, cpu1000: 5 }] });
    writeCurves(folder, rows);
    assert.deepEqual(readdirSync(folder), ['example-cpu.svg']);
    assert.match(readFileSync(path.join(folder, 'example-cpu.svg'), 'utf8'), /Waybeat: 5 ms at 1,000 viewers/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
