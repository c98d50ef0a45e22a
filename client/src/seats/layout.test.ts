import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut, seatAfter } from './layout.ts';

const seats = (...numbers: string[]) => numbers.map((seatNumber) => ({ seatNumber }));
const drawn = (numbers: string[]) =>
  layOut(seats(...numbers)).map(({ places }) => places.map((seat) => seat?.seatNumber ?? '').join('|'));

test('numbers with letters stand in their rows, the aisle in the middle, row 2 before row 10', () => {
  assert.deepEqual(drawn(['10A', '2B', '2A', '2C', '2D', '10D']), ['2A|2B||2C|2D', '10A||||10D']);
});

test('plain numbers stand four abreast, and the last row may be short', () => {
  assert.deepEqual(drawn(['1', '2', '3', '4', '5', '10']), ['1|2||3|4', '5|10|||']);
});

test('three abreast has its aisle after two; names of any other kind are set four abreast', () => {
  assert.deepEqual(drawn(['1A', '1B', '1C']), ['1A|1B||1C']);
  assert.deepEqual(drawn(['VIP 1', 'VIP 2', '1A']), ['1A|VIP 1||VIP 2|']);
});

test('arrow keys cross the aisle, find the nearest seat where none stands, and stop at the edge', () => {
  const rows = layOut(seats('1A', '1B', '1C', '1D', '2A', '2D', '3A', '3B', '3C', '3D'));
  const after = (from: string, key: string, whole = false) => seatAfter(rows, from, key, whole)?.seatNumber;
  assert.equal(after('1B', 'ArrowRight'), '1C');
  assert.equal(after('1C', 'ArrowLeft'), '1B');
  assert.equal(after('1D', 'ArrowRight'), undefined);
  assert.equal(after('1B', 'ArrowDown'), '2A');
  assert.equal(after('2D', 'ArrowDown'), '3D');
  assert.equal(after('1A', 'ArrowUp'), undefined);
  assert.equal(after('3B', 'Home'), '3A');
  assert.equal(after('3B', 'End'), '3D');
  assert.equal(after('3B', 'Home', true), '1A');
  assert.equal(after('1A', 'End', true), '3D');
  assert.equal(after('1A', 'PageDown'), '3A');
  assert.equal(after('1A', 'x'), undefined);
  assert.equal(after('9Z', 'Home'), undefined);
});
