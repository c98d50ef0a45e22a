import { z } from 'zod';

/** The REST interface as one signed-in person uses it: over HTTP, with a token of their own. */

/** The server answered, but not with what was asked for. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Nobody answered, or the server said that it cannot right now: worth trying again. */
export class Unreachable extends Error {}

type Call = {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT';
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent as it is instead of `body`. */
  raw?: BodyInit;
};
export type Api = {
  readonly username: string;
  /** A token that is valid now. Throws Refused, Unreachable. */
  token: () => Promise<string>;
  /** The answer's body, parsed. Throws Refused, Unreachable, and what the schema throws. */
  call: <Shape extends z.ZodType>(shape: Shape, path: string, call?: Call) => Promise<z.infer<Shape>>;
};

const Session = z.object({ token: z.string() });
const Problem = z.object({ detail: z.string() }).partial();

const send = async (url: string, { method = 'GET', body, headers, raw }: Call, token?: string): Promise<Response> => {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined ? { body: JSON.stringify(body) } : raw !== undefined && { body: raw }),
      signal: AbortSignal.timeout(30_000),
    });
    if (response.status !== 503) return response;
  } catch (error) {
    throw new Unreachable(`${method} ${url} was not answered`, { cause: error });
  }
  throw new Unreachable(`${method} ${url}: the server is unavailable`);
};

const readAnswer = async (response: Response, what: string): Promise<unknown> => {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch (error) {
    throw new Unreachable(`${what} broke off`, { cause: error });
  }
  if (response.ok) return answer;
  const detail = Problem.safeParse(answer).data?.detail ?? 'no reason given';
  throw new Refused(response.status, `${what}: ${response.status}, ${detail}`);
};

/** A person at `address`, such as http://localhost:5001. Signs in at the first call, and again when the token ended. */
export const makeApi = (address: string, username: string, password: string): Api => {
  let signedIn: Promise<string> | undefined;
  const signIn = async () => {
    const login = { method: 'POST', body: { username, password } } as const;
    const answer = await readAnswer(await send(`${address}/api/auth/login`, login), `sign-in of ${username}`);
    return Session.parse(answer).token;
  };
  const token = () => {
    signedIn ??= signIn().catch((error) => {
      signedIn = undefined;
      throw error;
    });
    return signedIn;
  };
  return {
    username,
    token,
    call: async (shape, path, call = {}) => {
      let response = await send(address + path, call, await token());
      if (response.status === 401) {
        signedIn = undefined;
        response = await send(address + path, call, await token());
      }
      return shape.parse(await readAnswer(response, `${call.method ?? 'GET'} ${path} as ${username}`));
    },
  };
};
