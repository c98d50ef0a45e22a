import { Router } from 'express';
import { z } from 'zod';
import {
  AdjustStock,
  CreateAnnouncement,
  CreateNotification,
  CreateOrder,
  CreateTransfer,
  DigestQuery,
  DigestRequest,
  InventoryQuery,
  NotificationQuery,
  OrderQuery,
  OrderStatusChange,
  PaymentChange,
  SetStock,
  StockHistoryQuery,
  TransferQuery,
  TransferStatusChange,
} from '../contract/commerce.ts';
import { EventsQuery, ListQuery } from '../contract/common.ts';
import { userOf } from '../platform/auth.ts';
import { decodeCursor, ifMatch, sendCreated, sendVersioned, toPage } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { toDurable } from '../websocket/committed.ts';
import { readEvents } from '../websocket/history.ts';
import { notificationStream, orderScope, orderStream, productStream, requirePart, stockScope } from './access.ts';
import { createAnnouncement, listAnnouncements } from './announcements.ts';
import { makeDigest, makeDigestSince } from './digest.ts';
import { createNotification, listNotifications, readAllNotifications, readNotification } from './notifications.ts';
import { getOrder, listOrderHistory, listOrders } from './orderStore.ts';
import { changeOrderStatus, changePayment, createOrder } from './orders.ts';
import { adjustStock, productKind, productViews, readProduct, setStock } from './stock.ts';
import { listStock, listStockHistory } from './stockStore.ts';
import { changeTransfer, createTransfer, getTransfer, listTransfers } from './transfers.ts';

export const ordersRouter = Router();

ordersRouter.post(
  '/',
  idempotent(async (request, response) => {
    const order = await createOrder(userOf(request), CreateOrder.parse(request.body));
    sendCreated(response, `/api/orders/${order.id}`, order);
  }),
);
ordersRouter.get('/', async (request, response) => {
  const scope = orderScope(userOf(request));
  requirePart(scope);
  response.json(await listOrders(scope, OrderQuery.parse(request.query)));
});
ordersRouter.get('/:id', async (request, response) => {
  sendVersioned(response, await getOrder(orderScope(userOf(request)), request.params.id));
});
ordersRouter.patch('/:id/status', async (request, response) => {
  const { status } = OrderStatusChange.parse(request.body);
  sendVersioned(response, await changeOrderStatus(userOf(request), request.params.id, status, ifMatch(request)));
});
ordersRouter.patch('/:id/payment', async (request, response) => {
  const { status } = PaymentChange.parse(request.body);
  sendVersioned(response, await changePayment(userOf(request), request.params.id, status, ifMatch(request)));
});
ordersRouter.get('/:id/timeline', async (request, response) => {
  const { limit, cursor } = ListQuery.parse(request.query);
  const { id } = await getOrder(orderScope(userOf(request)), request.params.id);
  response.json(await listOrderHistory(id, limit, cursor));
});
ordersRouter.get('/:id/events', async (request, response) => {
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const { id } = await getOrder(orderScope(userOf(request)), request.params.id);
  const after = decodeCursor(cursor, z.int()) ?? since;
  const events = await readEvents(orderStream(id), after, limit + 1);
  response.json(toPage(events.map(toDurable), limit, ({ version }) => version));
});

export const inventoryRouter = Router();

