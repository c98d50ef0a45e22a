import { z } from 'zod';
import type {
  CreateParcel,
  Parcel,
  ParcelLocation,
  ParcelPlace,
  ParcelQuery,
  ParcelStatus,
  ParcelSummary,
  TimelineStep,
} from '../contract/tracking.ts';
import { query } from '../platform/database.ts';
import { conflict, notFound } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';

/** SQL of parcels. A parcel's version is its stream's: one place holds it. */

type Known = { companyId: string; senderId: string | null; recipientId: string | null; riderId: string | null };
/** A parcel with all that is known of it; what leaves the server goes through `parcelFor`. */
export type StoredParcel = Parcel & Known;
export type StoredSummary = ParcelSummary & Known;

/** Which parcels a user may list, as SQL sees it. */
export type Scope =
  | { kind: 'all' }
  | { kind: 'company'; companyId: string }
  | { kind: 'merchant' | 'rider' | 'own'; userId: string };

type ParcelRow = {
  awb: string;
  company_id: string;
  status: ParcelStatus;
  description: string | null;
  origin: ParcelPlace;
  destination: ParcelPlace;
  sender_id: string | null;
  recipient_id: string | null;
  rider_id: string | null;
  eta: Date | null;
  eta_source: 'staff' | 'computed' | null;
  status_changed_at: Date;
  created_at: Date;
  updated_at: Date;
  version: number;
  location: ParcelLocation | null;
};

