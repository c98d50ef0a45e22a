import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunkStreams } from './chunks.ts';

const chunk = (names: string[]) => chunkStreams(names, (name) => name);

test('five hundred streams go in one message, the next in another', () => {
  const names = Array.from({ length: 1_001 }, (_, index) => `shipment:${index}`);
  const chunks = chunk(names);
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [500, 500, 1],
  );
  assert.deepEqual(chunks.flat(), names);
});

test('long names make messages that are still within the bound', () => {
  const names = Array.from({ length: 500 }, (_, index) => `shipment:${String(index).padStart(200, 'x')}`);
  for (const names of chunk(Array.from({ length: 500 }, (_, index) => `s:${String(index).padStart(200, 'x')}`)))
    assert.ok(
      JSON.stringify(['resume', { streams: Object.fromEntries(names.map((name) => [name, 1e9])) }]).length < 65_536,
    );
  assert.deepEqual(chunk(names).flat(), names);
});

test('nothing makes no message', () => assert.deepEqual(chunk([]), []));
