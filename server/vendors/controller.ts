import { Router } from 'express';
import { z } from 'zod';
import { EventsQuery } from '../contract/common.ts';
import { ChangeVendor, CreateVendor, NearbyQuery, Position, TrailQuery, VendorQuery } from '../contract/vendors.ts';
import { userOf } from '../platform/auth.ts';
import { decodeCursor, ifMatch, sendCreated, sendVersioned, toPage } from '../platform/http.ts';
import { idempotent } from '../platform/idempotency.ts';
import { toDurable } from '../websocket/committed.ts';
import { readEvents } from '../websocket/history.ts';
import { requireOwnerOrStaff, vendorStream } from './access.ts';
import { changeVendor, createVendor, listVendors, nearbyVendors, reportLocation } from './changes.ts';
import { getVendor } from './lookup.ts';
import { listTrail } from './positionStore.ts';
import { writeTrailOf } from './trails.ts';

export const vendorsRouter = Router();

vendorsRouter.post(
  '/',
  idempotent(async (request, response) => {
    const vendor = await createVendor(userOf(request), CreateVendor.parse(request.body));
    sendCreated(response, `/api/vendors/${vendor.id}`, vendor);
  }),
);

vendorsRouter.get('/', async (request, response) => {
  response.json(await listVendors(VendorQuery.parse(request.query)));
});

vendorsRouter.get('/nearby', async (request, response) => {
  const items = await nearbyVendors(userOf(request), NearbyQuery.parse(request.query));
  response.json({ items, nextCursor: null });
});

vendorsRouter.get('/:id', async (request, response) => {
  sendVersioned(response, await getVendor(userOf(request), request.params.id));
});

vendorsRouter.patch('/:id', async (request, response) => {
  const change = ChangeVendor.parse(request.body);
  sendVersioned(response, await changeVendor(userOf(request), request.params.id, change, ifMatch(request)));
});

vendorsRouter.put('/:id/location', async (request, response) => {
  const location = Position.parse(request.body);
  const { vendor } = await reportLocation(userOf(request), request.params.id, location, { now: true });
  sendVersioned(response, vendor);
});

vendorsRouter.get('/:id/trail', async (request, response) => {
  const { day = new Date().toISOString().slice(0, 10), limit, cursor } = TrailQuery.parse(request.query);
  const user = userOf(request);
  const { id, ownerId, companyId } = await getVendor(user, request.params.id);
  // Where somebody is now helps a customer; where they have been all day is their own affair.
  requireOwnerOrStaff(user, { ownerId, companyId });
  await writeTrailOf(id);
  response.json(await listTrail(id, day, limit, cursor));
});

vendorsRouter.get('/:id/events', async (request, response) => {
  const { since, limit, cursor } = EventsQuery.parse(request.query);
  const { id } = await getVendor(userOf(request), request.params.id);
  const after = decodeCursor(cursor, z.int()) ?? since;
  const events = await readEvents(vendorStream(id), after, limit + 1);
  response.json(toPage(events.map(toDurable), limit, ({ version }) => version));
});
