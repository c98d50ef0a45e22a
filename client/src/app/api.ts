import { endSession, freshToken } from '../signin/session.ts';
import { ApiError, fromAnswer, unreachable } from './problem.ts';

type Options = {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  /** The version the user decided on; the server answers 412 when it is not the current one. */
  ifMatch?: number;
  /** Makes a repeated POST (a retry, a double click) answer the first result again. */
  idempotencyKey?: string;
  signal?: AbortSignal;
};

const send = async (path: string, { method = 'GET', body, ifMatch, idempotencyKey, signal }: Options) => {
  const headers = new Headers({ Authorization: `Bearer ${await freshToken()}` });
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (ifMatch !== undefined) headers.set('If-Match', `"${ifMatch}"`);
  if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
  const init: RequestInit = { method, headers, cache: 'no-store' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  const response = await fetch(path, init).catch((cause: unknown) => {
    throw signal?.aborted ? cause : unreachable();
  });
  if (response.ok) return response;
  const error = fromAnswer(response.status, await response.text());
  if (error.code === 'UNAUTHENTICATED') endSession('expired');
  throw error;
};

/** Calls the API with the session's token and reads JSON. Throws ApiError. */
export const request = async <Answer>(path: string, options: Options = {}): Promise<Answer> => {
  const response = await send(path, options);
  // What was deleted leaves nothing to read.
  return (response.status === 204 ? undefined : await response.json()) as Answer;
};

/** A file, as bytes: a link cannot carry the bearer token. */
export const requestBlob = async (path: string, signal?: AbortSignal): Promise<Blob> =>
  (await send(path, signal ? { signal } : {})).blob();

type Upload = {
  path: string;
  body: FormData | Blob;
  contentType?: string;
  idempotencyKey?: string;
  /** 0 to 1; called with 1 once everything is sent, before the server has answered. */
  onProgress: (share: number) => void;
  signal?: AbortSignal;
};

/** POSTs a body and reports how much of it has left: fetch cannot. Throws ApiError; an abort rejects with `AbortError`. */
export const upload = async <Answer>({ path, body, contentType, idempotencyKey, onProgress, signal }: Upload) => {
  const token = await freshToken();
  return new Promise<Answer>((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', path);
    xhr.setRequestHeader('Authorization', `Bearer ${token}`);
    if (contentType) xhr.setRequestHeader('Content-Type', contentType);
    if (idempotencyKey) xhr.setRequestHeader('Idempotency-Key', idempotencyKey);
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    xhr.upload.onload = () => onProgress(1);
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) return resolve(JSON.parse(xhr.responseText) as Answer);
      const error = fromAnswer(xhr.status, xhr.responseText);
      if (error.code === 'UNAUTHENTICATED') endSession('expired');
      reject(error);
    };
    xhr.onerror = () => reject(unreachable());
    xhr.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
    signal?.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(body);
  });
};

/** Whether trying once more by itself makes sense. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 'UNREACHABLE' || error.code === 'UNAVAILABLE');
