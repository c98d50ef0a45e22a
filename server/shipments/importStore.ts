import { randomUUID } from 'node:crypto';
import type { Shipment } from '../contract/shipments.ts';
import { query } from '../platform/database.ts';
import { type ShipmentRow, toShipment } from './store.ts';

/** A purchase order as the import writes it; what is not given stays as it is in a shipment that exists. */
export type Order = {
  poNumber: string;
  supplierId?: string | undefined;
  supplierName?: string | undefined;
  origin?: string | undefined;
  destination?: string | undefined;
  warehouseId?: string | undefined;
  eta?: string | undefined;
};

/**
 * Adds new orders and brings known ones (by PO number) up to date, all in one statement. Answers what was added and
 * what really changed; a repeated import changes nothing. The supplier's id is a right to read and is set only once.
 */
export const upsertOrders = async (
  companyId: string,
  by: string,
  orders: Order[],
): Promise<{ created: Shipment[]; updated: Shipment[] }> => {
  const rows = await query<ShipmentRow & { is_new: boolean }>(
    `with input as (
       select * from jsonb_to_recordset($1) as t(
         id text, "poNumber" text, "supplierId" text, "supplierName" text,
         origin text, destination text, "warehouseId" text, eta timestamptz)
     ), written as (
       insert into shipments
         (id, company_id, po_number, supplier_id, supplier_name, origin, destination, warehouse_id, eta, changed_by)
       select id, $2, "poNumber", "supplierId", "supplierName", origin, destination, "warehouseId", eta, $3
       from input order by "poNumber"
       on conflict (company_id, po_number) do update set
         supplier_name = coalesce(excluded.supplier_name, shipments.supplier_name),
         origin = coalesce(excluded.origin, shipments.origin),
         destination = coalesce(excluded.destination, shipments.destination),
         warehouse_id = coalesce(excluded.warehouse_id, shipments.warehouse_id),
         eta = coalesce(excluded.eta, shipments.eta),
         updated_at = clock_timestamp()
       where (shipments.supplier_name, shipments.origin, shipments.destination, shipments.warehouse_id, shipments.eta)
         is distinct from (
           coalesce(excluded.supplier_name, shipments.supplier_name),
           coalesce(excluded.origin, shipments.origin),
           coalesce(excluded.destination, shipments.destination),
           coalesce(excluded.warehouse_id, shipments.warehouse_id),
           coalesce(excluded.eta, shipments.eta))
       returning *
     ), line as (
       insert into shipment_timeline (shipment_id, by, kind, to_status) select id, $3, 'imported', status from written
     )
     select written.*, 0 as version, written.id in (select id from input) as is_new from written`,
    [JSON.stringify(orders.map((order) => ({ ...order, id: randomUUID() }))), companyId, by],
  );
  return {
    created: rows.filter((row) => row.is_new).map(toShipment),
    updated: rows.filter((row) => !row.is_new).map(toShipment),
  };
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
