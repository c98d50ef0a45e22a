import type { Readable } from 'node:stream';
import type { ImportReport, Shipment, ShipmentStatus } from '../contract/shipments.ts';
import { transaction } from '../platform/database.ts';
import { AppError, badRequest, toAppError } from '../platform/errors.ts';
import { readCsv } from './csv.ts';
import { type Line, readHeader, readLine } from './importLines.ts';
import { insertOrders, lockOrders, type Order, updateOrders, warehousesByName } from './importStore.ts';
import { emitShipmentStatusChanges, emitShipmentsCreated } from './shipmentEvents.ts';
import { nextStatuses } from './status.ts';

/** Purchase orders from a CSV text into a company's shipments, a batch a transaction. */

const BATCH = 200;
/** Their PO numbers are kept in memory, to find those that come twice. */
const MAX_LINES = 100_000;
/** A file that is wrong in every line is told so by its first ones. */
const MAX_LISTED = 1_000;

export type Counts = { processed: number; created: number; updated: number; rejected: number };
type Numbered = { line: number; order: Order };
type Reject = (line: number, message: string) => void;

const createReport = () => {
  const listed: ImportReport['rejected'] = [];
  let unlisted = 0;
  let firstUnlisted = Number.POSITIVE_INFINITY;
  return {
    reject: (line: number, message: string) => {
      if (listed.length < MAX_LISTED) listed.push({ line, message });
      else {
        unlisted += 1;
        firstUnlisted = Math.min(firstUnlisted, line);
      }
    },
    count: () => listed.length + unlisted,
    /** What was rejected in the order of the file; of too many, the last entry says how many more. */
    lines: () => {
      listed.sort((a, b) => a.line - b.line);
      if (unlisted === 0) return listed;
      return [...listed, { line: firstUnlisted, message: `${unlisted} more lines were rejected; they are not listed` }];
    },
  };
};

/** What a line asks of a shipment that exists: the shipment as it would be, or why that cannot be. */
const applyOrder = (known: Shipment, order: Order): Shipment | string => {
  const { poNumber, supplierId, status } = order;
  // Who supplies it may read it: taking that away from those who look at it now is not a spreadsheet's affair.
  if (supplierId && known.supplierId && supplierId !== known.supplierId)
    return `supplierId: ${poNumber} belongs to supplier ${known.supplierId}; leave the cell empty or use another PO number`;
  if (status && status !== known.status) {
    const allowed: ShipmentStatus[] = nextStatuses(known.status).filter((next) => next !== 'rejected');
    if (!allowed.includes(status))
      return `status: ${poNumber} is ${known.status}; leave the cell empty${allowed.length > 0 ? ` or use ${allowed.join(', ')}` : ''}`;
  }
  return {
    ...known,
    supplierId: known.supplierId ?? supplierId ?? null,
    supplierName: order.supplierName ?? known.supplierName,
    origin: order.origin ?? known.origin,
    destination: order.destination ?? known.destination,
    warehouseId: order.warehouseId ?? known.warehouseId,
    eta: order.eta ?? known.eta,
    status: status ?? known.status,
  };
};

const same = (a: Shipment, b: Shipment) => Object.keys(a).every((key) => a[key as 'id'] === b[key as 'id']);

/** Writes one batch in the current transaction; `reject` hears of lines that do not fit what is there. */
const writeBatch = async (companyId: string, by: string, batch: Numbered[], reject: Reject) => {
  const known = await lockOrders(
    companyId,
    batch.map(({ order }) => order.poNumber),
  );
  const changes: Shipment[] = [];
  const fresh: Numbered[] = [];
  let unchanged = 0;
  for (const { line, order } of batch) {
    const before = known.get(order.poNumber);
    if (!before) {
      fresh.push({ line, order });
      continue;
    }
    const after = applyOrder(before, order);
    if (typeof after === 'string') reject(line, after);
    else if (same(before, after)) unchanged += 1;
    else changes.push(after);
  }
  const created =
    fresh.length > 0
      ? await insertOrders(
          companyId,
          by,
          fresh.map(({ order }) => order),
        )
      : [];
  const updated = changes.length > 0 ? await updateOrders(by, changes) : [];
  await emitShipmentsCreated(created);
  await emitShipmentStatusChanges(updated.map((shipment) => ({ shipment, changedBy: by })));
  // Somebody else created these in between: committed now, so they can be brought up to date.
  const made = new Set(created.map(({ poNumber }) => poNumber));
  const lost = fresh.filter(({ order }) => !made.has(order.poNumber));
  return { created: created.length, updated: updated.length + unchanged, lost };
};

