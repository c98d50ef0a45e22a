import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { detectDelimiter, readCsv, receive } from './csv.ts';
import { readHeader, readLine } from './importLines.ts';

const read = async (chunks: (string | Buffer)[]) => {
  const records: [number, ...string[]][] = [];
  const faults: [number, string][] = [];
  const source = Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: false },
  );
  for await (const { line, fields } of readCsv(source, (line, message) => faults.push([line, message])))
    records.push([line, ...fields]);
  return { records, faults };
};

describe('a CSV text', () => {
  it('is read the same wherever its chunks are cut', async () => {
    const text = '\ufeffpoNumber,origin\r\n1,"Gent, België"\r\n\r\n2,"two\nlines"\r\n,\r\n3,5" pipe';
    const whole = await read([text]);
    assert.deepEqual(whole.records, [
      [1, 'poNumber', 'origin'],
      [2, '1', 'Gent, België'],
      [4, '2', 'two\nlines'],
      [7, '3', '5" pipe'],
    ]);
    assert.deepEqual(await read([...Buffer.from(text)].map((byte) => Buffer.from([byte]))), whole);
  });

  it('may use semicolons or tabs, and line ends of any system', async () => {
    assert.deepEqual((await read(['po;origin\n1;a, b'])).records[1], [2, '1', 'a, b']);
    assert.deepEqual((await read(['po\torigin\r1\ta, b\r'])).records[1], [2, '1', 'a, b']);
    assert.equal(detectDelimiter('poNumber'), ',');
  });

  it('loses no line to a quote in the wrong place', async () => {
    const { records, faults } = await read(['po,origin\n1,a"b"c\n2,"b"x\n3, "c, d"\n4,"e" \n']);
    assert.deepEqual(
      records.map(([line, po]) => [line, po]),
      [
        [1, 'po'],
        [2, '1'],
        [3, '2'],
        [4, '3'],
        [5, '4'],
      ],
    );
    assert.deepEqual(records[3], [4, '3', 'c, d']);
    assert.deepEqual(faults, []);
  });

  it('keeps what comes before a quote that never closes, and says where that is', async () => {
    for (const rest of ['3,c\n', 'x'.repeat(300_000)]) {
      const { records, faults } = await read(['po,origin\n1,a\n2,"b\n', rest]);
      assert.deepEqual(records.slice(1), [[2, '1', 'a']]);
      assert.equal(faults.length, 1);
      assert.equal(faults[0]?.[0], 3);
      assert.match(faults[0]?.[1] ?? '', /never closed/);
    }
  });

  it('holds nothing when empty', async () => {
    assert.deepEqual(await read(['']), { records: [], faults: [] });
    assert.deepEqual(await read(['\n\n  \n']), { records: [], faults: [] });
  });

  it('is not read faster than its lines are dealt with', async () => {
    let sent = 0;
    const source = new Readable({
      read() {
        sent += 1;
        this.push(sent > 2_000 ? null : Buffer.from('x,'.repeat(500).concat('\n')));
      },
    });
    for await (const _ of readCsv(source, assert.fail)) break;
    const atBreak = sent;
    assert.ok(atBreak < 500, `${atBreak} chunks were read for one line`);
    // Nobody listens any more, but whoever sends it must get to its end to hear why.
    if (!source.readableEnded) await once(source, 'end');
    assert.equal(sent, 2_001);
  });
});

describe('what is received', () => {
  const take = async (source: Readable, max: number) => {
    let size = 0;
    for await (const chunk of receive(source, max, () => {})) size += chunk.length;
    return size;
  };

  it('ends with TOO_LARGE above its limit, and the sender is heard out', async () => {
    const source = Readable.from(
      Array.from({ length: 100 }, () => Buffer.alloc(1_000)),
      { objectMode: false },
    );
    await assert.rejects(take(source, 5_000), { code: 'TOO_LARGE' });
    if (!source.readableEnded) await once(source, 'end');
    assert.equal(await take(Readable.from([Buffer.alloc(5_000)], { objectMode: false }), 5_000), 5_000);
  });

  it('ends with BAD_REQUEST when the sender breaks off', async () => {
    const source = new PassThrough();
    source.write('poNumber\n1');
    const taking = take(source, 5_000);
    source.destroy();
    await assert.rejects(taking, { code: 'BAD_REQUEST' });
  });
});

describe('the columns', () => {
  it('are known by names as people write them', () => {
    assert.deepEqual(readHeader(['PO Number', 'supplier_name', 'ETA', 'Colour', 'Warehouse ID']), [
      'poNumber',
      'supplierName',
      'eta',
      undefined,
      'warehouse',
    ]);
    assert.throws(() => readHeader(['name', 'eta']), /poNumber/);
    assert.throws(() => readHeader(['po', 'PO Number']), /poNumber twice/);
    assert.deepEqual(readHeader(['po', 'constructor', '__proto__']), ['poNumber', undefined, undefined]);
  });

  it('say of a line what to change in it', () => {
    const columns = readHeader(['poNumber', 'origin', 'eta', 'status']);
    const faultOf = (...fields: string[]) => (readLine(columns, fields) as { fault: string }).fault;
    assert.deepEqual(readLine(columns, ['1', '', '2026-12-01', 'In_Transit']), {
      poNumber: '1',
      eta: '2026-12-01T00:00:00.000Z',
      status: 'in_transit',
    });
    assert.deepEqual(readLine(columns, ['1']), { poNumber: '1' });
    assert.match(faultOf('', 'Oslo'), /poNumber: the cell is empty/);
    assert.match(faultOf('1', 'x'.repeat(201)), /origin: has 201 characters; at most 200/);
    assert.match(faultOf('1', 'Oslo', '24.12.2026'), /24\.12\.2026 is no date; write it like 2026-12-01/);
    assert.match(faultOf('1', 'Oslo', '2026-02-30'), /no date/);
    assert.match(faultOf('1', 'Oslo', '', 'rejected'), /rejected is not possible here; use planned, in_transit/);
    assert.match(faultOf('1', 'Oslo', '', '', 'more'), /5 cells, the header 4/);
    assert.match(faultOf('1', 'M\ufffdnchen'), /UTF-8/);
    assert.match(faultOf('1', 'a\u0000b'), /origin: Control characters/);
  });
});
