import { auth } from './auth.ts';
import { commerce } from './commerce.ts';
import { connection } from './connection.ts';
import { operations } from './operations.ts';
import { seats } from './seats.ts';
import { shipments } from './shipments.ts';
import { tracking } from './tracking.ts';
import type { Domain } from './types.ts';
import { vendors } from './vendors.ts';

/** Everything that the documents tell, in the order in which they tell it. */
export const domains: Domain[] = [connection, auth, shipments, tracking, seats, commerce, vendors, operations];

export const schemas = Object.assign({}, ...domains.map((domain) => domain.schemas)) as Domain['schemas'];
export const routes = domains.flatMap((domain) => domain.routes.map((route) => ({ ...route, tag: domain.tag })));
export const channels = domains.flatMap((domain) => domain.channels);
export const clientEvents = domains.flatMap((domain) =>
  domain.clientEvents.map((event) => ({ ...event, tag: domain.tag })),
);
export const serverEvents = domains.flatMap((domain) =>
  domain.serverEvents.map((event) => ({ ...event, tag: domain.tag })),
);
