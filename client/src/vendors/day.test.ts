import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayName, indexAt, localDay, momentAt, toDay, utcDays } from './day.ts';

const NOON = Date.parse('2026-12-01T12:00:00.000Z');
const MINUTE = 60_000;
const point = (ms: number, lat: number, long = 13.4) => ({ at: new Date(NOON + ms).toISOString(), lat, long });
const whole = (trail: ReturnType<typeof point>[]) => toDay(trail, NOON - 12 * 60 * MINUTE, NOON + 12 * 60 * MINUTE);

test('a day is cut from what came before and after it, in order of time', () => {
  const day = toDay([point(2_000, 3), point(-1, 1), point(0, 2), point(5_000, 4)], NOON, NOON + 5_000);
  assert.deepEqual(
    day.points.map(({ lat }) => lat),
    [2, 3],
  );
});

test('between two reports the vendor is on the line between them', () => {
  const day = whole([point(0, 52), point(10_000, 53)]);
  assert.equal(momentAt(day, NOON - 1), undefined);
  assert.equal(momentAt(day, NOON)?.lat, 52);
  assert.equal(momentAt(day, NOON + 2_500)?.lat, 52.25);
  assert.deepEqual(momentAt(day, NOON + 10_000 + MINUTE), { lat: 53, long: 13.4, silentMs: MINUTE, index: 1 });
});

test('a silence is shown as one: no line through it, and no distance for it', () => {
  const day = whole([point(0, 52), point(MINUTE, 52.001), point(60 * MINUTE, 53), point(61 * MINUTE, 53.001)]);
  assert.deepEqual(day.stretches, [
    { from: 0, to: 1 },
    { from: 2, to: 3 },
  ]);
  const silent = momentAt(day, NOON + 30 * MINUTE)!;
  assert.equal(silent.lat, 52.001);
  assert.equal(silent.silentMs, 29 * MINUTE);
  assert.ok(day.metres > 200 && day.metres < 250, `${day.metres} m`);
});

test('across the antimeridian the replay goes the short way', () => {
  const day = whole([point(0, 0, 179.999), point(1_000, 0, -179.999)]);
  const { long } = momentAt(day, NOON + 500)!;
  assert.ok(Math.abs(Math.abs(long) - 180) < 1e-9, String(long));
});

test('the point of a time is found among many', () => {
  const { points } = whole(Array.from({ length: 1_000 }, (_, index) => point(index * 1_000, 52)));
  assert.deepEqual(
    [-1, 0, 999, 1_000, 500_500, 10_000_000].map((ms) => indexAt(points, NOON + ms)),
    [-1, 0, 0, 1, 500, 999],
  );
});

test('a local day is read as the UTC days that it touches', () => {
  const day = localDay('2026-12-01');
  assert.equal(dayName(day.start), '2026-12-01');
  assert.equal(dayName(day.end - 1), '2026-12-01');
  assert.equal(dayName(day.end), '2026-12-02');
  assert.deepEqual(utcDays({ start: NOON - 13 * 60 * MINUTE, end: NOON }), ['2026-11-30', '2026-12-01']);
  assert.deepEqual(utcDays({ start: NOON - 12 * 60 * MINUTE, end: NOON + 12 * 60 * MINUTE }), ['2026-12-01']);
});
