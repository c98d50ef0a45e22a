import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pausesOf, readTrack } from './track.ts';

describe('a recorded track', () => {
  it('is read from GPX with its times', () => {
    const points = readTrack(`<?xml version="1.0"?><gpx><wpt lat="1" lon="2"/><trk><trkseg>
      <trkpt lat="52.5" lon="13.4"><ele>34</ele><time>2026-01-01T10:00:00Z</time></trkpt>
      <trkpt lon="13.41" lat="52.51"><time>2026-01-01T10:00:05Z</time></trkpt></trkseg></trk></gpx>`);
    assert.deepEqual(
      points.map(({ lat, long }) => [lat, long]),
      [
        [52.5, 13.4],
        [52.51, 13.41],
      ],
    );
    assert.deepEqual(pausesOf(points), [5]);
  });

  it('is read from GeoJSON, a second a point where no time stands', () => {
    const points = readTrack(
      JSON.stringify({
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            properties: { coordTimes: ['2026-01-01T10:00:00Z', '2026-01-01T10:00:02Z'] },
            geometry: {
              type: 'LineString',
              coordinates: [
                [13.4, 52.5],
                [13.5, 52.6],
              ],
            },
          },
          { type: 'Feature', properties: null, geometry: { type: 'LineString', coordinates: [[13.6, 52.7]] } },
        ],
      }),
    );
    assert.deepEqual(pausesOf(points), [2, 1]);
    assert.equal(points[2]!.lat, 52.7);
  });

  it('that holds no points is refused', () => {
    assert.throws(() => readTrack('<gpx></gpx>'), /no track/);
  });
});
