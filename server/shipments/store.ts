import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type {
  CreateShipment,
  Inspection,
  InspectionStatus,
  Rejection,
  Shipment,
  ShipmentQuery,
  ShipmentStatus,
} from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { conflict, notFound, unprocessable } from '../platform/errors.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import type { Scope } from './access.ts';

/** SQL of shipments. A shipment's version is its stream's: one place holds it. */

export type ShipmentRow = {
  id: string;
  company_id: string;
  po_number: string;
  supplier_id: string | null;
  supplier_name: string | null;
  origin: string | null;
  destination: string | null;
  warehouse_id: string | null;
  status: ShipmentStatus;
  inspection_status: InspectionStatus | null;
  eta: Date | null;
  status_changed_at: Date;
  changed_by: string;
  created_at: Date;
  updated_at: Date;
  version: number;
};

export const toShipment = (row: ShipmentRow): Shipment => ({
  id: row.id,
  companyId: row.company_id,
  poNumber: row.po_number,
  supplierId: row.supplier_id,
  supplierName: row.supplier_name,
  origin: row.origin,
  destination: row.destination,
  warehouseId: row.warehouse_id,
  status: row.status,
  inspectionStatus: row.inspection_status,
  eta: row.eta?.toISOString() ?? null,
  statusChangedAt: row.status_changed_at.toISOString(),
  changedBy: row.changed_by,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const SELECT = `select s.*, coalesce(v.version, 0) as version
  from shipments s left join streams v on v.name = 'shipment:' || s.id`;

/** The scope as a condition on `s`, with its parameter, or null where nothing may be read. */
const condition = (scope: Scope): { sql: string; value: string | null } => {
  if (scope.kind === 'all') return { sql: '$1::text is null', value: null };
  if (scope.kind === 'company') return { sql: 's.company_id = $1', value: scope.companyId };
  if (scope.kind === 'supplier') return { sql: 's.supplier_id = $1', value: scope.supplierId };
  return { sql: '$1::text is null and false', value: null };
};

/** Those of `ids` that the scope may read. */
export const findShipments = async (scope: Scope, ids: string[]): Promise<Shipment[]> => {
  const { sql, value } = condition(scope);
  return (await query<ShipmentRow>(`${SELECT} where ${sql} and s.id = any($2)`, [value, ids])).map(toShipment);
};

/** Throws NOT_FOUND where the scope may not read it, which looks the same as where there is none. */
export const getShipment = async (scope: Scope, id: string): Promise<Shipment> => {
  const [shipment] = await findShipments(scope, [id]);
  if (!shipment) throw notFound('Shipment');
  return shipment;
};

/**
 * Locks a shipment until the transaction ends and answers it. Every writer of its stream comes by here first, so
 * versions and states cannot move between a check and the write. `version` counts only when `expected` is given.
 */
export const lockShipment = async (scope: Scope, id: string): Promise<Shipment> => {
  const { sql, value } = condition(scope);
  const [row] = await query<ShipmentRow>(
    `select s.*, 0 as version from shipments s where ${sql} and s.id = $2 for update`,
    [value, id],
  );
  if (!row) throw notFound('Shipment');
  return toShipment(row);
};

/** The company a shipment belongs to; undefined when there is no such shipment. */
export const findCompany = async (id: string): Promise<string | undefined> => {
  const [row] = await query<{ company_id: string }>('select company_id from shipments where id = $1', [id]);
  return row?.company_id;
};

const NewestPosition = z.tuple([z.iso.datetime(), z.string()]);

/** One page; newest first, or with `updatedSince` oldest change first, so that a reader can follow along. */
export const listShipments = async (scope: Scope, filter: ShipmentQuery) => {
  const { sql, value } = condition(scope);
  const parameters: unknown[] = [value];
  const add = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const where = [sql];
  const position = decodeCursor(filter.cursor, NewestPosition);
  if (filter.status) where.push(`s.status = any(${add(filter.status)})`);
  if (filter.warehouseId) where.push(`s.warehouse_id = ${add(filter.warehouseId)}`);
  if (filter.q) {
    const pattern = add(`%${filter.q.replace(/[\\%_]/g, '\\$&')}%`);
    where.push(`concat_ws(' ', s.po_number, s.supplier_name, s.origin, s.destination) ilike ${pattern}`);
  }
  const changed = filter.updatedSince !== undefined;
  if (changed) where.push(`s.updated_at >= ${add(filter.updatedSince)}`);
  const column = changed ? 's.updated_at' : 's.created_at';
  if (position)
    where.push(`(${column}, s.id) ${changed ? '>' : '<'} (${add(position[0])}::timestamptz, ${add(position[1])})`);
  const direction = changed ? 'asc' : 'desc';
  const rows = await query<ShipmentRow>(
    `${SELECT} where ${where.join(' and ')}
     order by ${column} ${direction}, s.id ${direction} limit ${add(filter.limit + 1)}`,
    parameters,
  );
  return toPage(rows.map(toShipment), filter.limit, (shipment) => [
    changed ? shipment.updatedAt : shipment.createdAt,
    shipment.id,
  ]);
};

/** Throws UNPROCESSABLE unless the warehouse is the company's. */
const requireWarehouse = async (companyId: string, warehouseId: string | null | undefined) => {
  if (!warehouseId) return;
  const found = await query('select 1 from warehouses where id = $1 and company_id = $2', [warehouseId, companyId]);
  if (found.length === 0) throw unprocessable('warehouseId: this company has no such warehouse');
};

/** Adds a planned shipment. Throws CONFLICT when the company has this PO number already. */
export const insertShipment = async (companyId: string, by: string, body: CreateShipment): Promise<Shipment> => {
  await requireWarehouse(companyId, body.warehouseId);
  const id = randomUUID();
  const [row] = await query<ShipmentRow>(
    `with created as (
       insert into shipments (id, company_id, po_number, supplier_id, supplier_name, origin, destination, warehouse_id, eta, changed_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (company_id, po_number) do nothing returning *
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, to_status) select id, changed_by, 'created', status from created
     )
     select created.*, 0 as version from created`,
    [
      id,
      companyId,
      body.poNumber,
      body.supplierId ?? null,
      body.supplierName ?? null,
      body.origin ?? null,
      body.destination ?? null,
      body.warehouseId ?? null,
      body.eta ?? null,
      by,
    ],
  );
  if (!row) throw conflict(`PO number ${body.poNumber} exists already`);
  return toShipment(row);
};

/** Who asks for a change, as the statements for many see it: one column of each is null where it sets no bound. */
const boundsOf = (scope: Scope) => ({
  companyId: scope.kind === 'company' ? scope.companyId : null,
  supplierId: scope.kind === 'supplier' ? scope.supplierId : null,
});
const WITHIN = `(i.company_id is null or s.company_id = i.company_id)
  and (i.supplier_id is null or s.supplier_id = i.supplier_id)`;

/** Whether a statement for many waits for rows that somebody else has locked, or answers without them. */
const lockOf = (patient: boolean) => (patient ? 'for update' : 'for update skip locked');

type Step = {
  scope: Scope;
  id: string;
  to: ShipmentStatus;
  from: ShipmentStatus[];
  by: string;
  note?: string | undefined;
};
type Stepped = { shipment: Shipment; moved: boolean };

/**
 * Takes the steps of different shipments, each if its status is one of `from` now, and writes the timeline. Answers
 * them by id as they are now; missing are those that the scope does not show, and unless `patient` those that somebody
 * else has locked. Who waited for a row's lock sees it as it is then.
 */
export const setStatuses = async (steps: Step[], patient: boolean): Promise<Map<string, Stepped>> => {
  const shown = steps.filter(({ scope }) => scope.kind !== 'none');
  const rows = await query<ShipmentRow & { moved: boolean }>(
    `with input as (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as t(id, company_id, supplier_id, previous, status, by, note)
     ), locked as (
       select * from shipments where id = any($1) order by po_number, id ${lockOf(patient)}
     ), before as (
       select s.*, i.status as next, i.by, i.note, s.status = any(string_to_array(i.previous, ',')) as moved
       from locked s join input i on i.id = s.id where ${WITHIN}
     ), changed as (
       update shipments s
       set status = before.next, status_changed_at = clock_timestamp(), changed_by = before.by, updated_at = clock_timestamp()
       from before where s.id = before.id and before.moved returning s.*
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, from_status, to_status, note)
       select id, by, case next when 'rejected' then 'rejected' else 'status' end, status, next, note
       from before where moved
     )
     select changed.*, 0 as version, true as moved from changed
     union all
     select s.*, 0 as version, false as moved from locked s join before on before.id = s.id where not before.moved`,
    [
      shown.map(({ id }) => id),
      shown.map(({ scope }) => boundsOf(scope).companyId),
      shown.map(({ scope }) => boundsOf(scope).supplierId),
      shown.map(({ from }) => from.join(',')),
      shown.map(({ to }) => to),
      shown.map(({ by }) => by),
      shown.map(({ note }) => note ?? null),
    ],
  );
  return new Map(rows.map((row) => [row.id, { shipment: toShipment(row), moved: row.moved }]));
};

/** Remembers why a shipment was rejected. */
export const insertRejection = async (shipment: Shipment, reason: string): Promise<Rejection> => {
  const rejection = {
    id: randomUUID(),
    shipmentId: shipment.id,
    reason,
    rejectedBy: shipment.changedBy,
    rejectedAt: shipment.statusChangedAt,
  };
  await query(
    'insert into rejections (id, shipment_id, reason, rejected_by, rejected_at) values ($1, $2, $3, $4, $5)',
    [rejection.id, rejection.shipmentId, rejection.reason, rejection.rejectedBy, rejection.rejectedAt],
  );
  return rejection;
};

type InspectionRow = {
  shipment_id: string;
  status: InspectionStatus;
  notes: string | null;
  inspected_by: string;
  updated_at: Date;
};
const toInspection = (row: InspectionRow): Inspection => ({
  shipmentId: row.shipment_id,
  status: row.status,
  notes: row.notes,
  inspectedBy: row.inspected_by,
  updatedAt: row.updated_at.toISOString(),
});

type InspectionChange = { scope: Scope; id: string; status: InspectionStatus; notes: string | null; by: string };
type Inspected = { inspection: Inspection; companyId: string };

/**
 * Sets inspections, in the shipments too, and writes the timeline; of several of one shipment each follows the one before.
 * Answers them in the same order; undefined are those whose shipment the scope does not show, and unless `patient`
 * those whose shipment somebody else has locked.
 */
export const setInspections = async (
  changes: InspectionChange[],
  patient: boolean,
): Promise<(Inspected | undefined)[]> => {
  const rows = await query<InspectionRow & { n: number; company_id: string }>(
    `with input as (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[])
         with ordinality as t(id, company_id, supplier_id, status, notes, by, shown, n) where shown
     ), locked as (
       select * from shipments where id = any($1) order by po_number, id ${lockOf(patient)}
     ), steps as (
       select i.n, s.id, s.company_id, i.status, i.notes, i.by,
         coalesce(lag(i.status) over one, s.inspection_status) as previous, lead(i.n) over one is null as is_last
       from locked s join input i on i.id = s.id where ${WITHIN} window one as (partition by s.id order by i.n)
     ), shipment as (
       update shipments s set inspection_status = steps.status, updated_at = clock_timestamp()
       from steps where steps.is_last and s.id = steps.id
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, from_status, to_status, note)
       select id, by, 'inspection', previous, status, notes from steps order by n
     ), kept as (
       insert into inspections (shipment_id, status, notes, inspected_by)
       select id, status, notes, by from steps where is_last
       on conflict (shipment_id) do update
         set status = excluded.status, notes = excluded.notes, inspected_by = excluded.inspected_by, updated_at = clock_timestamp()
       returning shipment_id, updated_at
     )
     select steps.n, kept.shipment_id, steps.company_id, steps.status, steps.notes, steps.by as inspected_by, kept.updated_at
     from steps join kept on kept.shipment_id = steps.id`,
    [
      changes.map(({ id }) => id),
      changes.map(({ scope }) => boundsOf(scope).companyId),
      changes.map(({ scope }) => boundsOf(scope).supplierId),
      changes.map(({ status }) => status),
      changes.map(({ notes }) => notes),
      changes.map(({ by }) => by),
      changes.map(({ scope }) => scope.kind !== 'none'),
    ],
  );
  const found = new Map(rows.map((row) => [row.n, { inspection: toInspection(row), companyId: row.company_id }]));
  return changes.map((_, n) => found.get(n + 1));
};

export const findInspection = async (shipmentId: string): Promise<Inspection> => {
  const [row] = await query<InspectionRow>('select * from inspections where shipment_id = $1', [shipmentId]);
  if (!row) throw notFound('Inspection');
  return toInspection(row);
};
