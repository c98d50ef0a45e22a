import { createStreams } from '../../client/src/streams/streams.ts';
import { createClient } from '../../client/src/utils/client.ts';
import type { DurableEvent } from '../../server/contract/common.ts';

/** Clients as a dashboard has them: the real library, each following every shipment. */

/** What one client saw of one stream: where its snapshot stood, and every event since. */
export type Seen = { snapshots: number; from: number; events: DurableEvent[] };

export type Watcher = {
  name: string;
  seen: () => Map<string, Seen>;
  close: () => void;
};

export const startWatcher = (name: string, url: string, token: string, shipmentIds: string[]): Watcher => {
  const client = createClient();
  const streams = createStreams(client);
  const seen = new Map<string, Seen>();
  for (const shipmentId of shipmentIds) {
    const stream = `shipment:${shipmentId}`;
    streams.openStream<Seen>({
      stream,
      join: { event: 'join:shipment', payload: { shipmentId } },
      fromSnapshot: (_snapshot, version) => {
        const fresh = { snapshots: (seen.get(stream)?.snapshots ?? 0) + 1, from: version, events: [] };
        seen.set(stream, fresh);
        return fresh;
      },
      reduce: (state, event) => {
        const next = { ...state, events: [...state.events, event] };
        seen.set(stream, next);
        return next;
      },
    });
  }
  client.connect(token, { url });
  return { name, seen: () => seen, close: () => client.disconnect() };
};
