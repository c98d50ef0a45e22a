import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Request, RequestHandler, Response } from 'express';
import type {} from 'multer';
import { userOf } from './auth.ts';
import { query, transaction } from './database.ts';
import { badRequest, idempotencyMismatch } from './errors.ts';

type Stored = { request_hash: string; status: number | null; location: string | null; body: unknown };

const hashOf = (request: Request) => {
  const hash = createHash('sha256').update(request.method).update(' ').update(request.originalUrl).update('\n');
  try {
    hash.update(JSON.stringify(request.body ?? null));
  } catch {
    // What parsed can only fail here by its depth: reading JSON needs no stack, writing it does.
    throw badRequest('The body is nested too deeply');
  }
  // An upload's body is its fields and its bytes.
  if (request.file) hash.update(request.file.originalname).update(request.file.buffer);
  return hash.digest('base64url');
};

const keyOf = (request: Request): string | undefined => {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return undefined;
  if (key.length === 0 || key.length > 255) throw badRequest('Idempotency-Key must have 1 to 255 characters');
  return key;
};

const findAnswer = async (userId: string, key: string): Promise<Stored | undefined> => {
  const [stored] = await query<Stored>(
    'select request_hash, status, location, body from idempotency_keys where user_id = $1 and key = $2',
    [userId, key],
  );
  return stored;
};

/** Keeps what the handler answers until the transaction has committed. */
const capture = (response: Response) => {
  const json = response.json.bind(response);
  let captured: { body: unknown } | undefined;
  response.json = (body) => {
    captured = { body };
    return response;
  };
  return {
    answer: () => captured,
    release: () => {
      response.json = json;
    },
  };
};

/**
 * Wraps a handler that creates something. With an `Idempotency-Key` the key is stored in the same transaction as the
 * effect: a repeat answers the first result again, another body 422, and two at once run one after the other.
 * Only successes are kept; a request that failed may be repeated. Stands behind the body parser.
 */
export const idempotent =
  (handler: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  async (request, response) => {
    const key = keyOf(request);
    if (key === undefined) return handler(request, response);
    const { id } = userOf(request);
    const requestHash = hashOf(request);
    const captured = capture(response);
    try {
      const stored = await transaction(async () => {
        // A second request with this key waits here until the first has committed or rolled back.
        const taken = await query(
          'insert into idempotency_keys (user_id, key, request_hash) values ($1, $2, $3) on conflict do nothing returning key',
          [id, key, requestHash],
        );
        if (taken.length === 0) {
          const first = await findAnswer(id, key);
          if (first?.request_hash !== requestHash) throw idempotencyMismatch();
          return first;
        }
        await handler(request, response);
        await query(
          'update idempotency_keys set status = $3, location = $4, body = $5 where user_id = $1 and key = $2',
          [
            id,
            key,
            response.statusCode,
            response.get('Location') ?? null,
            JSON.stringify(captured.answer()?.body ?? null),
          ],
        );
        return undefined;
      });
      captured.release();
      if (!stored) {
        response.json(captured.answer()?.body);
        return;
      }
      if (stored.location) response.location(stored.location);
      response
        .status(stored.status ?? 200)
        .set('Idempotent-Replayed', 'true')
        .json(stored.body);
    } catch (error) {
      captured.release();
      response.status(200).removeHeader('Location');
      response.removeHeader('ETag');
      throw error;
    }
  };

/**
 * The same for work that reads its body as a stream and commits in steps. `hash` takes in what is read of `body`. The
 * answer is kept once the work has ended: until then a repeat runs it again, which it has to bear.
 */
export const idempotentStream = async <Answer>(
  request: Request,
  response: Response,
  body: Readable,
  hash: Hash,
  work: () => Promise<Answer>,
): Promise<Answer> => {
  const key = keyOf(request);
  if (key === undefined) return work();
  const { id } = userOf(request);
  const first = await findAnswer(id, key);
  if (first) {
    // Read to its end for the hash, which sees each chunk on its way.
    for await (const _ of body);
    if (first.request_hash !== hash.digest('base64url')) throw idempotencyMismatch();
    response.set('Idempotent-Replayed', 'true');
    return first.body as Answer;
  }
  const answer = await work();
  await query(
    `insert into idempotency_keys (user_id, key, request_hash, status, body) values ($1, $2, $3, 200, $4)
     on conflict do nothing`,
    [id, key, hash.digest('base64url'), JSON.stringify(answer)],
  );
  return answer;
};

/** Keys are kept a day, as long as a client may reasonably retry. */
export const dropOldKeys = () =>
  query("delete from idempotency_keys where created_at < now() - interval '24 hours'").then(() => undefined);
