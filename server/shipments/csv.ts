import { type Readable, Transform, type Writable } from 'node:stream';
import type { CsvError } from 'csv-parse';
import { badRequest, tooLarge } from '../platform/errors.ts';

/** Reads CSV as it arrives: never the whole file, and no faster than its lines are dealt with. */

/** `line` is where the record begins; 1 is the header. */
export type CsvRecord = { line: number; fields: string[] };

const DELIMITERS = [',', ';', '\t'];
/** A header longer than this is none, and a record longer than this is one that swallows those behind it. */
const MAX_RECORD = 65_536;
/** Bytes parsed at a time: the parser complains of every letter of a record that is too long. */
const SLICE = 8_192;

const count = (text: string, part: string) => text.split(part).length - 1;

/** The delimiter that the header row uses most: spreadsheets of many countries write semicolons. */
export const detectDelimiter = (header: string): string =>
  DELIMITERS.reduce((best, one) => (count(header, one) > count(header, best) ? one : best));

/**
 * What arrives from `source`, at most `max` bytes of it, with each chunk shown to `onChunk`. Ends with TOO_LARGE, or
 * BAD_REQUEST when the source breaks off. Never destroys the source: its connection has to carry the answer.
 */
export const receive = (source: Readable, max: number, onChunk: (chunk: Buffer) => void): Readable => {
  let size = 0;
  const received = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > max) return done(tooLarge(`A CSV file may have at most ${Math.floor(max / 1_048_576)} MB; split it`));
      onChunk(chunk);
      done(null, chunk);
    },
  });
  const brokenOff = () => received.destroy(badRequest('The body ended early'));
  source.once('error', brokenOff).once('close', () => {
    if (!source.readableEnded) brokenOff();
  });
  // Whoever reads from it hears of the error; this only keeps it from ending the process before somebody reads.
  received.on('error', () => {});
  received.once('close', () => {
    source.unpipe(received);
    source.resume();
  });
  return source.pipe(received);
};

/** Reads up to the end of the first line, and answers it with an iterator over everything, that line included. */
const peek = async (source: Readable) => {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (!head.includes(0x0a) && !head.includes(0x0d) && head.length <= MAX_RECORD) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = (async function* () {
    yield head;
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  })();
  return { first: head.toString('utf8').split(/[\r\n]/, 1)[0]!, all };
};

const NEVER_CLOSED =
  'A quote (") opens in this line or just below and is never closed, so nothing from here on was read; close it or take it out';

const drained = (parser: Writable) =>
  new Promise<void>((resolve) => {
    const go = () => {
      parser.off('drain', go).off('close', go);
      resolve();
    };
    parser.on('drain', go).on('close', go);
  });

/**
 * The records of a CSV text in UTF-8, with comma, semicolon or tab. Empty lines are left out. A record that cannot be
 * read goes to `onFault` instead. Throws what the source throws; reads it to its end even when nobody listens any more.
 */
export async function* readCsv(
  source: Readable,
  onFault: (line: number, message: string) => void,
): AsyncGenerator<CsvRecord> {
  const { first, all } = await peek(source);
  const { parse } = await import('csv-parse');
  // Where the parser is; the loop below sees records a little later.
  let parsed = 0;
  let swallowing = false;
  const parser = parse({
    bom: true,
    delimiter: detectDelimiter(first),
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    // Not `trim`: at a letter behind a closing quote the parser would drop the rest of the chunk.
    ltrim: true,
    max_record_size: MAX_RECORD,
    skip_records_with_error: true,
    on_record: (record, { lines }) => {
      parsed = lines;
      return record;
    },
    on_skip: (error: CsvError | undefined) => {
      if (swallowing) return undefined;
      // What follows cannot be told apart from the record that never ends.
      swallowing = error?.code === 'CSV_MAX_RECORD_SIZE' || error?.code === 'CSV_QUOTE_NOT_CLOSED';
      onFault(parsed + 1, swallowing ? NEVER_CLOSED : (error?.message ?? 'It is not CSV'));
      return undefined;
    },
  });
  // Once the parser is of no use this goes on reading, so that whoever sends the file gets to its end and hears why.
  const feed = async () => {
    for await (const chunk of all)
      for (let at = 0; at < chunk.length && !swallowing && !parser.destroyed; at += SLICE)
        if (!parser.write(chunk.subarray(at, at + SLICE))) await drained(parser);
    if (!parser.destroyed) parser.end();
  };
  feed().catch((error: Error) => parser.destroy(error));
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    const breaks = record.reduce((sum, field) => sum + count(field, '\n'), 0);
    const fields = record.map((field) => field.trim());
    if (fields.some((field) => field !== '')) yield { line: info.lines - breaks, fields };
  }
}
