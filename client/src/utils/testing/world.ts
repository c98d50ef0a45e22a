import { type Person, person, tokenFor } from '../../../../server/testing/people.ts';
import { startTestServer, type TestServer } from '../../../../server/testing/server.ts';
import { createStreams } from '../../streams/streams.ts';
import type { OpenStreamArgs } from '../../streams/types.ts';
import { createClient } from '../client.ts';
import type { TokenSource } from '../types.ts';
import { type FaultyProxy, startFaultyProxy } from './faultyProxy.ts';
import { until } from './until.ts';

/** A real server with a short heartbeat, a network in front of it that fails on command, and clients of both. */

export type TestClient = ReturnType<typeof newClient>;

const newClient = () => {
  const client = createClient();
  const { openStream } = createStreams(client);
  const becomes = (status: string, milliseconds?: number) =>
    until(
      client.subscribe,
      () => client.status() === status,
      () => `status ${status} (is ${client.status()})`,
      milliseconds,
    );
  return { client, openStream, becomes };
};

export type World = {
  server: TestServer;
  proxy: FaultyProxy;
  ann: Person;
  /** A client of ann's through the proxy; live unless `source` says otherwise. */
  live: (source?: TokenSource) => Promise<TestClient>;
  fresh: () => TestClient;
  /** Publishes the next event of a probe. */
  touch: (id: string) => Promise<void>;
  /** Ends every client so far, so that none of them meddles with the next test. */
  endClients: () => void;
  stop: () => Promise<void>;
};

export const startWorld = async (env: Record<string, string> = {}): Promise<World> => {
  const server = await startTestServer({ env: { WS_HEARTBEAT_INTERVAL: '500', WS_RATE_LIMIT: '10000', ...env } });
  // Reads the configuration, so it comes after the server has set it.
  const probe = await import('../../../../server/testing/probe.ts');
  const proxy = await startFaultyProxy(server.url);
  const ann = person({ role: 'operator', companyId: 'A' });
  const clients: TestClient[] = [];
  const endClients = () => {
    for (const { client } of clients.splice(0)) client.disconnect();
  };
  const fresh = () => {
    const made = newClient();
    clients.push(made);
    return made;
  };
  return {
    server,
    proxy,
    ann,
    fresh,
    touch: async (id) => void (await probe.touch(id)),
    live: async (source = () => tokenFor(ann)) => {
      const made = fresh();
      made.client.connect(source, { url: proxy.url });
      await made.becomes('live');
      return made;
    },
    endClients,
    stop: async () => {
      endClients();
      await proxy.close();
      await server.stop();
    },
  };
};

let counter = 0;
/** A probe that no other test uses, of company A unless told otherwise. */
export const probeName = (company = 'A') => `${company}-${++counter}`;

/** A probe whose state is what happened to it: `S<version>` for a snapshot, then the versions. */
export const probeArgs = (id: string): OpenStreamArgs<string[]> => ({
  stream: `probe:${id}`,
  join: { event: 'probe:join', payload: { id } },
  leave: { event: 'probe:leave', payload: { id } },
  fromSnapshot: (_snapshot, version) => [`S${version}`],
  reduce: (state, { version }) => [...state, String(version)],
});
