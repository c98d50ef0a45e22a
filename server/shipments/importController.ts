import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Request, type Response, Router } from 'express';
import multer, { type StorageEngine } from 'multer';
import { z } from 'zod';
import { Id } from '../contract/common.ts';
import type { ImportReport } from '../contract/shipments.ts';
import { userOf } from '../platform/auth.ts';
import { badRequest, unsupportedMediaType } from '../platform/errors.ts';
import { idempotentStream } from '../platform/idempotency.ts';
import { deliverEphemeral } from '../websocket/delivery.ts';
import { userRoom } from '../websocket/rooms.ts';
import { companyFor, requireManager } from './access.ts';
import { receive } from './csv.ts';
import { type Counts, importOrders } from './importOrders.ts';

/** Purchase orders from a spreadsheet. */
export const importRouter = Router();

const MAX_BYTES = 20 * 1024 * 1024;
const PROGRESS_MS = 250;

/** Tells the user's own screens how far it has come, at most four times a second. */
const progressTo = (userId: string, importId: string) => {
  let toldAt = 0;
  return (counts: Counts, done: boolean) => {
    if (!done && Date.now() - toldAt < PROGRESS_MS) return;
    toldAt = Date.now();
    deliverEphemeral('/', [userRoom(userId)], 'import:progress', { importId, ...counts, done });
  };
};

/** Hands the file of a form to `take` while it arrives: it is never held as a whole. */
const takeFile = (request: Request, response: Response, take: (file: Readable) => Promise<void>): Promise<void> =>
  new Promise((resolve, reject) => {
    let taken = false;
    let failure: unknown;
    const storage: StorageEngine = {
      _handleFile: (_request, file, done) => {
        taken = true;
        take(file.stream).then(
          () => done(null, {}),
          (error) => {
            failure = error;
            done(error);
          },
        );
      },
      _removeFile: (_request, _file, done) => done(null),
    };
    const form = multer({ storage, limits: { files: 1, fields: 10, fieldSize: 10_000, parts: 12, headerPairs: 50 } });
    form.single('file')(request, response, (fault: unknown) => {
      if (failure) reject(failure);
      else if (fault) reject(badRequest(`Send one CSV file in the field "file" (${(fault as Error).message})`));
      else if (!taken) reject(badRequest('file: send the CSV file in this field'));
      else resolve();
    });
  });

const ImportQuery = z.object({ importId: Id.optional(), companyId: Id.optional() });

importRouter.post('/import', async (request, response) => {
  const user = userOf(request);
  // Before the body is read: nobody shall send megabytes to learn that they may not.
  requireManager(user);
  const { importId, companyId: named } = ImportQuery.parse(request.query);
  const companyId = companyFor(user, named);
  const form = request.is('multipart/form-data');
  if (!form && !request.is(['text/csv', 'application/csv', 'text/plain']))
    throw unsupportedMediaType('Send the file as text/csv, or as multipart/form-data in the field "file"');

  const tell = importId === undefined ? () => {} : progressTo(user.id, importId);
  let counts: Counts = { processed: 0, created: 0, updated: 0, rejected: 0 };
  const run = async (source: Readable): Promise<ImportReport> => {
    const hash = createHash('sha256').update(`import ${companyId}\n`);
    const received = receive(source, MAX_BYTES, (chunk) => hash.update(chunk));
    return idempotentStream(request, response, received, hash, () =>
      importOrders(received, {
        companyId,
        by: user.username,
        onProgress: (now) => {
          counts = now;
          tell(now, false);
        },
      }),
    );
  };
  let report: ImportReport | undefined;
  try {
    if (form)
      await takeFile(request, response, async (file) => {
        report = await run(file);
      });
    else report = await run(request);
  } finally {
    tell(counts, true);
  }
  response.json(report);
});
