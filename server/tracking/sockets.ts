import {
  GetTracking,
  ReportLocation,
  SubscribeFleet,
  SubscribeTracking,
  UnsubscribeTracking,
} from '../contract/tracking.ts';
import { onClientEvent } from '../websocket/clientEvents.ts';
import { subscribe, unsubscribe } from '../websocket/subscriptions.ts';
import { fleetRoom, getSeen, requireStaff, trackingKind } from './access.ts';
import { report } from './intake.ts';
import { readFleet } from './store.ts';
import { parcelFor, VIEWS } from './views.ts';

/** Following parcels, one by one or a company's all at once, and telling where one is. */

const NAMESPACE = '/tracking';

onClientEvent(NAMESPACE, 'subscribe-tracking', SubscribeTracking, async (socket, { awb, since }, reply) => ({
  awb,
  ...(await subscribe(socket, trackingKind, awb, since, 'Parcel', reply)),
}));

onClientEvent(NAMESPACE, 'unsubscribe-tracking', UnsubscribeTracking, (socket, { awb }) => {
  unsubscribe(socket, trackingKind, awb, [...VIEWS]);
  return { awb };
});

onClientEvent(NAMESPACE, 'get-tracking', GetTracking, async (socket, { awb }) => {
  const { parcel, view } = await getSeen(socket.data.user, awb);
  return { awb, tracking: parcelFor(parcel, view) };
});

onClientEvent(NAMESPACE, 'subscribe-fleet', SubscribeFleet, async (socket) => {
  const { user } = socket.data;
  requireStaff(user);
  const companyId = user.role === 'super_admin' ? null : (user.companyId ?? '');
  // Before reading: what changes meanwhile is told by an event, and its version says whether the answer has it already.
  await socket.join(fleetRoom(companyId));
  return { parcels: await readFleet(companyId) };
});

onClientEvent(NAMESPACE, 'unsubscribe-fleet', SubscribeFleet, (socket) => {
  const { companyId } = socket.data.user;
  void socket.leave(fleetRoom(null));
  void socket.leave(fleetRoom(companyId ?? ''));
  return {};
});

onClientEvent(
  NAMESPACE,
  'report-location',
  ReportLocation,
  async (socket, { awb, location }) => {
    const { location: now, ...counts } = await report({
      user: socket.data.user,
      awb,
      deviceId: null,
      fixes: [location],
    });
    return { ...counts, location: now };
  },
  'location',
);
