import { Readable } from 'node:stream';
import { type RequestHandler, Router } from 'express';
import multer from 'multer';
import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import { Id } from '../contract/common.ts';
import type { ImportReport } from '../contract/shipments.ts';
import { userOf } from '../platform/auth.ts';
import { transaction } from '../platform/database.ts';
import { AppError, badRequest, toAppError } from '../platform/errors.ts';
import { deliverEphemeral } from '../websocket/delivery.ts';
import { userRoom } from '../websocket/rooms.ts';
import { companyFor, requireManager } from './access.ts';
import { type ParsedLine, readOrders } from './csv.ts';
import { type Order, upsertOrders, warehousesByName } from './importStore.ts';
import { emitShipmentsCreated, emitShipmentsUpdated } from './shipmentEvents.ts';

/** Purchase orders from a spreadsheet. */
export const importRouter = Router();

const MAX_BYTES = 20 * 1024 * 1024;
const MAX_LINES = 100_000;
const BATCH = 250;
const PROGRESS_MS = 250;

/** Turns parsed lines into orders of one company; what is wrong with a line is that line's affair alone. */
const checkLines = (warehouses: Map<string, string>, reject: (line: number, message: string) => void) => {
  const firstLine = new Map<string, number>();
  return (parsed: ParsedLine): Order | undefined => {
    if ('message' in parsed) {
      reject(parsed.line, parsed.message);
      return undefined;
    }
    const { line, order } = parsed;
    const { warehouse, ...fields } = order;
    const warehouseId = warehouse && (warehouses.get(warehouse) ?? warehouses.get(warehouse.toLowerCase()));
    const before = firstLine.get(order.poNumber);
    if (before !== undefined) reject(line, `poNumber: ${order.poNumber} stands in line ${before} already`);
    else if (warehouse && !warehouseId) reject(line, `warehouse: there is no warehouse called ${warehouse}`);
    else {
      firstLine.set(order.poNumber, line);
      return { ...fields, warehouseId };
    }
    return undefined;
  };
};

const importOrders = async (user: User, companyId: string, source: Readable, importId: string | undefined) => {
  const report: ImportReport = { created: 0, updated: 0, rejected: [] };
  let processed = 0;
  let toldAt = 0;
  const tell = (done: boolean) => {
    if (!importId || (!done && Date.now() - toldAt < PROGRESS_MS)) return;
    toldAt = Date.now();
    const { created, updated, rejected } = report;
    deliverEphemeral('/', [userRoom(user.id)], 'import:progress', {
      importId,
      processed,
      created,
      updated,
      rejected: rejected.length,
      done,
    });
  };
  const check = checkLines(await warehousesByName(companyId), (line, message) =>
    report.rejected.push({ line, message }),
  );
  let batch: Order[] = [];
  const write = async () => {
    const orders = batch;
    batch = [];
    if (orders.length === 0) return;
    await transaction(async () => {
      const { created, updated } = await upsertOrders(companyId, user.username, orders);
      await emitShipmentsCreated(created);
      await emitShipmentsUpdated(updated, user.username);
      report.created += created.length;
      // A line that says what is known already is not an error, and not a change either: it counts as brought up to date.
      report.updated += orders.length - created.length;
    });
  };
  try {
    for await (const parsed of readOrders(source, MAX_BYTES)) {
      processed += 1;
      if (processed > MAX_LINES) throw badRequest(`A file may have at most ${MAX_LINES} lines; split it`);
      const order = check(parsed);
      if (order) batch.push(order);
      if (batch.length === BATCH) await write();
      tell(false);
    }
    await write();
  } catch (thrown) {
    const error = toAppError(thrown);
    const kept = report.created + report.updated;
    if (kept === 0 || error.code === 'INTERNAL') throw thrown;
    throw new AppError(
      error.code,
      `${error.message}. The first ${kept} orders were imported; importing the file again is safe`,
      {
        cause: thrown,
      },
    );
  } finally {
    tell(true);
  }
  return report;
};

const receive = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: MAX_BYTES, files: 1, fields: 10 },
}).single('file');

const ImportQuery = z.object({ importId: Id.optional(), companyId: Id.optional() });

/** Permission first: nobody shall send megabytes to learn that they may not. */
const checkImporter: RequestHandler = (request, _response, next) => {
  requireManager(userOf(request));
  if (!request.is(['text/csv', 'multipart/form-data']))
    throw badRequest('Send the file as text/csv, or as multipart/form-data in the field "file"');
  next();
};

const receiveCsv: RequestHandler = (request, response, next) => {
  if (!request.is('multipart/form-data')) return next();
  receive(request, response, (fault: unknown) =>
    fault ? next(badRequest(`Send one CSV file in the field "file" (${(fault as Error).message})`)) : next(),
  );
};

importRouter.post('/import', checkImporter, receiveCsv, async (request, response) => {
  const user = userOf(request);
  const { importId, companyId } = ImportQuery.parse(request.query);
  const multipart = request.is('multipart/form-data');
  if (multipart && !request.file) throw badRequest('file: send the CSV file in this field');
  const source = request.file ? Readable.from([request.file.buffer]) : request;
  response.json(await importOrders(user, companyFor(user, companyId), source, importId));
});
