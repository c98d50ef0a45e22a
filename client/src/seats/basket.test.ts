import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, listSeats, MOST_SEATS, reconcile, seen, toggle } from './basket.ts';

test('a seat is chosen and given back, and no more than one request may hold', () => {
  const one = toggle(EMPTY, '1');
  assert.deepEqual(one.chosen, ['1']);
  assert.deepEqual(toggle(one, '1').chosen, []);
  const many = Array.from({ length: MOST_SEATS + 2 }, (_, index) => String(index)).reduce(toggle, EMPTY);
  assert.equal(many.chosen.length, MOST_SEATS);
});

test('a seat that somebody else got leaves the choice and is told until it was seen', () => {
  const basket = ['1', '2', '3'].reduce(toggle, EMPTY);
  const after = reconcile(basket, (seat) => seat !== '2', 7);
  assert.deepEqual(after, { chosen: ['1', '3'], lost: [{ seatNumber: '2', at: 7 }] });
  assert.equal(
    reconcile(after, () => true, 8),
    after,
  );
  assert.deepEqual(seen(after).lost, []);
  assert.deepEqual(toggle(after, '2').lost, [], 'free again and chosen again: no longer lost');
});

test('seats are told as people tell them', () => {
  assert.deepEqual([[], ['4'], ['4', '5'], ['4', '5', '6']].map(listSeats), ['', '4', '4 and 5', '4, 5 and 6']);
});
