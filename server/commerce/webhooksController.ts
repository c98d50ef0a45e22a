import { Router } from 'express';
import { ChangeWebhook, CreateWebhook, DeliveryQuery } from '../contract/commerce.ts';
import { ListQuery } from '../contract/common.ts';
import { userOf } from '../platform/auth.ts';
import { sendCreated, sendVersioned } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { requirePublicUrl } from './webhookAddress.ts';
import {
  changeWebhook,
  deleteWebhook,
  getWebhook,
  insertWebhook,
  listDeliveries,
  listWebhooks,
  replayDelivery,
} from './webhookStore.ts';

export const webhooksRouter = Router();

webhooksRouter.post(
  '/',
  idempotent(async (request, response) => {
    const body = CreateWebhook.parse(request.body);
    requirePublicUrl(body.url);
    const webhook = await insertWebhook(userOf(request), body);
    sendCreated(response, `/api/webhooks/${webhook.id}`, webhook);
  }),
);
webhooksRouter.get('/', async (request, response) => {
  response.json(await listWebhooks(userOf(request), ListQuery.parse(request.query)));
});
webhooksRouter.get('/:id', async (request, response) => {
  sendVersioned(response, await getWebhook(userOf(request), request.params.id));
});
webhooksRouter.patch('/:id', async (request, response) => {
  const body = ChangeWebhook.parse(request.body);
  if (body.url !== undefined) requirePublicUrl(body.url);
  sendVersioned(response, await changeWebhook(userOf(request), request.params.id, body));
});
webhooksRouter.delete('/:id', async (request, response) => {
  await deleteWebhook(userOf(request), request.params.id);
  response.status(204).end();
});
webhooksRouter.get('/:id/deliveries', async (request, response) => {
  const { limit, cursor } = DeliveryQuery.parse(request.query);
  const { id } = await getWebhook(userOf(request), request.params.id);
  response.json(await listDeliveries(id, limit, cursor));
});
webhooksRouter.post('/:id/deliveries/:deliveryId/replay', async (request, response) => {
  const { id } = await getWebhook(userOf(request), request.params.id);
  response.json(await replayDelivery(id, request.params.deliveryId));
});
