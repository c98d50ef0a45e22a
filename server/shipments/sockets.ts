import { JoinShipment, LeaveShipment } from '../contract/shipments.ts';
import { onClientEvent } from '../websocket/clientEvents.ts';
import { deliverEphemeral } from '../websocket/delivery.ts';
import { listViewers, onPresenceChange } from '../websocket/presence.ts';
import { subscribe, unsubscribe } from '../websocket/subscriptions.ts';
import { readOthers } from '../websocket/viewerStore.ts';
import { shipmentKind, shipmentRoom } from './access.ts';

/** Looking at one shipment: its stream, and who else looks. */

/** More faces than a screen shows; `GET …/viewers` lists all. Otherwise n joins of one room would cost n² lines. */
const MAX_VIEWERS = 100;

onClientEvent('/', 'join:shipment', JoinShipment, async (socket, { shipmentId, since }, reply) => {
  const room = shipmentRoom(shipmentId);
  // Both at once: who joins waits for the slower one only.
  const [subscribed, others] = await Promise.all([
    subscribe(socket, shipmentKind, shipmentId, since, 'Shipment', reply),
    readOthers([room]),
  ]);
  return { shipmentId, ...subscribed, viewers: listViewers(room, others, MAX_VIEWERS) };
});

onClientEvent('/', 'leave:shipment', LeaveShipment, (socket, { shipmentId }) => {
  unsubscribe(socket, shipmentKind, shipmentId);
  return { shipmentId };
});

onPresenceChange(({ room, came, left, count }) => {
  const shipmentId = room.slice(shipmentRoom('').length);
  for (const { userId, username, socketId } of came)
    deliverEphemeral('/', [room], 'user:viewing', { shipmentId, userId, username, socketId, viewersCount: count }, [
      socketId,
    ]);
  for (const { userId, socketId } of left)
    deliverEphemeral('/', [room], 'user:disconnected', { shipmentId, userId, socketId, viewersCount: count }, [
      socketId,
    ]);
});
