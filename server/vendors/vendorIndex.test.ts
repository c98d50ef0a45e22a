import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bounds, Vendor } from '../contract/vendors.ts';
import { boxesAround, distanceMeters } from './geography.ts';
import { findEntry, load, move, nearest, put, within } from './vendorIndex.ts';

/** The same chance every time. */
let state = 7;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
/** Many at the poles and at the antimeridian, where maps are wrong. */
const somewhere = () => {
  const kind = random();
  const lat = kind < 0.2 ? 90 - random() * 0.5 : kind < 0.4 ? -90 + random() * 0.5 : random() * 180 - 90;
  const long = kind < 0.6 ? random() * 360 - 180 : (random() < 0.5 ? 1 : -1) * (180 - random() * 0.5);
  return { lat, long };
};
const vendorAt = (id: string, location: Vendor['location']): Vendor => ({
  id,
  companyId: 'acme',
  ownerId: 'vera',
  name: id,
  description: null,
  category: null,
  isOpen: true,
  location,
  locatedAt: location && new Date(1).toISOString(),
  version: 0,
  createdAt: new Date(0).toISOString(),
  updatedAt: new Date(0).toISOString(),
});

const vendors = Array.from({ length: 2_000 }, (_, n) => vendorAt(`v${n}`, somewhere()));

describe('the index of vendors', () => {
  it('answers what looking at every vendor would, wherever on earth', () => {
    load(vendors);
    for (let n = 0; n < 300; n += 1) {
      const center = n % 10 === 0 ? { lat: n % 20 === 0 ? 90 : -90, long: 0 } : somewhere();
      const radius = 10 ** (2 + random() * 5.3);
      const expected = vendors
        .map(({ id, location }) => ({ id, meters: distanceMeters(center, location!) }))
        .filter(({ meters }) => meters <= radius)
        .sort((a, b) => a.meters - b.meters || (a.id < b.id ? -1 : 1));
      const found = nearest(center, radius, vendors.length);
      assert.deepEqual(
        found.map(({ vendor }) => vendor.id),
        expected.map(({ id }) => id),
        `${JSON.stringify(center)} ${radius}`,
      );
      assert.deepEqual(
        nearest(center, radius, 5).map(({ vendor }) => vendor.id),
        expected.slice(0, 5).map(({ id }) => id),
      );
    }
  });

  it('knows who is in bounds, across the antimeridian and on it', () => {
    load(vendors);
    const isIn = ({ north, south, east, west }: Bounds, { lat, long }: { lat: number; long: number }) =>
      lat <= north && lat >= south && (west <= east ? long >= west && long <= east : long >= west || long <= east);
    for (let n = 0; n < 300; n += 1) {
      const [a, b] = [somewhere(), somewhere()];
      const bounds = { north: Math.max(a.lat, b.lat), south: Math.min(a.lat, b.lat), west: a.long, east: b.long };
      assert.deepEqual(
        new Set(within(bounds).map(({ vendor }) => vendor.id)),
        new Set(vendors.filter(({ location }) => isIn(bounds, location!)).map(({ id }) => id)),
      );
    }
    load([vendorAt('on-it', { lat: 0, long: 180 })]);
    assert.equal(within({ north: 1, south: -1, west: -180, east: -179 }).length, 1, '180 and -180 are one meridian');
  });

  it('follows vendors that move, and keeps the newest', () => {
    load(vendors);
    for (let n = 0; n < 5_000; n += 1) {
      const vendor = vendors[Math.floor(random() * vendors.length)]!;
      move(findEntry(vendor.id)!, somewhere(), 10 + n);
    }
    const all = within({ north: 90, south: -90, west: -180, east: 180 });
    assert.equal(all.length, vendors.length);
    const entry = findEntry('v0')!;
    move(entry, { lat: 1, long: 1 }, 100_000);
    assert.equal(move(entry, { lat: 2, long: 2 }, 99_999), false);
    put({ ...vendorAt('v0', { lat: 3, long: 3 }), name: 'Renamed', version: 1 });
    assert.deepEqual(findEntry('v0')!.vendor.location, { lat: 1, long: 1 });
    assert.equal(findEntry('v0')!.vendor.name, 'Renamed');
  });

  it('draws a circle that touches everything within its radius, at every latitude', () => {
    for (const lat of [0, 45, 80, 89.9, 89.999, 90, -89.95])
      for (const meters of [1_000, 1_000_000, 30_000_000])
        for (let bearing = 0; bearing < 360; bearing += 15) {
          const angle = Math.min(Math.PI, (meters / 6_371_008.8) * 0.999);
          const [from, turn] = [(lat * Math.PI) / 180, (bearing * Math.PI) / 180];
          const sine = Math.sin(from) * Math.cos(angle) + Math.cos(from) * Math.sin(angle) * Math.cos(turn);
          const to = Math.asin(Math.max(-1, Math.min(1, sine)));
          const turned = Math.atan2(
            Math.sin(turn) * Math.sin(angle) * Math.cos(from),
            Math.cos(angle) - Math.sin(from) * Math.sin(to),
          );
          const point = { lat: (to * 180) / Math.PI, long: (((turned * 180) / Math.PI + 179.5 + 540) % 360) - 180 };
          assert.ok(
            boxesAround({ lat, long: 179.5 }, meters).some(
              ({ minX, minY, maxX, maxY }) =>
                point.long >= minX && point.long <= maxX && point.lat >= minY && point.lat <= maxY,
            ),
            `${lat}, ${meters} m, ${bearing}°: ${JSON.stringify(point)}`,
          );
        }
  });
});