const toSummary = (row: ParcelRow): StoredSummary => ({
  awb: row.awb,
  companyId: row.company_id,
  status: row.status,
  description: row.description,
  origin: row.origin,
  destination: row.destination,
  senderId: row.sender_id,
  recipientId: row.recipient_id,
  riderId: row.rider_id,
  location: row.location,
  eta: row.eta?.toISOString() ?? null,
  etaSource: row.eta_source,
  statusChangedAt: row.status_changed_at.toISOString(),
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const SELECT = `select p.*, q.location, coalesce(v.version, 0) as version
  from parcels p left join parcel_positions q on q.awb = p.awb left join streams v on v.name = 'tracking:' || p.awb`;
export const UNDER_WAY = "p.status not in ('DELIVERED', 'RETURNED', 'CANCELLED')";

type StepRow = {
  status: ParcelStatus;
  description: string | null;
  location: ParcelLocation | null;
  at: string;
  by: string;
};

/** These parcels with their timelines, of one moment; those that do not exist are absent. */
export const readParcels = async (awbs: string[]): Promise<Map<string, StoredParcel>> => {
  const rows = await query<ParcelRow & { timeline: StepRow[] | null }>(
    `select p.*, q.location, coalesce(v.version, 0) as version, t.timeline
     from parcels p left join parcel_positions q on q.awb = p.awb left join streams v on v.name = 'tracking:' || p.awb
     left join lateral (
       select jsonb_agg(jsonb_build_object('status', status, 'description', description, 'location', location,
         'at', at, 'by', by) order by id) as timeline
       from parcel_timeline where awb = p.awb
     ) t on true
     where p.awb = any($1)`,
    [awbs],
  );
  return new Map(
    rows.map((row) => {
      const timeline = (row.timeline ?? []).map((step) => ({ ...step, at: new Date(step.at).toISOString() }));
      return [row.awb, { ...toSummary(row), timeline }];
    }),
  );
};

/** What tells two states of a parcel's rows apart, cheaply: the transactions that wrote them last. */
export const readRevisions = async (awbs: string[]): Promise<Map<string, string>> => {
  const rows = await query<{ awb: string; revision: string }>(
    `select p.awb, p.xmin::text || ' ' || coalesce(q.xmin::text, '') || ' ' || coalesce(v.version, 0) as revision
     from parcels p left join parcel_positions q on q.awb = p.awb left join streams v on v.name = 'tracking:' || p.awb
     where p.awb = any($1)`,
    [awbs],
  );
  return new Map(rows.map(({ awb, revision }) => [awb, revision]));
};

/** Locks a parcel until the transaction ends and answers it; every writer of its stream comes by here. Throws NOT_FOUND. */
export const lockParcel = async (awb: string): Promise<StoredParcel> => {
  await query('select 1 from parcels where awb = $1 for no key update', [awb]);
  const parcel = (await readParcels([awb])).get(awb);
  if (!parcel) throw notFound('Parcel');
  return parcel;
};

const condition = (scope: Scope, add: (parameter: unknown) => string): string => {
  if (scope.kind === 'all') return 'true';
  if (scope.kind === 'company') return `p.company_id = ${add(scope.companyId)}`;
  const user = add(scope.userId);
  if (scope.kind === 'rider') return `p.rider_id = ${user}`;
  if (scope.kind === 'merchant') return `p.sender_id = ${user}`;
  return `(p.sender_id = ${user} or p.recipient_id = ${user})`;
};

const Position = z.tuple([z.iso.datetime(), z.string()]);

/** One page; newest first, or with `updatedSince` oldest change first, so that a reader can follow along. */
export const listParcels = async (scope: Scope, filter: ParcelQuery) => {
  const parameters: unknown[] = [];
  const add = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const where = [condition(scope, add)];
  const position = decodeCursor(filter.cursor, Position);
  if (filter.status) where.push(`p.status = any(${add(filter.status)})`);
  if (filter.riderId) where.push(`p.rider_id = ${add(filter.riderId)}`);
  if (filter.q) {
    const pattern = add(`%${filter.q.replace(/[\\%_]/g, '\\$&')}%`);
    where.push(
      `concat_ws(' ', p.awb, p.description, p.origin->>'address', p.destination->>'address') ilike ${pattern}`,
    );
  }
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`p.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 'p.updated_at' : 'p.created_at';
  if (position)
    where.push(`(${column}, p.awb) ${changed ? '>' : '<'} (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const direction = changed ? 'asc' : 'desc';
  const rows = await query<ParcelRow>(
    `${SELECT} where ${where.join(' and ')}
     order by ${column} ${direction}, p.awb ${direction} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toSummary), filter.limit, (parcel) => [
    changed ? parcel.updatedAt : parcel.createdAt,
    parcel.awb,
  ]);
};

/** More than one map can show. */
const MAX_FLEET = 10_000;

/** The parcels under way of one company, or of all. */
export const readFleet = async (companyId: string | null): Promise<StoredSummary[]> => {
  const rows = await query<ParcelRow>(
    `${SELECT} where ${UNDER_WAY} and ($1::text is null or p.company_id = $1) order by p.created_at desc limit ${MAX_FLEET}`,
    [companyId],
  );
  return rows.map(toSummary);
};

/** Adds a parcel. Undefined when the AWB is used, by whomever. */
export const insertParcel = async (
  awb: string,
  companyId: string,
  by: string,
  body: CreateParcel,
): Promise<boolean> => {
  const rows = await query(
    `with created as (
       insert into parcels (awb, company_id, description, origin, destination, sender_id, recipient_id, rider_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning awb, status, description, created_at
     )
     insert into parcel_timeline (awb, status, description, at, by)
     select awb, status, description, created_at, $9 from created returning awb`,
    [
      awb,
      companyId,
      body.description ?? null,
      JSON.stringify(body.origin),
      JSON.stringify(body.destination),
      body.senderId ?? null,
      body.recipientId ?? null,
      body.riderId ?? null,
      by,
    ],
  );
  return rows.length > 0;
};

/** Sets the status and writes the timeline. The caller holds the row. A staff's ETA was about the step before. */
export const setStatus = (awb: string, step: TimelineStep & { by: string }): Promise<unknown> =>
  query(
    `with line as (
       insert into parcel_timeline (awb, status, description, location, at, by) values ($1, $2, $3, $4, $5, $6)
     )
     update parcels set status = $2, status_changed_at = $5, updated_at = clock_timestamp(),
       approached = approached and $2 <> 'OUT_FOR_DELIVERY',
       eta = case when eta_source = 'computed' and $2 in ('DELIVERED', 'RETURNED', 'CANCELLED', 'FAILED_ATTEMPT') then null else eta end,
       eta_source = case when $2 in ('DELIVERED', 'RETURNED', 'CANCELLED', 'FAILED_ATTEMPT') and eta_source = 'computed' then null else eta_source end
     where awb = $1`,
    [awb, step.status, step.description, step.location && JSON.stringify(step.location), step.at, step.by],
  );

export const setEta = (awb: string, eta: string | null): Promise<unknown> =>
  query(
    `update parcels set eta = $2, eta_source = case when $2::timestamptz is null then null else 'staff' end,
       updated_at = clock_timestamp() where awb = $1`,
    [awb, eta],
  );

export const setRider = (awb: string, riderId: string | null): Promise<unknown> =>
  query('update parcels set rider_id = $2, updated_at = clock_timestamp() where awb = $1', [awb, riderId]);

/** Throws CONFLICT: the AWB is somebody's, and whose is nobody's business. */
export const requireFree = (inserted: boolean, awb: string): void => {
  if (!inserted) throw conflict(`AWB ${awb} is used already`);
};
