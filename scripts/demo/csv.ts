import type { Order } from './orders.ts';

/** One line of CSV (RFC 4180): a field is quoted where it holds a comma, a quote or a line break. */
export const csvLine = (fields: readonly (string | null)[]): string =>
  fields
    .map((field) => (field !== null && /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : (field ?? '')))
    .join(',');

const HEADER = ['poNumber', 'supplierId', 'supplierName', 'origin', 'destination', 'warehouseId', 'eta', 'status'];

/** Orders in the columns that the import reads. `warehouseIds` maps a warehouse's name to its id. */
export const ordersToCsv = (orders: readonly Order[], warehouseIds: ReadonlyMap<string, string>): string =>
  [
    csvLine(HEADER),
    ...orders.map((order) =>
      csvLine([
        order.poNumber,
        order.supplierId,
        order.supplierName,
        order.origin,
        order.destination,
        (order.warehouse && warehouseIds.get(order.warehouse)) ?? null,
        order.eta,
        order.status,
      ]),
    ),
    '',
  ].join('\r\n');
