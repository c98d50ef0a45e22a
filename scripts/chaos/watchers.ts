import { createStreams } from '../../client/src/streams/streams.ts';
import { createClient } from '../../client/src/utils/client.ts';
import type { ConnectionStatus } from '../../client/src/utils/types.ts';
import type { DurableEvent } from '../../server/contract/common.ts';
import { type Person, tokenOf } from './node.ts';

/** Clients as a dashboard has them: the real library, each following every shipment. */

/** What one client saw of one stream: where its snapshot stood, and the version of every event since. */
export type Seen = { from: number; versions: number[] };

export type Watcher = {
  name: string;
  user: Person;
  /** The streams it follows. */
  follows: string[];
  seen: () => Map<string, Seen>;
  status: () => ConnectionStatus;
  staleSince: () => Date | null;
  close: () => void;
};

type Options = {
  name: string;
  url: string;
  user: Person;
  shipmentIds: string[];
  /** Called with each event as it is applied. */
  onEvent?: (event: DurableEvent) => void;
};

/** The mark that a writer left in an event, if it is a writer's. */
export const markOf = (event: DurableEvent): string | undefined =>
  (event as { inspection?: { notes?: string } }).inspection?.notes?.split(' ')[0];

export const startWatcher = ({ name, url, user, shipmentIds, onEvent }: Options): Watcher => {
  const client = createClient();
  const streams = createStreams(client);
  const seen = new Map<string, Seen>();
  for (const shipmentId of shipmentIds) {
    const stream = `shipment:${shipmentId}`;
    streams.openStream<Seen>({
      stream,
      join: { event: 'join:shipment', payload: { shipmentId } },
      fromSnapshot: (_snapshot, version) => {
        const fresh = { from: version, versions: [] };
        seen.set(stream, fresh);
        return fresh;
      },
      reduce: (state, event) => {
        // In place: hundreds of clients copying their history with every event would be what is measured.
        state.versions.push(event.version);
        onEvent?.(event);
        return state;
      },
    });
  }
  client.connect(tokenOf(user), { url });
  return {
    name,
    user,
    follows: shipmentIds.map((id) => `shipment:${id}`),
    seen: () => seen,
    status: () => client.status(),
    staleSince: () => client.staleSince(),
    close: () => client.disconnect(),
  };
};
