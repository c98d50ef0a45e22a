import { createListeners } from '../utils/emitter.ts';
import type { Unsubscribe } from '../utils/types.ts';
import { openStream } from './sharedStreams.ts';

/** Which shipments this client has joined, counted over all components: the last one to leave leaves the room. */

const counts = new Map<string, number>();
const changed = createListeners<[]>();
let active: readonly string[] = [];

const count = (shipmentId: string, by: 1 | -1) => {
  const now = (counts.get(shipmentId) ?? 0) + by;
  if (now > 0) counts.set(shipmentId, now);
  else counts.delete(shipmentId);
  if (now + (by === 1 ? 0 : 1) !== 1) return;
  active = [...counts.keys()];
  changed.call();
};

// The same functions for every shipment, so that those who only listen to events share what there is to share.
const nothing = () => null;

/** Joins a shipment's room until `leave`. `ready` rejects when the server refuses. */
export const joinRoom = (shipmentId: string): { ready: Promise<void>; leave: Unsubscribe } => {
  const handle = openStream({
    stream: `shipment:${shipmentId}`,
    join: { event: 'join:shipment', payload: { shipmentId } },
    leave: { event: 'leave:shipment', payload: { shipmentId } },
    fromSnapshot: nothing,
    reduce: nothing,
  });
  let left = false;
  count(shipmentId, 1);
  return {
    ready: handle.ready,
    leave: () => {
      if (left) return;
      left = true;
      count(shipmentId, -1);
      handle.close();
    },
  };
};

/** The same array until one is joined or left. */
export const activeShipments = (): readonly string[] => active;
export const onActiveShipments = changed.add;
