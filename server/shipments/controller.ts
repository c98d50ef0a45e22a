import { Router } from 'express';
import { z } from 'zod';
import { EventsQuery, ListQuery } from '../contract/common.ts';
import { CreateShipment, Reject, SetInspection, ShipmentQuery, StatusChange } from '../contract/shipments.ts';
import { userOf } from '../platform/auth.ts';
import { decodeCursor, ifMatch, sendCreated, sendVersioned, toPage } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { toDurable } from '../websocket/committed.ts';
import { readEvents } from '../websocket/history.ts';
import { viewersOf } from '../websocket/presence.ts';
import { requirePart, scopeOf, shipmentRoom, shipmentStream } from './access.ts';
import { changeInspection, changeStatus, createShipment, rejectShipment } from './changes.ts';
import { documentsRouter } from './documentsController.ts';
import { importRouter } from './importController.ts';
import { findInspection, getShipment, listShipments } from './store.ts';
import { listTimeline } from './timelineStore.ts';

export const shipmentsRouter = Router();
shipmentsRouter.use(importRouter);
shipmentsRouter.use(documentsRouter);

shipmentsRouter.post(
  '/',
  idempotent(async (request, response) => {
    const shipment = await createShipment(userOf(request), CreateShipment.parse(request.body));
    sendCreated(response, `/api/shipments/${shipment.id}`, shipment);
  }),
);

shipmentsRouter.get('/', async (request, response) => {
  const user = userOf(request);
  requirePart(user);
  response.json(await listShipments(scopeOf(user), ShipmentQuery.parse(request.query)));
});

shipmentsRouter.get('/:id', async (request, response) => {
  sendVersioned(response, await getShipment(scopeOf(userOf(request)), request.params.id));
});

shipmentsRouter.patch('/:id/status', async (request, response) => {
  const body = StatusChange.parse(request.body);
  sendVersioned(response, await changeStatus(userOf(request), request.params.id, body, ifMatch(request)));
});

shipmentsRouter.post(
  '/:id/reject',
  idempotent(async (request, response) => {
    const id = String(request.params.id);
    const rejection = await rejectShipment(userOf(request), id, Reject.parse(request.body).reason, ifMatch(request));
    sendCreated(response, `/api/shipments/${id}/timeline`, rejection);
  }),
);

shipmentsRouter.patch('/:id/inspection', async (request, response) => {
  const body = SetInspection.parse(request.body);
  const { inspection, version } = await changeInspection(userOf(request), request.params.id, body, ifMatch(request));
  response.set('ETag', `"${version}"`).json(inspection);
});

shipmentsRouter.get('/:id/inspection', async (request, response) => {
  const { id } = await getShipment(scopeOf(userOf(request)), request.params.id);
  response.json(await findInspection(id));
});

shipmentsRouter.get('/:id/timeline', async (request, response) => {
  const { limit, cursor } = ListQuery.parse(request.query);
  const { id } = await getShipment(scopeOf(userOf(request)), request.params.id);
  response.json(await listTimeline(id, limit, cursor));
});

shipmentsRouter.get('/:id/viewers', async (request, response) => {
  const { id } = await getShipment(scopeOf(userOf(request)), request.params.id);
  response.json({ items: await viewersOf(shipmentRoom(id)) });
});

shipmentsRouter.get('/:id/events', async (request, response) => {
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const { id } = await getShipment(scopeOf(userOf(request)), request.params.id);
  const after = decodeCursor(cursor, z.int()) ?? since;
  const events = await readEvents(shipmentStream(id), after, limit + 1);
  response.json(toPage(events.map(toDurable), limit, ({ version }) => version));
});