/** Turns lines into orders; what is wrong with a line is that line's affair alone. */
const createChecker = (warehouses: Map<string, string>, reject: Reject) => {
  const firstLine = new Map<string, number>();
  return (line: number, parsed: Line | { fault: string }): Order | undefined => {
    if ('fault' in parsed) return void reject(line, parsed.fault);
    const { warehouse, ...fields } = parsed;
    const first = firstLine.get(fields.poNumber);
    if (first !== undefined)
      return void reject(line, `poNumber: ${fields.poNumber} stands in line ${first} already; keep one of the two`);
    if (firstLine.size >= MAX_LINES)
      return void reject(line, `A file may have at most ${MAX_LINES} orders; put this one into another file`);
    const warehouseId = warehouse && (warehouses.get(warehouse) ?? warehouses.get(warehouse.toLowerCase()));
    if (warehouse && !warehouseId)
      return void reject(line, `warehouse: there is none called ${warehouse}; create it first or leave the cell empty`);
    firstLine.set(fields.poNumber, line);
    return { ...fields, warehouseId };
  };
};

/**
 * Imports a CSV text in UTF-8 with a header row. A known PO number is brought up to date, where empty cells change
 * nothing; a line that says what is known already counts as updated and tells nobody. Each batch commits by itself:
 * after a failure the same file can be imported again. Throws BAD_REQUEST without a usable header, and what `source`
 * throws.
 */
export const importOrders = async (
  source: Readable,
  { companyId, by, onProgress }: { companyId: string; by: string; onProgress: (counts: Counts) => void },
): Promise<ImportReport> => {
  const report = createReport();
  const check = createChecker(await warehousesByName(companyId), report.reject);
  const counts: Counts = { processed: 0, created: 0, updated: 0, rejected: 0 };
  const write = async (batch: Numbered[]) => {
    for (let left = batch; left.length > 0; ) {
      const rejected: Parameters<Reject>[] = [];
      const written = await transaction(() => writeBatch(companyId, by, left, (...one) => rejected.push(one)));
      for (const one of rejected) report.reject(...one);
      counts.created += written.created;
      counts.updated += written.updated;
      left = written.lost;
    }
  };
  const tell = () => onProgress({ ...counts, rejected: report.count() });
  try {
    let columns: ReturnType<typeof readHeader> | undefined;
    let batch: Numbered[] = [];
    for await (const { line, fields } of readCsv(source, report.reject)) {
      if (!columns) {
        columns = readHeader(fields);
        continue;
      }
      counts.processed += 1;
      const order = check(line, readLine(columns, fields));
      if (order) batch.push({ line, order });
      if (batch.length < BATCH) continue;
      await write(batch);
      batch = [];
      tell();
    }
    if (!columns) throw badRequest('The file is empty; its first line must name the columns');
    await write(batch);
  } catch (thrown) {
    const error = toAppError(thrown);
    const kept = counts.created + counts.updated;
    if (kept === 0 || error.code === 'INTERNAL') throw thrown;
    const message = `${error.message}. The first ${kept} orders were imported; importing the file again is safe`;
    throw new AppError(error.code, message, { cause: thrown });
  }
  tell();
  return { created: counts.created, updated: counts.updated, rejected: report.lines() };
};
