import type { TokenSource } from './types.ts';

export type Asked = { kind: 'token'; token: string } | { kind: 'none' } | { kind: 'failed' };

/**
 * Asks for a token. An error with the code `UNAUTHENTICATED` says that there is none; any other, such as a refresh
 * without network, that it is worth asking again.
 */
export const askToken = async (source: TokenSource): Promise<Asked> => {
  try {
    const token = typeof source === 'string' ? source : await source();
    return token ? { kind: 'token', token } : { kind: 'none' };
  } catch (error) {
    return { kind: (error as { code?: unknown } | null)?.code === 'UNAUTHENTICATED' ? 'none' : 'failed' };
  }
};
