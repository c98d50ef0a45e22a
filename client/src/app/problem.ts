import type { ErrorCode, Problem } from '../../../server/contract/common.ts';

/** Nobody answered: no network, or no server behind it. */
type Unreachable = 'UNREACHABLE';

/** A request that failed. `code` is the server's, or UNREACHABLE when no answer came. */
export class ApiError extends Error {
  readonly code: ErrorCode | Unreachable;
  readonly fields: Record<string, string>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode | Unreachable, detail: string, problem?: Partial<Problem>) {
    super(detail);
    this.name = 'ApiError';
    this.code = code;
    this.fields = Object.fromEntries((problem?.errors ?? []).map(({ path, message }) => [path, message]));
    this.retryAfterMs = problem?.retryAfterMs;
  }
}

export const unreachable = () => new ApiError('UNREACHABLE', 'The server does not answer');

/** Reads a failed answer; a proxy's HTML page in front of us becomes UNAVAILABLE or INTERNAL by its status. */
export const fromAnswer = (status: number, body: string): ApiError => {
  try {
    const problem = JSON.parse(body) as Partial<Problem>;
    if (problem.code) return new ApiError(problem.code, problem.detail ?? problem.title ?? '', problem);
  } catch {
    // Not ours: fall through to the status.
  }
  return status >= 502 && status <= 504
    ? new ApiError('UNAVAILABLE', 'The server is not ready')
    : new ApiError('INTERNAL', `The server answered ${status}`);
};

const seconds = (ms = 5000) => Math.max(1, Math.ceil(ms / 1000));

/** What went wrong, and what to do next, in words for the person at the screen. */
export const sentence = (error: unknown): { title: string; next: string } => {
  if (!(error instanceof ApiError)) return { title: 'Something broke on this page.', next: 'Reload it and try again.' };
  switch (error.code) {
    case 'UNREACHABLE':
      return { title: 'No answer from the server.', next: 'Check your connection. Nothing was lost; try again.' };
    case 'UNAUTHENTICATED':
      return { title: 'Your session has ended.', next: 'Sign in again to go on where you were.' };
    case 'FORBIDDEN':
      return { title: `${withStop(error.message)}`, next: 'Ask an administrator of your company to do it.' };
    case 'NOT_FOUND':
      return { title: withStop(error.message), next: 'It may have been removed, or you may not see it any more.' };
    case 'CONFLICT':
      return { title: withStop(error.message), next: 'Look at the current state, then choose again.' };
    case 'STALE':
      return { title: 'Somebody changed this meanwhile.', next: 'See what changed, then decide.' };
    case 'TOO_LARGE':
      return { title: withStop(error.message), next: 'Choose a smaller file, or split it.' };
    case 'UNSUPPORTED_MEDIA_TYPE':
      return { title: withStop(error.message), next: 'Choose a file of another kind.' };
    case 'RATE_LIMITED':
      return { title: 'That was a lot at once.', next: `Wait ${seconds(error.retryAfterMs)} s, then try again.` };
    case 'UNAVAILABLE':
      return { title: 'The server is not ready.', next: `Try again in ${seconds(error.retryAfterMs)} s.` };
    case 'BAD_REQUEST':
    case 'UNPROCESSABLE':
    case 'IDEMPOTENCY_MISMATCH':
      return { title: withStop(error.message), next: 'Correct it and send it again.' };
    default:
      return { title: 'Something went wrong on our side.', next: 'Try again; if it stays, tell your administrator.' };
  }
};

const withStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
