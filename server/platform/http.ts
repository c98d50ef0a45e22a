import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { type AppError, badRequest, notFound, stale, toAppError, toProblem } from './errors.ts';
import { log } from './log.ts';

/** What controllers share: preconditions, cursors, and the one place that renders errors. */

/** The version that `If-Match` asks for; undefined without the header or with `*`. Throws BAD_REQUEST on anything else. */
export const ifMatch = (request: Request): number | undefined => {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^(?:W\/)?"(\d+)"$/.exec(header)?.[1];
  if (version === undefined) throw badRequest('If-Match must be a version in quotes, such as "3"');
  return Number(version);
};

/** Throws STALE when the caller decided on another version than the current one. */
export const requireVersion = (expected: number | undefined, current: number): void => {
  if (expected !== undefined && expected !== current) throw stale(current);
};

/** Answers a versioned resource with its `ETag`. */
export const sendVersioned = (response: Response, resource: { version: number }): void => {
  response.set('ETag', `"${resource.version}"`).json(resource);
};

/** Answers 201 with the resource's address. */
export const sendCreated = (response: Response, location: string, resource: object): void => {
  if ('version' in resource) response.set('ETag', `"${resource.version}"`);
  response.status(201).location(location).json(resource);
};

/** Reads a cursor that `encodeCursor` wrote. Throws BAD_REQUEST on one that was made up. */
export const decodeCursor = <Shape extends z.ZodType>(cursor: string | undefined, shape: Shape) => {
  if (cursor === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))) as z.infer<Shape>;
  } catch {
    throw badRequest('cursor: use the nextCursor of the answer before, unchanged');
  }
};

export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** Cuts a result read with `limit + 1` rows to a page. */
export const toPage = <Row>(rows: Row[], limit: number, positionOf: (row: Row) => unknown) => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null };
};

const sendProblem = (response: Response, error: AppError) => {
  const problem = toProblem(error);
  if (error.retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)));
  if (error.code === 'UNAUTHENTICATED') response.set('WWW-Authenticate', 'Bearer');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
};

/** For addresses that nothing serves. */
export const unknownRoute: RequestHandler = () => {
  throw notFound('This address');
};

/** The one place that turns whatever was thrown into problem+json. Express knows it by its four parameters. */
export const errorHandler: ErrorRequestHandler = (thrown, request, response, _next) => {
  const error = toAppError(thrown);
  if (error.code === 'INTERNAL')
    log.error(
      { err: error.cause ?? error, method: request.method, requestId: response.get('X-Request-Id') },
      'a request failed unexpectedly',
    );
  if (response.headersSent) {
    // Half an answer is out: cutting the connection is the only honest sign left.
    response.destroy();
    return;
  }
  sendProblem(response, error);
};
