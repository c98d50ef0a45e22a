import {
  SubscribeArea,
  SubscribeLocation,
  SubscribeVendor,
  UnsubscribeArea,
  UnsubscribeLocation,
  UnsubscribeVendor,
  UpdateLocation,
  type Vendor,
} from '../contract/vendors.ts';
import { onClientEvent } from '../websocket/clientEvents.ts';
import { registerRawReplies } from '../websocket/rawSocket.ts';
import { subscribe, unsubscribe } from '../websocket/subscriptions.ts';
import { locationKind, requireSelf, vendorKind } from './access.ts';
import { closeArea, prepareArea } from './areas.ts';
import { learnArea, reportLocation } from './changes.ts';
import { findEntry } from './vendorIndex.ts';

/** Following vendors and where they are. One set of handlers: raw frames and Socket.IO events lead here alike. */

registerRawReplies({
  subscribe_location: 'subscribed',
  unsubscribe_location: 'unsubscribed',
  subscribe_vendor: 'subscribed',
  unsubscribe_vendor: 'unsubscribed',
  subscribe_area: 'area',
  unsubscribe_area: 'area',
});

const locationOf = (vendorId: string) => findEntry(vendorId)?.vendor.location ?? null;

onClientEvent('/location', 'subscribe_location', SubscribeLocation, async (socket, { vendorId, userId }, reply) => {
  requireSelf(socket.data.user, userId);
  const { snapshot } = await subscribe(socket, locationKind, vendorId, null, 'Vendor', reply);
  const { location, timestamp } = snapshot as { location: object | null; timestamp: string | null };
  return { vendorId, location, timestamp };
});

onClientEvent('/location', 'unsubscribe_location', UnsubscribeLocation, (socket, { vendorId, userId }) => {
  requireSelf(socket.data.user, userId);
  unsubscribe(socket, locationKind, vendorId);
  return { vendorId, location: locationOf(vendorId) };
});

onClientEvent('/vendor', 'subscribe_vendor', SubscribeVendor, async (socket, { vendorId, userId, since }, reply) => {
  requireSelf(socket.data.user, userId);
  const subscribed = await subscribe(socket, vendorKind, vendorId, since, 'Vendor', reply);
  const snapshot = subscribed.snapshot as Vendor | undefined;
  return { vendorId, location: snapshot ? snapshot.location : locationOf(vendorId), ...subscribed };
});

onClientEvent('/vendor', 'unsubscribe_vendor', UnsubscribeVendor, (socket, { vendorId, userId }) => {
  requireSelf(socket.data.user, userId);
  unsubscribe(socket, vendorKind, vendorId);
  return { vendorId, location: locationOf(vendorId) };
});

onClientEvent('/location', 'subscribe_area', SubscribeArea, async (socket, { bounds }, reply) => {
  await learnArea(socket.data.user, bounds);
  const { vendors, truncated, open } = prepareArea(socket, bounds);
  reply.afterAck((succeeded) => {
    if (succeeded) open();
  });
  return { vendors, truncated };
});

onClientEvent('/location', 'unsubscribe_area', UnsubscribeArea, (socket) => {
  closeArea(socket.id);
  return { vendors: [], truncated: false };
});

onClientEvent(
  '/location',
  'update_location',
  UpdateLocation,
  async (socket, { vendorId, location, recordedAt }) => {
    const at = recordedAt === undefined ? Date.now() : Date.parse(recordedAt);
    const { vendor } = await reportLocation(socket.data.user, vendorId, location, { at });
    return { vendorId, location: vendor.location, timestamp: vendor.locatedAt };
  },
  'location',
);
