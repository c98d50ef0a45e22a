import { z } from 'zod';
import { Id, Moment, text } from '../contract/common.ts';
import { SHIPMENT_STATUSES, ShipmentStatus } from '../contract/shipments.ts';
import { badRequest } from '../platform/errors.ts';

/** What the columns of a purchase order's line mean, and what is wrong with a line, said so that it can be put right. */

/** The columns an import knows, by the names a header may give them. */
const NAMES = {
  ponumber: 'poNumber',
  po: 'poNumber',
  supplierid: 'supplierId',
  suppliername: 'supplierName',
  supplier: 'supplierName',
  origin: 'origin',
  destination: 'destination',
  warehouse: 'warehouse',
  warehouseid: 'warehouse',
  warehousename: 'warehouse',
  eta: 'eta',
  status: 'status',
} as const;
type Column = (typeof NAMES)[keyof typeof NAMES];

/**
 * Which column stands where. Case, spaces and signs in names do not matter; unknown columns are passed over.
 * Throws BAD_REQUEST when poNumber is missing or a column comes twice.
 */
export const readHeader = (fields: string[]): (Column | undefined)[] => {
  const columns = fields.map((field) => {
    const name = field.toLowerCase().replace(/[^a-z0-9]/g, '');
    return Object.hasOwn(NAMES, name) ? NAMES[name as keyof typeof NAMES] : undefined;
  });
  const twice = columns.find((column, index) => column && columns.indexOf(column) !== index);
  if (twice) throw badRequest(`The header row names ${twice} twice`);
  if (!columns.includes('poNumber')) {
    const seen = fields.join(', ').slice(0, 200);
    throw badRequest(`The first line must name the columns, poNumber among them, in UTF-8; it reads: ${seen}`);
  }
  return columns;
};

// A rejection needs a reason, so it goes its own way.
const STATUSES = SHIPMENT_STATUSES.filter((status) => status !== 'rejected');

const Line = z.object({
  poNumber: text(100),
  supplierId: Id.optional(),
  supplierName: text(200).optional(),
  origin: text(200).optional(),
  destination: text(200).optional(),
  warehouse: text(200).optional(),
  eta: Moment.optional(),
  status: ShipmentStatus.exclude(['rejected']).optional(),
});
/** A line's fields. An empty cell is absent: it says nothing, so it changes nothing. */
export type Line = z.infer<typeof Line>;

const shorten = (value: string) => (value.length > 40 ? `${value.slice(0, 40)}…` : value);

const explain = (column: Column, value: string | undefined, issue: z.core.$ZodIssue): string => {
  if (value === undefined) return `${column}: the cell is empty; every line needs one`;
  if (issue.code === 'too_big') return `${column}: has ${value.length} characters; at most ${issue.maximum} are kept`;
  if (column === 'eta') return `eta: ${shorten(value)} is no date; write it like 2026-12-01 or 2026-12-01T08:00:00Z`;
  if (column === 'status') return `status: ${shorten(value)} is not possible here; use ${STATUSES.join(', ')}`;
  return `${column}: ${issue.message}`;
};

/** The line's fields, or what to change in it. */
export const readLine = (columns: (Column | undefined)[], fields: string[]): Line | { fault: string } => {
  if (fields.slice(columns.length).some((field) => field !== ''))
    return {
      fault: `The line has ${fields.length} cells, the header ${columns.length}; put cells with a separator in them in quotes`,
    };
  const given: Partial<Record<Column, string>> = {};
  for (const [index, column] of columns.entries()) if (column && fields[index]) given[column] = fields[index];
  // What UTF-8 cannot be read as became this sign; kept, it would be wrong for ever.
  for (const [column, value] of Object.entries(given))
    if (value.includes('\ufffd')) return { fault: `${column}: ${shorten(value)} is not UTF-8; save the file as UTF-8` };
  const parsed = Line.safeParse(given.status ? { ...given, status: given.status.toLowerCase() } : given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const column = issue.path[0] as Column;
    return explain(column, given[column], issue);
  });
  return { fault: faults.join('; ') };
};
