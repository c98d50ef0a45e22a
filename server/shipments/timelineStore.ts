import { z } from 'zod';
import type { TimelineEntry } from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

type Row = {
  id: number;
  at: Date;
  by: string;
  kind: TimelineEntry['kind'];
  from_status: string | null;
  to_status: string | null;
  note: string | null;
};

/** One page of a shipment's own history, newest first. */
export const listTimeline = async (shipmentId: string, limit: number, cursor: string | undefined) => {
  const before = decodeCursor(cursor, z.int());
  const rows = await query<Row>(
    `select id, at, by, kind, from_status, to_status, note from shipment_timeline
     where shipment_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [shipmentId, before ?? null, limit + 1],
  );
  const page = toPage(rows, limit, ({ id }) => id);
  return {
    ...page,
    items: page.items.map(
      (row): TimelineEntry => ({
        id: String(row.id),
        at: row.at.toISOString(),
        by: row.by,
        kind: row.kind,
        from: row.from_status,
        to: row.to_status,
        note: row.note,
      }),
    ),
  };
};
