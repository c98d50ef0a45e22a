import assert from 'node:assert/strict';
import { test } from 'node:test';
import { categoryKey, categoryName, colourOf } from './category.ts';

test('a category is one however it is written, and has the same colour every day', () => {
  assert.equal(categoryKey(' Street Food '), categoryKey('street food'));
  assert.deepEqual(colourOf(' Street Food '), colourOf('street food'));
  assert.equal(categoryName('street food'), 'Street food');
  assert.equal(categoryName(null), 'Other');
  assert.equal(categoryName('  '), 'Other');
  assert.notDeepEqual(colourOf('coffee'), colourOf(null));
});

test('two categories share a colour only when there are more categories than colours', () => {
  const names = ['street food', 'coffee', 'flowers', 'fruit', 'ice cream', 'fish', 'books'];
  assert.equal(new Set(names.map(colourOf)).size, names.length);
  assert.ok(colourOf('one more').light);
});
