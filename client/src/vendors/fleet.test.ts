import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AreaVendor } from '../../../server/contract/vendors.ts';
import { createFleet } from './fleet.ts';
import { project } from './mercator.ts';
import { placeAt } from './motion.ts';

const NOON = Date.parse('2026-12-01T12:00:00.000Z');
const stamp = (ms: number) => new Date(NOON + ms).toISOString();

const vendor = (id: string, lat: number, ms = 0, more: Partial<AreaVendor> = {}): AreaVendor => ({
  id,
  vendorId: id,
  companyId: 'c1',
  ownerId: 'u1',
  name: `Vendor ${id}`,
  description: null,
  category: 'Coffee',
  isOpen: true,
  location: { lat, long: 13.4 },
  locatedAt: stamp(ms),
  version: 1,
  createdAt: stamp(0),
  updatedAt: stamp(0),
  ...more,
});

const opened = () => {
  let now = 0;
  const fleet = createFleet(() => now);
  let told = 0;
  fleet.onMembers(() => {
    told += 1;
  });
  return {
    fleet,
    told: () => told,
    wait: (ms: number) => {
      now += ms;
    },
    now: () => now,
  };
};

test('an area replaces the one before: who is in both keeps moving, who is not has gone', () => {
  const { fleet, wait, now } = opened();
  fleet.takeArea([vendor('a', 52.5), vendor('b', 52.6)]);
  wait(1_000);
  fleet.takeArea([vendor('b', 52.6001, 1_000), vendor('c', 52.7), vendor('d', 0, 0, { location: null })]);
  assert.deepEqual([...fleet.markers.keys()], ['b', 'c']);
  const { y } = placeAt(fleet.markers.get('b')!.motion, now(), { x: 0, y: 0 });
  assert.equal(y, project(52.6, 13.4).y, 'b starts from where it was shown');
});

test('moving is not told to those who list vendors; coming, leaving and closing is', () => {
  const { fleet, told } = opened();
  fleet.takeArea([vendor('a', 52.5)]);
  assert.equal(told(), 1);
  fleet.takeEvent({ vendorId: 'a', location: { lat: 52.50001, long: 13.4 }, timestamp: stamp(1_000) });
  assert.equal(told(), 1);
  const { id, companyId, ownerId, name, description, category } = vendor('b', 0);
  const brief = { id, companyId, ownerId, name, description, category, isOpen: true };
  const location = { lat: 52.51, long: 13.4 };
  fleet.takeEvent({ vendorId: 'b', location, timestamp: stamp(1_000), vendor: brief });
  assert.equal(told(), 2);
  fleet.takeEvent({ vendorId: 'b', location, timestamp: stamp(1_000), vendor: { ...brief, isOpen: false } });
  assert.equal(told(), 3);
  assert.equal(fleet.markers.get('b')!.vendor.isOpen, false);
  fleet.takeEvent({ vendorId: 'b', location, timestamp: stamp(2_000), left: true });
  assert.equal(told(), 4);
  assert.deepEqual([...fleet.markers.keys()], ['a']);
});

test('newest wins: a late report, and a late area, move nobody back', () => {
  const { fleet } = opened();
  fleet.takeArea([vendor('a', 52.5, 5_000)]);
  fleet.takeEvent({ vendorId: 'a', location: { lat: 40, long: 13.4 }, timestamp: stamp(4_000) });
  fleet.takeArea([vendor('a', 41, 3_000)]);
  assert.equal(fleet.markers.get('a')!.location.lat, 52.5);
  assert.equal(fleet.markers.get('a')!.at, NOON + 5_000);
});

test('one who stands still stays fresh by reporting the same place again', () => {
  const { fleet, wait } = opened();
  fleet.takeArea([vendor('a', 52.5)]);
  const { motion } = fleet.markers.get('a')!;
  wait(3_000);
  fleet.takeEvent({ vendorId: 'a', location: { lat: 52.5, long: 13.4 }, timestamp: stamp(3_000) });
  assert.equal(fleet.markers.get('a')!.at, NOON + 3_000);
  assert.deepEqual(fleet.markers.get('a')!.motion.to, motion.to);
});

test('a report about somebody who is not known here is nobody on the map', () => {
  const { fleet, told } = opened();
  fleet.takeEvent({ vendorId: 'x', location: { lat: 1, long: 1 }, timestamp: stamp(0) });
  assert.equal(fleet.markers.size, 0);
  assert.equal(told(), 0);
});
