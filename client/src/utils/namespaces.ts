import { type ClientInternals, createClient } from './client.ts';
import { createNamespaceConnection } from './namespaceConnection.ts';
import type { SocketClient } from './types.ts';

export type Client = SocketClient & ClientInternals;

/**
 * The namespaces of one client. Each shares its connection and its token, opens when it is first used, and is a client
 * of its own otherwise: its own events, streams and continuity.
 */
export const createNamespaces = (parent: Client) => {
  const opened = new Map<string, Client>();
  return (name: string): Client => {
    if (name === '/') return parent;
    const before = opened.get(name);
    if (before) return before;
    const client = createClient((handlers) => createNamespaceConnection(parent, name, handlers));
    client.connect(() => parent.token());
    opened.set(name, client);
    return client;
  };
};
