import { type Request, type RequestHandler, type Response, Router } from 'express';
import multer, { MulterError } from 'multer';
import { z } from 'zod';
import { ListQuery } from '../contract/common.ts';
import { DocumentType, VerifyDocument } from '../contract/shipments.ts';
import { userOf } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import { transaction } from '../platform/database.ts';
import { badRequest, tooLarge } from '../platform/errors.ts';
import { ifMatch, requireVersion, sendCreated } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { readHeads } from '../websocket/history.ts';
import { requireInspector, requireUploader, scopeOf, shipmentStream } from './access.ts';
import { insertDocument, listDocuments, readDocument, setVerified } from './documentStore.ts';
import { cleanFileName, mimeTypeOf } from './fileKind.ts';
import { emitDocumentUploaded, emitDocumentVerified, emitSupplierDocumentUpload } from './shipmentEvents.ts';
import { getShipment, lockShipment } from './store.ts';

/** Files that belong to a shipment, kept in the database: a dyno's disk is erased every day. */
export const documentsRouter = Router();

const receive = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: config.UPLOAD_MAX_BYTES, files: 1, fields: 10, fieldSize: 10_000, parts: 12, headerPairs: 50 },
  defParamCharset: 'utf8',
}).single('file');

/** multer's faults are the caller's; each in words. Nothing is stored before the whole body has arrived. */
const worded = (fault: unknown) => {
  if (fault instanceof MulterError && fault.code === 'LIMIT_FILE_SIZE')
    return tooLarge(`A file may have at most ${config.UPLOAD_MAX_BYTES} bytes`);
  if (fault instanceof MulterError) return badRequest(`Send one file in the field "file" (${fault.message})`);
  if (fault instanceof Error)
    return badRequest(`The upload is not a complete multipart/form-data body (${fault.message})`);
  return fault;
};

const receiveFile: RequestHandler = (request, response, next) => {
  receive(request, response, (fault: unknown) => (fault ? next(worded(fault)) : next()));
};

/** Before the body is read: who may not upload here shall not send ten megabytes to learn it. */
const checkUploader: RequestHandler = async (request, _response, next) => {
  const user = userOf(request);
  await getShipment(scopeOf(user), String(request.params.id));
  requireUploader(user);
  if (!request.is('multipart/form-data')) throw badRequest('Send multipart/form-data with file and documentType');
  next();
};

const UploadFields = z.object({ documentType: DocumentType });

const upload = async (request: Request, response: Response): Promise<void> => {
  const user = userOf(request);
  const id = String(request.params.id);
  const { file } = request;
  if (!file) throw badRequest('file: send the file in this field', [{ path: 'file', message: 'Required' }]);
  const { documentType } = UploadFields.parse(request.body);
  const mimeType = await mimeTypeOf(file.buffer, file.originalname);
  const fileName = cleanFileName(file.originalname, mimeType);
  const document = await transaction(async () => {
    await lockShipment(scopeOf(user), id);
    const added = await insertDocument(id, user.username, { fileName, documentType, mimeType, content: file.buffer });
    if (user.role === 'supplier') await emitSupplierDocumentUpload(id, added);
    else await emitDocumentUploaded(id, added, user.username);
    return added;
  });
  sendCreated(response, `/api/shipments/${id}/documents/${document.id}`, document);
};

documentsRouter.post('/:id/documents', checkUploader, receiveFile, idempotent(upload));

documentsRouter.get('/:id/documents', async (request, response) => {
  const filter = ListQuery.parse(request.query);
  const { id } = await getShipment(scopeOf(userOf(request)), request.params.id);
  response.json(await listDocuments(id, filter));
});

/** RFC 5987: an ASCII name for old readers, the real one for the rest. */
const disposition = (fileName: string) => {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
};

documentsRouter.get('/:id/documents/:documentId', async (request, response) => {
  const { id } = await getShipment(scopeOf(userOf(request)), request.params.id);
  const { document, content } = await readDocument(id, request.params.documentId);
  response
    .set({
      'Content-Type': document.mimeType,
      'Content-Disposition': disposition(document.fileName),
      // Whatever a file holds, a browser must neither guess its type nor run it.
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cache-Control': 'private, no-cache',
    })
    .send(content);
});

documentsRouter.patch('/:id/documents/:documentId', async (request, response) => {
  const user = userOf(request);
  const { isVerified } = VerifyDocument.parse(request.body);
  const expected = ifMatch(request);
  const { id, documentId } = request.params;
  const { document, version } = await transaction(async () => {
    await lockShipment(scopeOf(user), id);
    requireInspector(user);
    if (expected !== undefined)
      requireVersion(expected, (await readHeads([shipmentStream(id)])).get(shipmentStream(id))!);
    const checked = await setVerified(id, documentId, isVerified, user.username);
    return { document: checked, version: await emitDocumentVerified(id, checked) };
  });
  response.set('ETag', `"${version}"`).json(document);
});
