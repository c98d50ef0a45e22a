import type { Order } from './orders.ts';

/** One line of CSV (RFC 4180): a field is quoted where it holds a comma, a quote or a line break. */
export const csvLine = (fields: readonly (string | null)[]): string =>
  fields
    .map((field) => (field !== null && /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : (field ?? '')))
    .join(',');

const HEADER = ['poNumber', 'supplierId', 'supplierName', 'origin', 'destination', 'warehouse', 'eta'];

/** Orders in the columns that the import reads. All start as planned. */
export const ordersToCsv = (orders: readonly Order[]): string =>
  [
    csvLine(HEADER),
    ...orders.map(({ poNumber, supplierId, supplierName, origin, destination, warehouse, eta }) =>
      csvLine([poNumber, supplierId, supplierName, origin, destination, warehouse, eta]),
    ),
    '',
  ].join('\r\n');
