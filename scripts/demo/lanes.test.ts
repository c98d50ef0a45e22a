import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneBetween, voyageHours } from './lanes.ts';
import { DESTINATIONS, ORIGINS, type PortCode, portLabel, portOfLabel } from './ports.ts';

const within = (from: PortCode, to: PortCode, nauticalMiles: number) => {
  const lane = laneBetween(from, to);
  assert.ok(lane, `${from} to ${to}`);
  const error = Math.abs(lane.nauticalMiles / nauticalMiles - 1);
  assert.ok(error < 0.07, `${from} to ${to}: ${lane.nauticalMiles} nm, tables say ${nauticalMiles}`);
};

test('lanes are about as long as distance tables say', () => {
  within('CNSHA', 'NLRTM', 10_500);
  // Across the date line, where the network of lanes ends.
  within('CNSHA', 'USLGB', 5_700);
  within('JPYOK', 'USOAK', 4_550);
  within('CNSHA', 'USNYC', 10_580);
  within('BRSSZ', 'NLRTM', 5_420);
});

test('lanes pass the canals and straits that ships take', () => {
  assert.deepEqual(laneBetween('CNSHA', 'DEHAM')?.via, ['Strait of Malacca', 'Suez Canal', 'Strait of Gibraltar']);
  assert.deepEqual(laneBetween('CNSHA', 'USSAV')?.via, ['Panama Canal']);
  assert.deepEqual(laneBetween('ZACPT', 'NLRTM')?.via, ['Cape of Good Hope']);
});

test('every two ports have a lane, and a voyage takes days or weeks', () => {
  for (const from of Object.keys(ORIGINS) as PortCode[])
    for (const to of Object.keys(DESTINATIONS) as PortCode[]) {
      const lane = laneBetween(from, to);
      assert.ok(lane, `${from} to ${to}`);
      assert.ok(voyageHours(lane) > 48 && voyageHours(lane) < 24 * 45, `${from} to ${to}`);
    }
});

test('a port is found again by what is written on a shipment', () => {
  assert.equal(portLabel('CNSHA'), 'Shanghai, CN');
  assert.equal(portOfLabel('Shanghai, CN'), 'CNSHA');
  assert.equal(portOfLabel('Somewhere else'), undefined);
});
