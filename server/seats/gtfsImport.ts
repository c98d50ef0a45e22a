import { randomUUID } from 'node:crypto';
import type { GtfsQuery, GtfsReport } from '../contract/seats.ts';
import { query, transaction } from '../platform/database.ts';
import { badRequest } from '../platform/errors.ts';
import { daysBetween } from './gtfsTime.ts';
import { type Leaves, readDepartures } from './gtfsTrips.ts';
import { readRoutes } from './routeStore.ts';
import { emitRoutesCreated, emitRoutesUpdated } from './seatEvents.ts';

/** A feed's trips as departures of a company, a batch a transaction. */

const BATCH = 200;
const MAX_DAYS = 31;
/** A feed that is wrong in every line is told so by its first ones. */
const MAX_LISTED = 1_000;

const daysOf = ({ date, from, to }: Pick<GtfsQuery, 'date' | 'from' | 'to'>): string[] => {
  const first = date ?? from ?? to ?? new Date().toISOString().slice(0, 10);
  const days = daysBetween(
    first,
    date ?? to ?? new Date(Date.parse(first) + 6 * 86_400_000).toISOString().slice(0, 10),
  );
  if (days.length > MAX_DAYS) throw badRequest(`to: at most ${MAX_DAYS} days at a time`);
  return days;
};

/**
 * Adds what is new and moves what leaves at another time now. Seats and price of a known departure stay: somebody may
 * have bought one. Answers the ids.
 */
const write = async (companyId: string, batch: Leaves[], { seatCount, amount, currency }: GtfsQuery) => {
  const seatNumbers = Array.from({ length: seatCount }, (_, n) => String(n + 1));
  const rows = await query<{ id: string; created: boolean }>(
    `insert into routes (id, company_id, origin, destination, departs_at, seat_numbers, price_amount, price_currency, source_key)
     select id, $2, origin, destination, departs_at, $3, $4, $5, key
     from jsonb_to_recordset($1) as i(id text, key text, origin text, destination text, departs_at timestamptz) order by key
     on conflict (company_id, source_key) where source_key is not null do update
       set origin = excluded.origin, destination = excluded.destination, departs_at = excluded.departs_at, updated_at = clock_timestamp()
       where routes.status = 'scheduled' and (routes.origin, routes.destination, routes.departs_at)
         is distinct from (excluded.origin, excluded.destination, excluded.departs_at)
     returning id, (xmax = 0) as created`,
    [
      JSON.stringify(batch.map(({ departsAt, ...rest }) => ({ ...rest, id: randomUUID(), departs_at: departsAt }))),
      companyId,
      seatNumbers,
      amount,
      currency,
    ],
  );
  const ids = (created: boolean) => rows.filter((row) => row.created === created).map(({ id }) => id);
  return { created: ids(true), updated: ids(false) };
};

export type Progress = { phase: 'reading' | 'writing' | 'done'; processed: number; total: number };

/** Imports a zip. Each batch commits by itself: after a failure the same feed can be imported again. */
export const importGtfs = async (
  zip: Buffer,
  companyId: string,
  options: GtfsQuery,
  onProgress: (progress: Progress) => void,
): Promise<GtfsReport> => {
  const days = daysOf(options);
  const report: GtfsReport = { created: 0, updated: 0, unchanged: 0, skipped: [] };
  let unlisted = 0;
  const leftOut = (file: string, line: number | null, message: string) => {
    if (report.skipped.length < MAX_LISTED) report.skipped.push({ file, line, message });
    else unlisted += 1;
  };
  onProgress({ phase: 'reading', processed: 0, total: 0 });
  const { openFeed } = await import('./gtfsFeed.ts');
  const feed = await openFeed(zip);
  const departures = await readDepartures(feed, days, leftOut).finally(feed.close);
  for (let from = 0; from < departures.length; from += BATCH) {
    const batch = departures.slice(from, from + BATCH);
    const { created, updated } = await transaction(async () => {
      const written = await write(companyId, batch, options);
      await emitRoutesCreated(await readRoutes(written.created));
      await emitRoutesUpdated(await readRoutes(written.updated));
      return written;
    });
    report.created += created.length;
    report.updated += updated.length;
    report.unchanged += batch.length - created.length - updated.length;
    onProgress({ phase: 'writing', processed: from + batch.length, total: departures.length });
  }
  if (unlisted > 0)
    report.skipped.push({ file: 'feed', line: null, message: `${unlisted} more were left out; they are not listed` });
  onProgress({ phase: 'done', processed: departures.length, total: departures.length });
  return report;
};
