import { randomUUID } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import multer, { MulterError } from 'multer';
import { z } from 'zod';
import { Moment } from '../contract/common.ts';
import { Awb } from '../contract/tracking.ts';
import { userOf } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import { afterCommit, transaction } from '../platform/database.ts';
import { badRequest, forbidden, notFound, tooLarge, unsupportedMediaType } from '../platform/errors.ts';
import { sendCreated } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { getSeen, isRiderOf, isStaffOf, viewOf } from './access.ts';
import { forgetParcels } from './cache.ts';
import { insertProof, listProofs, readProof } from './proofStore.ts';
import { lockParcel } from './store.ts';
import { emitParcelChanged, emitProofAdded } from './trackingEvents.ts';

/** Proof of delivery: the rider's photo. Everybody with a sign-in who may see the parcel may see it; guests do not. */
export const proofRouter = Router();

const IMAGES = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/avif'];

const receive = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: config.UPLOAD_MAX_BYTES, files: 1, fields: 10, fieldSize: 10_000, parts: 12, headerPairs: 50 },
  defParamCharset: 'utf8',
}).single('file');

const worded = (fault: unknown) => {
  if (fault instanceof MulterError && fault.code === 'LIMIT_FILE_SIZE')
    return tooLarge(`A photo may have at most ${config.UPLOAD_MAX_BYTES} bytes`);
  return fault instanceof Error ? badRequest(`Send one photo in the field "file" (${fault.message})`) : fault;
};

const receivePhoto: RequestHandler = (request, response, next) => {
  receive(request, response, (fault: unknown) => (fault ? next(worded(fault)) : next()));
};

/** Before the body is read: who may not add here shall not send ten megabytes to learn it. */
const checkSender: RequestHandler = async (request, _response, next) => {
  const user = userOf(request);
  const { parcel } = await getSeen(user, Awb.parse(request.params.awb));
  if (!isStaffOf(user, parcel) && !isRiderOf(user, parcel)) throw forbidden();
  if (!request.is('multipart/form-data')) throw badRequest('Send multipart/form-data with a photo in the field "file"');
  next();
};

const Fields = z.object({ takenAt: Moment.optional() });

const add = async (request: Request, response: Response): Promise<void> => {
  const user = userOf(request);
  const awb = Awb.parse(request.params.awb);
  const { file } = request;
  if (!file) throw badRequest('file: send the photo in this field', [{ path: 'file', message: 'Required' }]);
  const { takenAt } = Fields.parse(request.body ?? {});
  const { fileTypeFromBuffer } = await import('file-type');
  const kind = await fileTypeFromBuffer(file.buffer);
  if (!kind || !IMAGES.includes(kind.mime))
    throw unsupportedMediaType('A proof is a photo: JPEG, PNG, WebP, HEIC or AVIF');
  const proof = await transaction(async () => {
    const parcel = await lockParcel(awb);
    if (viewOf(user, parcel) === undefined) throw notFound('Parcel');
    const now = new Date().toISOString();
    const added = await insertProof(awb, user.username, {
      fileName: `${awb}-${randomUUID().slice(0, 8)}.${kind.ext}`,
      mimeType: kind.mime,
      takenAt: takenAt && takenAt < now ? takenAt : now,
      content: file.buffer,
    });
    const version = await emitProofAdded(parcel, added);
    await emitParcelChanged(parcel, 'proof', version);
    afterCommit(() => forgetParcels([awb]));
    return added;
  });
  sendCreated(response, `/api/tracking/${awb}/proofs/${proof.id}`, proof);
};

proofRouter.post('/:awb/proofs', checkSender, receivePhoto, idempotent(add));

const requireNamed = async (request: Request): Promise<{ awb: string; full: boolean }> => {
  const { parcel, view } = await getSeen(userOf(request), Awb.parse(request.params.awb));
  if (view === 'public') throw forbidden('A photo needs a sign-in');
  return { awb: parcel.awb, full: view !== 'recipient' };
};

proofRouter.get('/:awb/proofs', async (request, response) => {
  const { awb, full } = await requireNamed(request);
  const proofs = await listProofs(awb);
  response.json({ items: full ? proofs : proofs.map(({ by: _, ...proof }) => proof), nextCursor: null });
});

proofRouter.get('/:awb/proofs/:id', async (request, response) => {
  const { awb } = await requireNamed(request);
  const { proof, content } = await readProof(awb, String(request.params.id));
  response
    .set({
      'Content-Type': proof.mimeType,
      'Content-Disposition': `inline; filename="${proof.fileName}"`,
      // Whatever a file holds, a browser must neither guess its type nor run it.
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cache-Control': 'private, no-cache',
    })
    .send(content);
});
