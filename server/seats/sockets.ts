import { GetSeatAvailability, ServerTime, SubscribeRoute, UnsubscribeRoute } from '../contract/seats.ts';
import { query } from '../platform/database.ts';
import { onClientEvent } from '../websocket/clientEvents.ts';
import { subscribe, unsubscribe } from '../websocket/subscriptions.ts';
import { NAMESPACE, routeKind } from './access.ts';
import { getSeatMap } from './routeStore.ts';

/** Following the seats of a departure. Old clients listen for events instead of reading acks: they get both. */

const now = () => new Date().toISOString();

onClientEvent(NAMESPACE, 'subscribe_route', SubscribeRoute, async (socket, { routeId, since }, reply) => {
  const subscribed = await subscribe(socket, routeKind, routeId, since, 'Departure', reply);
  const { version } = subscribed;
  reply.afterAck((succeeded) => {
    if (succeeded) socket.emit('subscribed', { type: 'subscribed', timestamp: now(), routeId, version });
  });
  return { routeId, ...subscribed };
});

onClientEvent(NAMESPACE, 'unsubscribe_route', UnsubscribeRoute, (socket, { routeId }, reply) => {
  unsubscribe(socket, routeKind, routeId, ['full', 'public']);
  reply.afterAck(() => socket.emit('unsubscribed', { type: 'unsubscribed', timestamp: now(), routeId }));
  return { routeId };
});

onClientEvent(NAMESPACE, 'get_seat_availability', GetSeatAvailability, async (socket, { routeId }, reply) => {
  const seats = await getSeatMap(routeId);
  reply.afterAck(() => socket.emit('seat_availability', { type: 'seat_availability', timestamp: now(), ...seats }));
  return seats;
});

// Holds end by the database's clock, which need not be this machine's.
onClientEvent(NAMESPACE, 'server_time', ServerTime, async () => {
  const [row] = await query<{ now: Date }>('select clock_timestamp() as now');
  return { timestamp: row!.now.toISOString() };
});
