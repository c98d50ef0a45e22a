import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Warehouse } from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { conflict, notFound, unprocessable } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

type Row = { id: string; company_id: string; name: string; total: number; available: number; updated_at: Date };

/** Percent used, to one decimal; an empty building is not in use. */
const utilizationOf = (total: number, available: number): number =>
  total === 0 ? 0 : Math.round(((total - available) / total) * 1000) / 10;

const toWarehouse = (row: Row): Warehouse => ({
  id: row.id,
  companyId: row.company_id,
  name: row.name,
  total: row.total,
  available: row.available,
  utilization: utilizationOf(row.total, row.available),
  updatedAt: row.updated_at.toISOString(),
});

const COLUMNS = 'id, company_id, name, total, available, updated_at';

/** One page by name, of one company or (null) of all. */
export const listWarehouses = async (
  companyId: string | null,
  limit: number,
  cursor: string | undefined,
  since?: string,
) => {
  const after = decodeCursor(cursor, z.tuple([z.string(), z.string()]));
  const rows = await query<Row>(
    `select ${COLUMNS} from warehouses
     where ($1::text is null or company_id = $1) and ($2::text is null or (name, id) > ($2, $3))
       and ($4::timestamptz is null or updated_at >= $4)
     order by name, id limit $5`,
    [companyId, after?.[0] ?? null, after?.[1] ?? null, since ?? null, limit + 1],
  );
  return toPage(rows.map(toWarehouse), limit, ({ name, id }) => [name, id]);
};

/** Adds an empty warehouse. Throws CONFLICT when the company has one of this name. */
export const insertWarehouse = async (companyId: string, name: string, total: number): Promise<Warehouse> => {
  const [row] = await query<Row>(
    `insert into warehouses (id, company_id, name, total, available) values ($1, $2, $3, $4, $4)
     on conflict (company_id, name) do nothing returning ${COLUMNS}`,
    [randomUUID(), companyId, name, total],
  );
  if (!row) throw conflict(`A warehouse called ${name} exists already`);
  return toWarehouse(row);
};

/**
 * Sets what a warehouse can hold and what of it is free. When only `total` changes, what is used stays used.
 * Throws UNPROCESSABLE when more would be free, or used, than there is.
 */
export const setCapacity = async (
  companyId: string | null,
  id: string,
  change: { total?: number | undefined; available?: number | undefined },
): Promise<Warehouse> => {
  const [before] = await query<Row>(
    `select ${COLUMNS} from warehouses where id = $1 and ($2::text is null or company_id = $2) for update`,
    [id, companyId],
  );
  if (!before) throw notFound('Warehouse');
  const used = before.total - before.available;
  const total = change.total ?? before.total;
  const available = change.available ?? total - used;
  if (available < 0) throw unprocessable(`total: ${used} are in use; it cannot hold less`);
  if (available > total) throw unprocessable(`available: at most the total of ${total} can be free`);
  const [row] = await query<Row>(
    `update warehouses set total = $2, available = $3, updated_at = clock_timestamp() where id = $1 returning ${COLUMNS}`,
    [id, total, available],
  );
  return toWarehouse(row!);
};
