import { randomUUID } from 'node:crypto';
import type { Shipment, ShipmentStatus } from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { type ShipmentRow, toShipment } from './store.ts';

/** SQL of the import: every statement takes a whole batch. */

/** A purchase order as the import writes it. */
export type Order = {
  poNumber: string;
  supplierId?: string | undefined;
  supplierName?: string | undefined;
  origin?: string | undefined;
  destination?: string | undefined;
  warehouseId?: string | undefined;
  eta?: string | undefined;
  status?: ShipmentStatus | undefined;
};

/**
 * Locks those of these PO numbers that the company has, always in the same order, so that two imports cannot wait for
 * each other. Answers them by PO number.
 */
export const lockOrders = async (companyId: string, poNumbers: string[]): Promise<Map<string, Shipment>> => {
  const rows = await query<ShipmentRow>(
    `select s.*, 0 as version from shipments s where company_id = $1 and po_number = any($2)
     order by po_number for update`,
    [companyId, poNumbers],
  );
  return new Map(rows.map((row) => [row.po_number, toShipment(row)]));
};

/** Adds orders. Those that somebody else added at the same moment are missing from the answer. */
export const insertOrders = async (companyId: string, by: string, orders: Order[]): Promise<Shipment[]> => {
  const rows = await query<ShipmentRow>(
    `with created as (
       insert into shipments
         (id, company_id, po_number, supplier_id, supplier_name, origin, destination, warehouse_id, eta, status, changed_by)
       select id, $2, "poNumber", "supplierId", "supplierName", origin, destination, "warehouseId", eta,
         coalesce(status, 'planned'), $3
       from jsonb_to_recordset($1) as t(
         id text, "poNumber" text, "supplierId" text, "supplierName" text,
         origin text, destination text, "warehouseId" text, eta timestamptz, status text)
       order by "poNumber"
       on conflict (company_id, po_number) do nothing returning *
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, to_status) select id, $3, 'imported', status from created
     )
     select created.*, 0 as version from created`,
    [JSON.stringify(orders.map((order) => ({ ...order, id: randomUUID() }))), companyId, by],
  );
  return rows.map(toShipment);
};

/** Gives locked shipments the values of `shipments`. Answers them as they are now. */
export const updateOrders = async (by: string, shipments: Shipment[]): Promise<Shipment[]> => {
  const rows = await query<ShipmentRow>(
    `with input as (
       select * from jsonb_to_recordset($1) as t(
         id text, "supplierId" text, "supplierName" text, origin text, destination text, "warehouseId" text,
         eta timestamptz, status text)
     ), before as (
       select id, status from shipments where id in (select id from input)
     ), changed as (
       update shipments s set
         supplier_id = i."supplierId", supplier_name = i."supplierName", origin = i.origin,
         destination = i.destination, warehouse_id = i."warehouseId", eta = i.eta, status = i.status,
         status_changed_at = case when s.status = i.status then s.status_changed_at else clock_timestamp() end,
         changed_by = case when s.status = i.status then s.changed_by else $2 end,
         updated_at = clock_timestamp()
       from input i where s.id = i.id returning s.*
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, from_status, to_status)
       select c.id, $2, 'imported', nullif(b.status, c.status), c.status
       from changed c join before b on b.id = c.id
     )
     select changed.*, 0 as version from changed`,
    [JSON.stringify(shipments), by],
  );
  return rows.map(toShipment);
};

/** The company's warehouses by id and by lower-case name: a spreadsheet may say either. */
export const warehousesByName = async (companyId: string): Promise<Map<string, string>> => {
  const rows = await query<{ id: string; name: string }>('select id, name from warehouses where company_id = $1', [
    companyId,
  ]);
  return new Map([
    ...rows.map(({ id, name }) => [name.toLowerCase(), id] as const),
    ...rows.map(({ id }) => [id, id] as const),
  ]);
};
