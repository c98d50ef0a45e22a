import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ChangeVendor, CreateVendor, Position, Vendor, VendorQuery } from '../contract/vendors.ts';
import { query } from '../platform/database.ts';
import { notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

/** SQL of vendors. A vendor's version is its stream's; its position is written apart, see positionStore. */

type VendorRow = {
  id: string;
  company_id: string;
  owner_id: string;
  name: string;
  description: string | null;
  category: string | null;
  is_open: boolean;
  created_at: Date;
  updated_at: Date;
  lat: number | null;
  long: number;
  heading: number | null;
  speed: number | null;
  accuracy: number | null;
  recorded_at: Date | null;
  version: number;
};

const toPosition = (row: VendorRow): Position | null =>
  row.lat === null
    ? null
    : {
        lat: row.lat,
        long: row.long,
        ...(row.heading !== null && { heading: row.heading }),
        ...(row.speed !== null && { speed: row.speed }),
        ...(row.accuracy !== null && { accuracy: row.accuracy }),
      };

const toVendor = (row: VendorRow): Vendor => ({
  id: row.id,
  companyId: row.company_id,
  ownerId: row.owner_id,
  name: row.name,
  description: row.description,
  category: row.category,
  isOpen: row.is_open,
  location: toPosition(row),
  locatedAt: row.recorded_at?.toISOString() ?? null,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const SELECT = `select v.*, p.lat, p.long, p.heading, p.speed, p.accuracy, p.recorded_at, coalesce(s.version, 0) as version
  from vendors v left join vendor_positions p on p.vendor_id = v.id left join streams s on s.name = 'vendor:' || v.id`;

/** Those of `ids` that exist. */
export const findVendors = async (ids: string[]): Promise<Vendor[]> =>
  (await query<VendorRow>(`${SELECT} where v.id = any($1)`, [ids])).map(toVendor);

/** Throws NOT_FOUND. */
export const readVendor = async (id: string): Promise<Vendor> => {
  const [vendor] = await findVendors([id]);
  if (!vendor) throw notFound('Vendor');
  return vendor;
};

/** Locks a vendor until the transaction ends, so that its version cannot move. Throws NOT_FOUND. */
export const lockVendor = async (id: string): Promise<Vendor> => {
  await query('select 1 from vendors where id = $1 for update', [id]);
  return readVendor(id);
};

/**
 * All that changed since `since` or was moved by another node than `node`; everything without `since`. Answers the
 * database's time with it. What took long to commit is found by looking back some seconds further.
 */
export const readChanged = async (since: string | null, node: string): Promise<{ vendors: Vendor[]; at: string }> => {
  const [clock] = await query<{ at: string }>('select clock_timestamp()::text as at');
  const rows = await query<VendorRow>(
    since === null
      ? SELECT
      : `${SELECT} where v.id in (
           select id from vendors where updated_at > $1::timestamptz - interval '10 s'
           union select vendor_id from vendor_positions where updated_at > $1::timestamptz - interval '5 s' and node <> $2)`,
    since === null ? [] : [since, node],
  );
  return { vendors: rows.map(toVendor), at: clock!.at };
};

const Place = z.tuple([z.iso.datetime(), z.string()]);

/** One page; newest first, or with `updatedSince` oldest change first. */
export const listVendors = async (filter: VendorQuery) => {
  const parameters: unknown[] = [];
  const add = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const where = ['true'];
  if (filter.category !== undefined) where.push(`v.category = ${add(filter.category)}`);
  if (filter.isOpen !== undefined) where.push(`v.is_open = ${add(filter.isOpen)}`);
  if (filter.ownerId !== undefined) where.push(`v.owner_id = ${add(filter.ownerId)}`);
  if (filter.companyId !== undefined) where.push(`v.company_id = ${add(filter.companyId)}`);
  if (filter.q) {
    const pattern = add(`%${filter.q.replace(/[\\%_]/g, '\\$&')}%`);
    where.push(`concat_ws(' ', v.name, v.description, v.category) ilike ${pattern}`);
  }
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`v.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 'v.updated_at' : 'v.created_at';
  const position = decodeCursor(filter.cursor, Place);
  if (position)
    where.push(`(${column}, v.id) ${changed ? '>' : '<'} (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const direction = changed ? 'asc' : 'desc';
  const rows = await query<VendorRow>(
    `${SELECT} where ${where.join(' and ')}
     order by ${column} ${direction}, v.id ${direction} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toVendor), filter.limit, (vendor) => [
    changed ? vendor.updatedAt : vendor.createdAt,
    vendor.id,
  ]);
};

export const insertVendor = async (companyId: string, ownerId: string, body: CreateVendor): Promise<Vendor> => {
  const id = randomUUID();
  await query(
    `insert into vendors (id, company_id, owner_id, name, description, category, is_open)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, companyId, ownerId, body.name, body.description ?? null, body.category ?? null, body.isOpen],
  );
  return readVendor(id);
};

/** Sets what `change` names; null empties a text. */
export const updateVendor = async (id: string, change: ChangeVendor): Promise<Vendor> => {
  await query(
    `update vendors set
       name = coalesce($2, name),
       description = case when $3 then $4 else description end,
       category = case when $5 then $6 else category end,
       is_open = coalesce($7, is_open),
       updated_at = clock_timestamp()
     where id = $1`,
    [
      id,
      change.name ?? null,
      change.description !== undefined,
      change.description ?? null,
      change.category !== undefined,
      change.category ?? null,
      change.isOpen ?? null,
    ],
  );
  return readVendor(id);
};
