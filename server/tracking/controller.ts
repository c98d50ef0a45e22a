import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { EventsQuery } from '../contract/common.ts';
import {
  AssignRider,
  Awb,
  CreateLink,
  CreateParcel,
  Fix,
  ParcelQuery,
  ParcelStatusChange,
  SetParcelEta,
  TrailQuery,
} from '../contract/tracking.ts';
import { authenticate, authenticateOrGuest, userOf } from '../platform/auth.ts';
import { noteCaller } from '../platform/callers.ts';
import { forbidden, notFound } from '../platform/errors.ts';
import { decodeCursor, ifMatch, sendCreated, sendVersioned, toPage } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { consume, httpLimit } from '../platform/limits.ts';
import { toDurable } from '../websocket/committed.ts';
import { readEvents } from '../websocket/history.ts';
import { getSeen, requireStaff, scopeOf, trackingStream, viewOf } from './access.ts';
import { parseBatch } from './batch.ts';
import { assignRider, changeStatus, createLink, createParcel, endLink, publicOrigin, setEta } from './changes.ts';
import { report } from './intake.ts';
import { listLinks } from './linkStore.ts';
import { proofRouter } from './proofController.ts';
import { listRiders } from './riderStore.ts';
import { listParcels, type StoredSummary } from './store.ts';
import { subscriptionsFor } from './subscriptionStore.ts';
import { readTrail } from './trailStore.ts';
import { eventFor, parcelFor } from './views.ts';

/** Parcels over HTTP. Reading one is open to the bearer of its link, and to guests where NAMESPACES_PUBLIC says so. */
export const trackingRouter = Router();

const authenticateGuests = authenticateOrGuest('/tracking');
const signIn: RequestHandler = (request, response, next) =>
  request.method === 'GET' || request.method === 'HEAD'
    ? authenticateGuests(request, response, next)
    : authenticate(request, response, next);
const knowCaller: RequestHandler = (request, _response, next) => {
  noteCaller(userOf(request), request.ip ?? 'unknown');
  next();
};
trackingRouter.use(signIn, knowCaller, httpLimit);

/** What is no AWB is no parcel's. */
trackingRouter.param('awb', (request, _response, next, value: string) => {
  const parsed = Awb.safeParse(value);
  if (!parsed.success) throw notFound('Parcel');
  request.params.awb = parsed.data;
  next();
});

trackingRouter.post(
  '/',
  idempotent(async (request, response) => {
    const parcel = await createParcel(userOf(request), CreateParcel.parse(request.body));
    sendCreated(response, `/api/tracking/${parcel.awb}`, parcel);
  }),
);

trackingRouter.get('/', async (request, response) => {
  const user = userOf(request);
  const { items, nextCursor } = await listParcels(scopeOf(user), ParcelQuery.parse(request.query));
  const seen = (parcel: StoredSummary) => parcelFor(parcel, viewOf(user, parcel) ?? 'public');
  response.json({ items: items.map(seen), nextCursor });
});

trackingRouter.get('/subscriptions', async (request, response) => {
  const user = userOf(request);
  requireStaff(user);
  response.json({ items: await subscriptionsFor(user) });
});

trackingRouter.get('/riders', async (request, response) => {
  const user = userOf(request);
  requireStaff(user);
  response.json({ items: await listRiders(user.role === 'super_admin' ? null : (user.companyId ?? '')) });
});

trackingRouter.get('/:awb', async (request, response) => {
  const { parcel, view } = await getSeen(userOf(request), request.params.awb);
  sendVersioned(response.set('Cache-Control', 'private, no-cache'), parcelFor(parcel, view));
});

trackingRouter.post(
  '/:awb/status',
  idempotent(async (request, response) => {
    const body = ParcelStatusChange.parse(request.body);
    const awb = String(request.params.awb);
    sendVersioned(response, await changeStatus(userOf(request), awb, body, ifMatch(request)));
  }),
);

trackingRouter.post('/:awb/location', async (request, response) => {
  const user = userOf(request);
  const { awb } = request.params;
  const fix = Fix.parse(request.body);
  await consume('location', `user:${user.id}`);
  response.status(202).json(await report({ user, awb, deviceId: null, fixes: [fix] }));
});

trackingRouter.post('/:awb/locations', async (request, response) => {
  const user = userOf(request);
  const { awb } = request.params;
  const { deviceId, locations } = parseBatch(request.body);
  await consume('location', `user:${user.id}`);
  response.status(202).json(await report({ user, awb, deviceId: deviceId ?? null, fixes: locations }));
});

trackingRouter.put('/:awb/eta', async (request, response) => {
  const { eta } = SetParcelEta.parse(request.body);
  sendVersioned(response, await setEta(userOf(request), request.params.awb, eta, ifMatch(request)));
});

trackingRouter.put('/:awb/rider', async (request, response) => {
  const { riderId } = AssignRider.parse(request.body);
  sendVersioned(response, await assignRider(userOf(request), request.params.awb, riderId, ifMatch(request)));
});

trackingRouter.post(
  '/:awb/links',
  idempotent(async (request, response) => {
    const { expiresInHours } = CreateLink.parse(request.body ?? {});
    const awb = String(request.params.awb);
    const origin = publicOrigin(request.protocol, request.get('host'));
    const link = await createLink(userOf(request), awb, expiresInHours, origin);
    sendCreated(response.set('Cache-Control', 'no-store'), `/api/tracking/${awb}/links/${link.id}`, link);
  }),
);

trackingRouter.get('/:awb/links', async (request, response) => {
  const { parcel, view } = await getSeen(userOf(request), request.params.awb);
  if (view !== 'full') throw forbidden();
  response.json({ items: await listLinks(parcel.awb), nextCursor: null });
});

trackingRouter.delete('/:awb/links/:id', async (request, response) => {
  await endLink(userOf(request), request.params.awb, request.params.id);
  response.status(204).end();
});

trackingRouter.get('/:awb/trail', async (request, response) => {
  const { limit, cursor } = TrailQuery.parse(request.query);
  const { parcel, view } = await getSeen(userOf(request), request.params.awb);
  if (view !== 'full' && view !== 'rider') throw forbidden('A trail says where a rider was all day');
  response.json(await readTrail(parcel.awb, limit, cursor));
});

trackingRouter.get('/:awb/events', async (request, response) => {
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const { parcel, view } = await getSeen(userOf(request), request.params.awb);
  const events = await readEvents(trackingStream(parcel.awb), decodeCursor(cursor, z.int()) ?? since, limit + 1);
  const page = toPage(events.map(toDurable), limit, ({ version }) => version);
  response.json({ ...page, items: page.items.map((event) => eventFor(event, view)) });
});

trackingRouter.use(proofRouter);
