import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { User } from '../contract/auth.ts';
import { EventsQuery, ListQuery } from '../contract/common.ts';
import { CancelRoute, CreateRoute, JoinWaiting, RouteQuery } from '../contract/seats.ts';
import { authenticate, authenticateOrGuest, userOf } from '../platform/auth.ts';
import { unauthenticated } from '../platform/errors.ts';
import { decodeCursor, ifMatch, sendCreated, sendVersioned, toPage } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { toDurable } from '../websocket/committed.ts';
import { readEvents } from '../websocket/history.ts';
import { asSeenBy, isStaffOf, NAMESPACE, routeStream } from './access.ts';
import { cancelRoute, createRoute, joinWaiting, quitWaiting } from './departures.ts';
import { gtfsRouter } from './gtfsController.ts';
import { getRoute, getSeatMap, listRoutes } from './routeStore.ts';
import { listWaiting } from './waitingStore.ts';

/** Reading departures may be open to guests; everything else needs a token. */
const guestsOrUsers = authenticateOrGuest(NAMESPACE);
export const routesAccess: RequestHandler = (request, response, next) =>
  (request.method === 'GET' || request.method === 'HEAD' ? guestsOrUsers : authenticate)(request, response, next);

/** For reading what only somebody who signed in can have. */
const signedIn = (request: Request): User => {
  const user = userOf(request);
  if (user.role === 'guest') throw unauthenticated('Authentication required');
  return user;
};

export const routesRouter = Router();
routesRouter.use(gtfsRouter);

routesRouter.post(
  '/',
  idempotent(async (request, response) => {
    const route = await createRoute(userOf(request), CreateRoute.parse(request.body));
    sendCreated(response, `/api/routes/${route.id}`, route);
  }),
);

routesRouter.get('/', async (request, response) => {
  response.json(await listRoutes(RouteQuery.parse(request.query)));
});

routesRouter.get('/:id', async (request, response) => {
  sendVersioned(response, await getRoute(request.params.id));
});

routesRouter.get('/:id/seats', async (request, response) => {
  sendVersioned(response, await getSeatMap(request.params.id));
});

routesRouter.get('/:id/events', async (request, response) => {
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const user = userOf(request);
  const { id } = await getRoute(request.params.id);
  const after = decodeCursor(cursor, z.int()) ?? since;
  const events = await readEvents(routeStream(id), after, limit + 1);
  response.json(
    toPage(
      events.map((event) => asSeenBy(user, toDurable(event))),
      limit,
      ({ version }) => version,
    ),
  );
});

routesRouter.post('/:id/cancel', async (request, response) => {
  const { reason } = CancelRoute.parse(request.body);
  sendVersioned(response, await cancelRoute(userOf(request), request.params.id, reason, ifMatch(request)));
});

routesRouter.get('/:id/waiting', async (request, response) => {
  const { limit, cursor } = ListQuery.parse(request.query);
  const user = signedIn(request);
  const { id, companyId } = await getRoute(request.params.id);
  response.json(await listWaiting(id, isStaffOf(user, companyId) ? null : user.id, limit, cursor));
});

routesRouter.post(
  '/:id/waiting',
  idempotent(async (request, response) => {
    const id = String(request.params.id);
    const entry = await joinWaiting(userOf(request), id, JoinWaiting.parse(request.body).passengerName);
    sendCreated(response, `/api/routes/${id}/waiting`, entry);
  }),
);

routesRouter.post('/:id/waiting/:waitingId/leave', async (request, response) => {
  const { id, waitingId } = request.params;
  response.json(await quitWaiting(userOf(request), id, waitingId));
});
