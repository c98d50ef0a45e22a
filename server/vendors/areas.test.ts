import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Bounds, Position, Vendor } from '../contract/vendors.ts';
import type { LiveSocket } from '../websocket/types.ts';

/** The clock is the test's own: how often a map hears of a vendor depends on when its moves come, and on nothing else. */

process.env.JWT_SECRET ??= 'a secret of this test, long enough for the check';
process.env.LOCATION_HZ = '4';
let areas: typeof import('./areas.ts');
let index: typeof import('./vendorIndex.ts');

const START = Date.parse('2026-03-01T12:00:00Z');

const vendorAt = (id: string, location: Position): Vendor => ({
  id,
  companyId: 'acme',
  ownerId: 'vera',
  name: id,
  description: null,
  category: null,
  isOpen: true,
  location,
  locatedAt: new Date(START).toISOString(),
  createdAt: new Date(START).toISOString(),
  updatedAt: new Date(START).toISOString(),
  version: 1,
});

const viewer = (id: string): LiveSocket => ({ id, connected: true, once: () => {} }) as unknown as LiveSocket;
const look = (id: string, bounds: Bounds) => {
  const { vendors, truncated, open } = areas.prepareArea(viewer(id), bounds);
  open();
  return { ids: new Set(vendors.map((vendor) => vendor.id)), truncated };
};
const around = (degrees: number): Bounds => ({
  north: degrees / 4,
  south: -degrees / 4,
  east: degrees / 2,
  west: -degrees / 2,
});

describe('what a map hears', () => {
  before(async () => {
    areas = await import('./areas.ts');
    index = await import('./vendorIndex.ts');
  });

  /** Moves one vendor four times a second for twelve seconds; answers how often each map heard of it. */
  const drive = (stepDegrees: number) => {
    const { entry } = index.put(vendorAt('cart', { lat: 0, long: 0 }));
    const heard = new Map<string, number>();
    for (let step = 1; step <= 48; step += 1) {
      const at = entry.at + 250;
      // Three places in turn: on the smallest of the maps, and another one whenever a map hears of it again.
      index.move(entry, { lat: 0, long: (step % 3) * stepDegrees }, at);
      for (const id of areas.areaMoved(entry, at)) heard.set(id, (heard.get(id) ?? 0) + 1);
    }
    return heard;
  };
  const forget = (...ids: string[]) => {
    for (const id of ids) areas.closeArea(id);
    index.load([]);
  };

  it('is less the farther out it is: each report near by, one in two seconds of a continent', () => {
    index.load([vendorAt('cart', { lat: 0, long: 0 })]);
    look('street', around(0.4));
    look('county', around(4));
    look('country', around(20));
    look('continent', around(90));
    const heard = drive(0.1);
    forget('street', 'county', 'country', 'continent');
    assert.deepEqual(Object.fromEntries(heard), { street: 48, county: 24, country: 12, continent: 6 });
  });

  it('is one report in three seconds of a vendor that moves by less than a pixel', () => {
    index.load([vendorAt('cart', { lat: 0, long: 0 })]);
    look('street', around(0.4));
    look('county', around(4));
    const heard = drive(0.001);
    forget('street', 'county');
    assert.deepEqual(Object.fromEntries(heard), { street: 48, county: 4 });
  });

  it('is nothing of what moves elsewhere', () => {
    index.load([vendorAt('cart', { lat: 0, long: 0 })]);
    look('elsewhere', { north: 51, south: 50, east: 1, west: 0 });
    const heard = drive(0.1);
    forget('elsewhere');
    assert.equal(heard.size, 0);
  });

  it('is an even sample where more are than it can show, and the same one while it moves', () => {
    const crowd = Array.from({ length: 8_000 }, (_, n) =>
      vendorAt(`cart-${n}`, { lat: 10 + Math.floor(n / 100) / 100, long: 10 + (n % 100) / 100 }),
    );
    index.load(crowd);
    const here = { north: 11, south: 10, east: 11, west: 10 };
    const first = look('map', here);
    const next = look('map', { ...here, west: 9.9, east: 10.9 });
    const few = look('map', { north: 10.05, south: 10, east: 10.5, west: 10 });
    forget('map');
    assert.equal(first.truncated, true);
    assert.ok(first.ids.size > 1_800 && first.ids.size < 2_200, `${first.ids.size} of about 2,000`);
    const quarters = [0, 1, 2, 3].map(
      (quarter) => crowd.filter(({ id }, n) => Math.floor(n / 2_000) === quarter && first.ids.has(id)).length,
    );
    assert.ok(Math.max(...quarters) < Math.min(...quarters) * 1.3, `in each quarter: ${quarters}`);
    const stillThere = [...first.ids].filter((id) => next.ids.has(id)).length;
    assert.ok(stillThere >= first.ids.size * 0.85, `${stillThere} of ${first.ids.size} stayed`);
    assert.equal(few.truncated, false);
    assert.equal(few.ids.size, 306);
  });
});
