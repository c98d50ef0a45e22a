import { type Request, Router } from 'express';
import { GtfsQuery } from '../contract/seats.ts';
import { userOf } from '../platform/auth.ts';
import { config } from '../platform/config.ts';
import { badRequest, tooLarge, unsupportedMediaType } from '../platform/errors.ts';
import { deliverEphemeral } from '../websocket/delivery.ts';
import { userRoom } from '../websocket/rooms.ts';
import { companyFor, NAMESPACE, requireStaff } from './access.ts';
import { importGtfs, type Progress } from './gtfsImport.ts';

/** Timetables as agencies publish them. */
export const gtfsRouter = Router();

const PROGRESS_MS = 250;

/** Tells the user's own screens how far it has come, at most four times a second. */
const progressTo = (userId: string, importId: string) => {
  let toldAt = 0;
  return (progress: Progress) => {
    const done = progress.phase === 'done';
    if (!done && Date.now() - toldAt < PROGRESS_MS) return;
    toldAt = Date.now();
    deliverEphemeral(NAMESPACE, [userRoom(userId)], 'routes:import_progress', { importId, ...progress, done });
  };
};

const readBody = async (request: Request): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > config.UPLOAD_MAX_BYTES) throw tooLarge(`The feed is larger than ${config.UPLOAD_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) throw badRequest('Send the feed’s zip as the body');
  return Buffer.concat(chunks);
};

gtfsRouter.post('/import', async (request, response) => {
  const user = userOf(request);
  // Before the body is read: nobody shall send megabytes to learn that they may not.
  requireStaff(user);
  const options = GtfsQuery.parse(request.query);
  const companyId = companyFor(user, options.companyId);
  if (!request.is(['application/zip', 'application/x-zip-compressed', 'application/octet-stream']))
    throw unsupportedMediaType('Send the feed as application/zip');
  const tell = options.importId === undefined ? () => {} : progressTo(user.id, options.importId);
  response.json(await importGtfs(await readBody(request), companyId, options, tell));
});
