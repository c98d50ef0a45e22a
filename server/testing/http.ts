import { type Person, tokenFor } from './people.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever comes
export type Answer<Body = any> = { status: number; body: Body; headers: Headers };

/** Calls a server as `who` (nobody: null). A body that is no string or form is sent as JSON. */
export const api =
  (url: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever comes
  async <Body = any>(
    who: Person | string | null,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> => {
    const token = who === null ? null : typeof who === 'string' ? who : tokenFor(who);
    const raw = typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !raw && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: (isJson ? JSON.parse(text) : text) as Body, headers: response.headers };
  };