inventoryRouter.get('/', async (request, response) => {
  const scope = stockScope(userOf(request));
  requirePart(scope);
  response.json(await listStock(scope, InventoryQuery.parse(request.query)));
});
inventoryRouter.get('/:productId', async (request, response) => {
  sendVersioned(response, await readProduct(userOf(request), request.params.productId));
});
inventoryRouter.put('/:productId', async (request, response) => {
  const body = SetStock.parse(request.body);
  const productId = ProductId.parse(request.params.productId);
  sendVersioned(response, await setStock(userOf(request), productId, body, ifMatch(request)));
});
inventoryRouter.post(
  '/:productId/adjust',
  idempotent(async (request, response) => {
    const body = AdjustStock.parse(request.body);
    const productId = ProductId.parse(request.params.productId);
    sendVersioned(response, await adjustStock(userOf(request), productId, body, ifMatch(request)));
  }),
);
inventoryRouter.get('/:productId/history', async (request, response) => {
  const user = userOf(request);
  const filter = StockHistoryQuery.parse(request.query);
  const product = await readProduct(user, request.params.productId);
  response.json(await listStockHistory(stockScope(user), product, filter));
});
inventoryRouter.get('/:productId/events', async (request, response) => {
  const user = userOf(request);
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const { companyId, productId } = await readProduct(user, request.params.productId);
  const after = decodeCursor(cursor, z.int()) ?? since;
  const events = (await readEvents(productStream(companyId, productId), after, limit + 1)).map(toDurable);
  const { items, nextCursor } = toPage(events, limit, ({ version }) => version);
  const [view] = productViews(user);
  response.json({ items: items.flatMap((event) => productKind.redact!(event, view!) ?? []), nextCursor });
});
/** A new product's id comes from the address. */
const ProductId = z.string().trim().min(1).max(200);

export const transfersRouter = Router();

transfersRouter.post(
  '/',
  idempotent(async (request, response) => {
    const transfer = await createTransfer(userOf(request), CreateTransfer.parse(request.body));
    sendCreated(response, `/api/transfers/${transfer.id}`, transfer);
  }),
);
transfersRouter.get('/', async (request, response) => {
  const scope = stockScope(userOf(request));
  requirePart(scope);
  response.json(await listTransfers(scope, TransferQuery.parse(request.query)));
});
transfersRouter.get('/:id', async (request, response) => {
  sendVersioned(response, await getTransfer(stockScope(userOf(request)), request.params.id));
});
transfersRouter.patch('/:id/status', async (request, response) => {
  const { status } = TransferStatusChange.parse(request.body);
  sendVersioned(response, await changeTransfer(userOf(request), request.params.id, status, ifMatch(request)));
});

export const notificationsRouter = Router();

notificationsRouter.post(
  '/',
  idempotent(async (request, response) => {
    const sent = await createNotification(userOf(request), CreateNotification.parse(request.body));
    sendCreated(response, '/api/notifications', sent);
  }),
);
notificationsRouter.get('/', async (request, response) => {
  response.json(await listNotifications(userOf(request).id, NotificationQuery.parse(request.query)));
});
notificationsRouter.get('/events', async (request, response) => {
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const after = decodeCursor(cursor, z.int()) ?? since;
  const events = await readEvents(notificationStream(userOf(request).id), after, limit + 1);
  response.json(toPage(events.map(toDurable), limit, ({ version }) => version));
});
notificationsRouter.post('/read-all', async (request, response) => {
  response.json(await readAllNotifications(userOf(request).id));
});
notificationsRouter.post('/:id/read', async (request, response) => {
  response.json(await readNotification(userOf(request).id, request.params.id));
});

export const announcementsRouter = Router();

announcementsRouter.post(
  '/',
  idempotent(async (request, response) => {
    const announcement = await createAnnouncement(userOf(request), CreateAnnouncement.parse(request.body));
    sendCreated(response, '/api/announcements', announcement);
  }),
);
announcementsRouter.get('/', async (request, response) => {
  response.json(await listAnnouncements(userOf(request), ListQuery.parse(request.query)));
});

export const digestRouter = Router();
digestRouter.get('/', async (request, response) => {
  response.json(await makeDigestSince(userOf(request), DigestQuery.parse(request.query).since));
});
/** A question, although it is a POST: the streams and versions would not fit into an address. */
digestRouter.post('/', async (request, response) => {
  response.json(await makeDigest(userOf(request), DigestRequest.parse(request.body)));
});
