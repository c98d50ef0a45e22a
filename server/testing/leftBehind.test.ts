import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { databaseName, dropLeftBehind, isLeftBehind } from './leftBehind.ts';
import { needs, serviceUrl } from './services.ts';

const prefix = 'waybeat_test_';
const HOUR = 3_600_000;
const name = databaseName(prefix);
const gone = () => false;
const alive = () => true;

test('a database belongs to nobody when its process is gone, or when it is a day old', () => {
  assert.equal(isLeftBehind(name, prefix, Date.now(), alive), false);
  assert.equal(isLeftBehind(name, prefix, Date.now(), gone), true);
  assert.equal(isLeftBehind(name, prefix, Date.now() + 25 * HOUR, alive), true);
});

test('what another machine made is left alone for a day, since its processes cannot be seen', () => {
  const theirs = name.replace(/test_[0-9a-f]{6}/, 'test_000000');
  assert.equal(isLeftBehind(theirs, prefix, Date.now(), gone), false);
  assert.equal(isLeftBehind(theirs, prefix, Date.now() + 25 * HOUR, gone), true);
});

test('names that this project does not make are never its own', () => {
  for (const other of [
    'waybeat',
    'waybeat_test_',
    'waybeat_test_staging',
    `my_${name}`,
    `${name}_copy`,
    `bench_${name}`,
  ])
    assert.equal(isLeftBehind(other, prefix, Date.now() + 1_000 * HOUR, gone), false, other);
});

test('what a process that is gone left behind is dropped, and nothing else', needs('postgres'), async () => {
  const address = serviceUrl('postgres');
  // A prefix of this test's own: it must not tidy up what runs beside it.
  const own = `${prefix}sweep_`;
  const ours = databaseName(own);
  // Above the largest process id that Linux gives.
  const left = ours.replace(`_${process.pid}_`, '_4194305_');
  const used = left.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  const admin = new pg.Client({ connectionString: address });
  await admin.connect();
  const exists = async () => {
    const { rows } = await admin.query('select datname from pg_database where datname = any($1) order by datname', [
      [ours, left, used],
    ]);
    return rows.map(({ datname }) => datname);
  };
  try {
    for (const one of [ours, left, used]) await admin.query(`create database "${one}"`);
    const url = new URL(address);
    url.pathname = used;
    const user = new pg.Client({ connectionString: url.href });
    await user.connect();
    try {
      assert.deepEqual(await dropLeftBehind(address, [own]), [left]);
      assert.deepEqual(await exists(), [ours, used].sort(), 'what is in use stays');
    } finally {
      await user.end();
    }
  } finally {
    for (const one of [ours, left, used]) await admin.query(`drop database if exists "${one}" with (force)`);
    await admin.end();
  }
});
