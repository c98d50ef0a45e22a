import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileTypeFromBuffer } from 'file-type';
import { makePdf, makePhoto } from './paper.ts';
import { randomFrom } from './random.ts';

test('a paper is a PDF whose table of objects points at its objects', async () => {
  const pdf = makePdf('INVOICE', ['Order (4500183204)', 'Götaland \\ 木']);
  assert.equal((await fileTypeFromBuffer(pdf))?.mime, 'application/pdf');
  const text = pdf.toString('latin1');
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  assert.equal(text.slice(table, table + 5), 'xref\n');
  const offsets = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset));
  assert.equal(offsets.length, 5);
  for (const [index, offset] of offsets.entries()) assert.ok(text.startsWith(`${index + 1} 0 obj\n`, offset));
  assert.ok(text.includes('(Order \\(4500183204\\))'));
});

test('a photo is a PNG, and the same chance takes the same photo', async () => {
  const photo = makePhoto(randomFrom(1));
  assert.equal((await fileTypeFromBuffer(photo))?.mime, 'image/png');
  assert.ok(photo.length < 200_000, `${photo.length} bytes`);
  assert.ok(photo.equals(makePhoto(randomFrom(1))));
});
