import { ZodError } from 'zod';
import { type AckError, ERROR_STATUS, type ErrorCode, type Problem } from '../contract/common.ts';

/** The few errors that users meet, worded once. Everything else is unexpected: logged, and answered INTERNAL. */

const TITLES: Record<ErrorCode, string> = {
  BAD_REQUEST: 'The request is not valid',
  UNAUTHENTICATED: 'Sign in first',
  FORBIDDEN: 'You may not do this',
  NOT_FOUND: 'Not found',
  CONFLICT: 'The current state does not allow this',
  STALE: 'Somebody changed this meanwhile',
  TOO_LARGE: 'Too large',
  UNSUPPORTED_MEDIA_TYPE: 'This kind of content is not accepted',
  UNPROCESSABLE: 'The request cannot be carried out',
  IDEMPOTENCY_MISMATCH: 'This Idempotency-Key was used with another body',
  RATE_LIMITED: 'Too many requests',
  INTERNAL: 'Something went wrong on our side',
  UNAVAILABLE: 'Temporarily unavailable',
};

type FieldError = { path: string; message: string };

/** An error whose message a user may read. `errors` names fields, `retryAfterMs` goes with RATE_LIMITED and UNAVAILABLE. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { errors?: FieldError[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = options.errors;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export const badRequest = (message: string, errors?: FieldError[]) =>
  new AppError('BAD_REQUEST', message, errors ? { errors } : {});
export const unauthenticated = (message = 'Send a valid access token') => new AppError('UNAUTHENTICATED', message);
export const forbidden = (message = 'Your role does not allow this') => new AppError('FORBIDDEN', message);
/** `what` is the kind of thing, such as 'Shipment': the answer is the same whether it is absent or not yours. */
export const notFound = (what: string) => new AppError('NOT_FOUND', `${what} not found`);
export const conflict = (message: string) => new AppError('CONFLICT', message);
export const stale = (current: number) =>
  new AppError('STALE', `It is at version ${current} now; read it again, then decide`);
export const unprocessable = (message: string) => new AppError('UNPROCESSABLE', message);
export const tooLarge = (message: string) => new AppError('TOO_LARGE', message);
export const unsupportedMediaType = (message: string) => new AppError('UNSUPPORTED_MEDIA_TYPE', message);
export const idempotencyMismatch = () =>
  new AppError('IDEMPOTENCY_MISMATCH', 'Use a new Idempotency-Key for a new request');
export const rateLimited = (retryAfterMs: number) =>
  new AppError('RATE_LIMITED', `Too many requests; try again in ${Math.ceil(retryAfterMs / 1000)} s`, { retryAfterMs });
export const unavailable = (message = 'The database cannot be reached; try again shortly', cause?: unknown) =>
  new AppError('UNAVAILABLE', message, { retryAfterMs: 2000, cause });

const DATABASE_DOWN = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '25P03', // idle_in_transaction_session_timeout: this process was frozen
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '53300', // too_many_connections
]);

const NOT_TEXT = new Set([
  '22021', // character_not_in_repertoire: a NUL
  '22P05', // untranslatable_character: a NUL in JSON
]);

/** Whether a text of the caller's cannot be stored: it holds a NUL, or half of a character of two. */
const isNotText = (error: unknown): boolean => {
  const { code, detail } = (error ?? {}) as { code?: string; detail?: string };
  return NOT_TEXT.has(code ?? '') || (code === '22P02' && /surrogate/.test(detail ?? ''));
};

/** Whether a database call failed because nobody answered, not because of what was asked. */
export const isDatabaseDown = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && DATABASE_DOWN.has(code)) return true;
  // pg has no codes for these: https://github.com/brianc/node-postgres/blob/master/packages/pg/lib/client.js
  return /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    error.message,
  );
};

/** It answers, but cannot store anything now. Its connection is sound and wants its rollback. */
const NO_ROOM = new Set([
  '53100', // disk_full
  '58030', // io_error
]);
const hasNoRoom = (error: unknown): boolean => NO_ROOM.has((error as { code?: string } | undefined)?.code ?? '');

const fromZod = (error: ZodError) => {
  const errors = error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message }));
  const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  return badRequest(detail, errors);
};

/** Express and its parsers mark client faults with `status`; each becomes our code. */
const fromHttp = (error: Error): AppError | undefined => {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) return tooLarge('The body is too large');
  if (status === 415) return unsupportedMediaType(error.message);
  if (type === 'entity.parse.failed') return badRequest('The body is not valid JSON');
  if (type === 'request.aborted' || type === 'request.size.invalid') return badRequest('The body ended early');
  if (typeof status === 'number' && status >= 400 && status < 500) return badRequest('The request is not valid');
  return undefined;
};

/** Turns whatever was thrown into an AppError; `INTERNAL` means that nobody foresaw it and it belongs in the log. */
export const toAppError = (thrown: unknown): AppError => {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof ZodError) return fromZod(thrown);
  if (isDatabaseDown(thrown) || hasNoRoom(thrown)) return unavailable(undefined, thrown);
  if (isNotText(thrown)) return badRequest('A text holds characters that cannot be stored');
  const http = thrown instanceof Error ? fromHttp(thrown) : undefined;
  return http ?? new AppError('INTERNAL', 'An unexpected error; it was logged', { cause: thrown });
};

/** RFC 9457. `type` is a URN, since no page of ours has to exist for a client to tell problems apart. */
export const toProblem = (error: AppError): Problem => ({
  type: `urn:waybeat:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
  title: TITLES[error.code],
  status: ERROR_STATUS[error.code],
  code: error.code,
  detail: error.message,
  ...(error.retryAfterMs !== undefined && { retryAfterMs: Math.ceil(error.retryAfterMs) }),
  ...(error.errors && { errors: error.errors }),
});

/** The `error` of a failed ack. */
export const toAckError = (error: AppError): AckError => ({
  code: error.code,
  message: error.message,
  ...((error.errors || error.retryAfterMs !== undefined) && {
    details: {
      ...(error.errors && { errors: error.errors }),
      ...(error.retryAfterMs !== undefined && { retryAfterMs: Math.ceil(error.retryAfterMs) }),
    },
  }),
});
