import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocationBatch } from '../contract/tracking.ts';
import { parseBatch } from './batch.ts';

const PLAIN = { lat: 52.5, long: 13.4, recordedAt: '2026-02-28T08:00:00.000Z', sequence: 3 };

const judge = (parse: () => unknown) => {
  try {
    return { batch: parse() };
  } catch (error) {
    return { refused: (error as Error).message };
  }
};

describe('a batch of positions', () => {
  it('that is looked at by hand is judged, and read, as by the schema', () => {
    const values: Record<string, unknown[]> = {
      lat: [-90, 90, 90.1, '52', null, Number.NaN, Number.POSITIVE_INFINITY],
      long: [-180, 180, -180.5, true],
      heading: [0, 360, 361, -1, null, 'north'],
      speed: [0, 1000, 1000.1, null, {}],
      accuracy: [0, 10_000_000, 10_000_001, null, []],
      sequence: [0, 1.5, -1, 2 ** 53, null, '7'],
      recordedAt: [
        null,
        '2028-02-29T23:59:59.999Z',
        '2026-02-29T08:00:00.000Z',
        '2026-04-31T08:00:00.000Z',
        '2026-12-01T24:00:00.000Z',
        '2026-12-01',
        '2026-12-01T08:00:00Z',
        '2026-12-01T08:00:00.000+02:00',
        '2026-12-01T08:00:00.00000Z',
        '2026-12-01 08:00:00.000Z',
        'yesterday',
        1_796_112_000_000,
      ],
    };
    const fixes = Object.entries(values).flatMap(([name, given]) =>
      given.map((value) => ({ ...PLAIN, [name]: value })),
    );
    const bodies: unknown[] = [
      ...[...fixes, { lat: 1 }, null, 7, [PLAIN]].map((fix) => ({ deviceId: 'phone', locations: [PLAIN, fix] })),
      ...[undefined, null, '', ' phone ', 'x'.repeat(200), 'x'.repeat(201), 7].map((deviceId) => ({
        deviceId,
        locations: [PLAIN],
      })),
      ...[undefined, null, [], [PLAIN], { locations: [] }, { locations: PLAIN }, 'positions', 7],
      { locations: Array.from({ length: 501 }, () => PLAIN) },
    ];
    for (const body of bodies)
      assert.deepEqual(
        judge(() => parseBatch(body)),
        judge(() => LocationBatch.parse(body)),
        JSON.stringify(body),
      );
  });

  it('in the client’s own form costs no copy of each position', () => {
    const body = { deviceId: 'phone', locations: [PLAIN, PLAIN] };
    assert.equal(parseBatch(body).locations, body.locations);
  });
});
