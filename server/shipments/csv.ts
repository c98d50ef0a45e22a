import type { Readable } from 'node:stream';
import { type Info, parse } from 'csv-parse';
import { z } from 'zod';
import { Id, Moment, text } from '../contract/common.ts';
import { badRequest, tooLarge } from '../platform/errors.ts';

/** Purchase orders as spreadsheets export them: read line by line, never as a whole. */

/** Column names as people write them (`PO Number`, `po_number`, `poNumber`) → ours. */
const COLUMNS: Record<string, keyof Fields> = {
  ponumber: 'poNumber',
  po: 'poNumber',
  supplierid: 'supplierId',
  suppliername: 'supplierName',
  supplier: 'supplierName',
  origin: 'origin',
  destination: 'destination',
  warehouse: 'warehouse',
  warehouseid: 'warehouse',
  eta: 'eta',
};

// An empty cell is a value that is not given: it changes nothing in a shipment that exists.
const cell = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' ? value.trim() || undefined : value), schema.optional());

const Line = z.object({
  poNumber: z.preprocess((value) => value ?? '', text(100).or(z.literal('').refine(() => false, 'is missing'))),
  supplierId: cell(Id),
  supplierName: cell(text(200)),
  origin: cell(text(200)),
  destination: cell(text(200)),
  warehouse: cell(text(200)),
  eta: cell(Moment),
});
type Fields = z.infer<typeof Line>;
export type ParsedLine = { line: number; order: Fields } | { line: number; message: string };

/** The separator of a header row: spreadsheets of half of Europe write semicolons. */
const separatorOf = (header: string) => (header.split(';').length > header.split(',').length ? ';' : ',');

/** Reads up to the end of the first row, or 64 KiB without one. */
const readHeader = async (chunks: AsyncIterator<Buffer>) => {
  let start = Buffer.alloc(0);
  while (start.length < 65_536 && !start.includes(0x0a)) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  return start;
};

/** Counts what passes; throws TOO_LARGE above `maxBytes`. */
async function* bounded(source: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw tooLarge(`A CSV file may have at most ${maxBytes} bytes; split it`);
    yield chunk as Buffer;
  }
}

const toColumns = (header: string[]) => {
  const columns = header.map((name) => COLUMNS[name.toLowerCase().replace(/[^a-z]/g, '')]);
  if (!columns.includes('poNumber'))
    throw badRequest(
      'The first row must name the columns, one of them poNumber; known are: poNumber, supplierId, supplierName, origin, destination, warehouse, eta',
    );
  return columns.map((name) => name ?? false);
};

const messageOf = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`).join('; ');

/**
 * Reads a CSV file (UTF-8, header row, comma or semicolon) and yields each line, parsed or with what is wrong with it.
 * Line 1 is the header. Throws BAD_REQUEST without a usable header and TOO_LARGE above `maxBytes`.
 */
export async function* readOrders(source: Readable, maxBytes: number): AsyncGenerator<ParsedLine> {
  const chunks = bounded(source, maxBytes);
  const start = await readHeader(chunks);
  const header = start.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
  const broken: ParsedLine[] = [];
  const parser = parse({
    bom: true,
    columns: toColumns,
    delimiter: separatorOf(header),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    // Not `trim`: on a letter behind a closing quote the parser would drop the rest of the chunk.
    ltrim: true,
    max_record_size: 100_000,
    skip_records_with_error: true,
    on_skip: (error) => {
      broken.push({
        line: Number((error as { lines?: number } | undefined)?.lines ?? 0),
        message: 'is not valid CSV; check its quotes',
      });
      return undefined;
    },
  });
  const feed = (async () => {
    const write = async (chunk: Buffer) => {
      if (!parser.write(chunk)) await new Promise((resolve) => parser.once('drain', resolve));
    };
    await write(start);
    for await (const chunk of chunks) await write(chunk);
    parser.end();
  })().catch((error) => parser.destroy(error));
  for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: Info }>) {
    yield* broken.splice(0);
    const parsed = Line.safeParse(record);
    yield parsed.success
      ? { line: info.lines, order: parsed.data }
      : { line: info.lines, message: messageOf(parsed.error) };
  }
  yield* broken;
  await feed;
}
