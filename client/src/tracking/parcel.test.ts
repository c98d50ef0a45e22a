import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DurableEvent, ServerEvent } from '../../../server/contract/common.ts';
import { fromSnapshot, reduce, takePassing } from './parcel.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const start = () =>
  fromSnapshot(
    {
      awb: 'FX12345678',
      status: 'CREATED',
      description: null,
      origin: null,
      destination: null,
      location: null,
      eta: null,
      timeline: [],
    },
    1,
  );
const event = (type: string, fields: object): DurableEvent =>
  ({ type, timestamp: at(1), version: 2, awb: 'FX12345678', ...fields }) as DurableEvent;
const passing = (type: string, fields: object): ServerEvent =>
  ({ type, timestamp: at(1), awb: 'FX12345678', ...fields }) as ServerEvent;
const place = (second: number, lat: number) => ({ lat, long: 13.4, recordedAt: at(second) });

test('a status goes into the timeline, brings its position and ends an approach', () => {
  const near = reduce(start(), event('rider-approaching', { minutes: 2, distanceMeters: 400 }));
  assert.deepEqual([near.approaching, near.minutes, near.distanceMeters], [true, 2, 400]);
  const next = reduce(
    near,
    event('status-update', { status: 'DELIVERED', at: at(5), location: place(5, 52.5), by: 'rita' }),
  );
  assert.deepEqual([next.status, next.approaching, next.location?.lat], ['DELIVERED', false, 52.5]);
  assert.deepEqual(
    next.timeline.map(({ status, by }) => [status, by]),
    [['DELIVERED', 'rita']],
  );
});

test('a late position never moves the marker back', () => {
  const now = takePassing(start(), passing('location-update', { location: place(10, 52.5) }));
  assert.equal(takePassing(now, passing('location-update', { location: place(4, 52.4) })), now);
  assert.equal(
    reduce(now, event('status-update', { status: 'AT_HUB', at: at(3), location: place(3, 52) })).location?.lat,
    52.5,
  );
  assert.equal(takePassing(now, passing('location-update', { location: place(11, 52.6) })).location?.lat, 52.6);
});

test('a computed arrival replaces the one before, one that staff set comes by the stream', () => {
  const eta = at(50);
  assert.equal(takePassing(start(), passing('eta-update', { eta, minutes: 3, distanceMeters: 900 })).minutes, 3);
  assert.equal(takePassing(start(), event('eta-update', { eta })).eta, null);
  assert.equal(reduce(start(), event('eta-update', { eta })).eta, eta);
});

test('who rides is known to those who may, and what is not understood is asked for again', () => {
  assert.equal(reduce(start(), event('rider-assigned', { riderId: 'r1' })).riderId, 'r1');
  assert.deepEqual([reduce(start(), event('rider-assigned', {})).riderId, start().outdated], [undefined, false]);
  assert.equal(reduce(start(), event('something-new', {})).outdated, true);
});

test('what a phone tells late stands in the timeline where it happened', () => {
  const later = reduce(start(), event('status-update', { status: 'AT_HUB', at: at(30), location: null }));
  const both = reduce(later, {
    ...event('status-update', { status: 'PICKED_UP', at: at(10), location: null }),
    version: 3,
  });
  assert.deepEqual(
    both.timeline.map(({ status }) => status),
    ['PICKED_UP', 'AT_HUB'],
  );
});
