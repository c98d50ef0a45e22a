import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf, table } from './report.ts';
import type { Scenario } from './rows/scenario.ts';

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
  assert.match(table(rows), /\| time \(ms\) +\| 3\.0 \[2\.0–4\.0\] +\| 1\.5 \[1\.5–1\.5\] +\| 0\.50 +\| ≤ 1 +\|/);
});

test('a server that was not measured has no ratio', () => {
  const [row] = rowsOf(scenario, { plain: [{ time: 1, rate: 1 }] });
  assert.equal(row?.ratio, null);
});
