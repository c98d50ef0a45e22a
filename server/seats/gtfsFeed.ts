import { parse } from 'csv-parse';
import { fromBufferPromise } from 'yauzl';
import { badRequest, tooLarge, unprocessable } from '../platform/errors.ts';

/** A GTFS feed: CSV files in a zip. https://gtfs.org/documentation/schedule/reference/ */

/** What a small zip may unpack to; a country's timetable stays below. */
const MAX_UNPACKED = 512 * 1024 * 1024;

export type FeedRow = { line: number; row: Record<string, string> };
export type Feed = {
  has: (file: string) => boolean;
  /** The rows of a file, one by one; nothing of a file that is not there. */
  rows: (file: string) => AsyncGenerator<FeedRow>;
  close: () => void;
};

/** Reads what is in the zip. Throws BAD_REQUEST when it is none, TOO_LARGE when it would unpack to too much. */
export const openFeed = async (zip: Buffer): Promise<Feed> => {
  const opened = await fromBufferPromise(zip, { lazyEntries: true, autoClose: false }).catch((error: Error) => {
    throw badRequest(`The file is no zip that can be read (${error.message})`);
  });
  const entries = new Map<string, Parameters<typeof opened.openReadStreamPromise>[0]>();
  try {
    let unpacked = 0;
    for await (const entry of opened.eachEntry()) {
      unpacked += entry.uncompressedSize;
      if (unpacked > MAX_UNPACKED) throw tooLarge('The feed unpacks to more than 512 MB');
      // Some agencies put the files into a folder.
      const name = entry.fileName.split('/').at(-1)!;
      if (name.endsWith('.txt') && !entries.has(name)) entries.set(name, entry);
    }
  } catch (error) {
    opened.close();
    throw error;
  }
  const rows = async function* (file: string): AsyncGenerator<FeedRow> {
    const entry = entries.get(file);
    if (!entry) return;
    const stream = await opened.openReadStreamPromise(entry);
    const parser = parse({
      bom: true,
      columns: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    });
    stream.on('error', (error) => parser.destroy(error));
    stream.pipe(parser);
    try {
      for await (const { info, record } of parser as AsyncIterable<{
        info: { lines: number };
        record: Record<string, string>;
      }>)
        yield { line: info.lines, row: record };
    } catch (error) {
      throw unprocessable(`${file} cannot be read: ${(error as Error).message}`);
    } finally {
      stream.destroy();
    }
  };
  return { has: (file) => entries.has(file), rows, close: () => opened.close() };
};
