import { RoomName, SubscribeInventory, SubscribeNotifications, SubscribeOrder, Typing } from '../contract/commerce.ts';
import { onClientEvent } from '../websocket/clientEvents.ts';
import { subscribe, unsubscribe } from '../websocket/subscriptions.ts';
import { joinRoom, leaveRoom, setTyping } from './customRooms.ts';
import { notificationKind } from './notifications.ts';
import { orderKind } from './orders.ts';
import { productKind, productViews } from './stock.ts';

/** Following orders, stock and one's own notifications; rooms and typing. */

onClientEvent('/', 'subscribe_notifications', SubscribeNotifications, async (socket, request, reply) => ({
  ...(await subscribe(socket, notificationKind, '', request?.since, 'Notifications', reply)),
}));

onClientEvent('/', 'subscribe_order', SubscribeOrder, async (socket, { orderId, since }, reply) => ({
  orderId,
  ...(await subscribe(socket, orderKind, orderId, since, 'Order', reply)),
}));
onClientEvent('/', 'unsubscribe_order', SubscribeOrder, (socket, { orderId }) => {
  unsubscribe(socket, orderKind, orderId);
  return { orderId };
});

onClientEvent('/', 'subscribe_inventory', SubscribeInventory, async (socket, { productId, since }, reply) => ({
  productId,
  ...(await subscribe(socket, productKind, productId, since, 'Product', reply)),
}));
onClientEvent('/', 'unsubscribe_inventory', SubscribeInventory, (socket, { productId }) => {
  unsubscribe(socket, productKind, productId, productViews(socket.data.user));
  return { productId };
});

onClientEvent('/', 'join_room', RoomName, async (socket, room) => {
  await joinRoom(socket, room);
  return { room };
});
onClientEvent('/', 'leave_room', RoomName, (socket, room) => {
  leaveRoom(socket, room);
  return { room };
});
onClientEvent('/', 'typing', Typing, (socket, { roomId, isTyping }) => {
  setTyping(socket, roomId, isTyping);
  return { roomId };
});
