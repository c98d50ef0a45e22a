import type { AckError } from '../../../server/contract/common.ts';
import type { ClientErrorCode } from './types.ts';

/** Why an event failed: the `error` of its acknowledgement, or the client's own reason. */
export class SocketError extends Error {
  readonly code: ClientErrorCode;
  readonly details: unknown;

  constructor(code: ClientErrorCode, message: string, details?: unknown) {
    super(message);
    this.name = 'SocketError';
    this.code = code;
    this.details = details;
  }
}

export const fromAckError = ({ code, message, details }: AckError): SocketError =>
  new SocketError(code, message, details);

/** Milliseconds the server asked to wait; undefined when it did not. */
export const retryAfterMs = (details: unknown): number | undefined => {
  const asked = (details as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof asked === 'number' && asked >= 0 ? asked : undefined;
};

const PASSING = new Set<ClientErrorCode>(['UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL', 'TIMEOUT']);

/** Whether asking once more later makes sense. */
export const isPassing = (error: SocketError): boolean => PASSING.has(error.code);

export const toSocketError = (thrown: unknown): SocketError =>
  thrown instanceof SocketError ? thrown : new SocketError('INTERNAL', String(thrown));
