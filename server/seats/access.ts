import type { User } from '../contract/auth.ts';
import type { DurableEvent, Role } from '../contract/common.ts';
import { badRequest, forbidden, notFound } from '../platform/errors.ts';
import { companyAudience, registerTopic } from '../websocket/rooms.ts';
import { registerStream } from '../websocket/streams.ts';
import { readRoutes, readSeatMaps } from './routeStore.ts';

/**
 * Departures and which of their seats are free are open to everybody who signs in, to guests where NAMESPACES_PUBLIC
 * says so. A ticket is its owner's and the staff's of the departure's company.
 */

export const NAMESPACE = '/seats';
const TOPIC = 'seats';
const STAFF: Role[] = ['super_admin', 'admin', 'operator', 'agent'];
/** Who takes money and decides about other people's tickets. */
const DESK: Role[] = ['super_admin', 'admin', 'agent'];
registerTopic(TOPIC, STAFF, NAMESPACE);

export const routeStream = (routeId: string) => `route:${routeId}`;
const roomOf = (routeId: string, view: string) => (view === 'public' ? `route:${routeId}/public` : `route:${routeId}`);
/** Who looks at a departure and may see all of its events; guests have a room of their own. */
export const routeRoom = (routeId: string) => roomOf(routeId, 'full');
/** The people of a company who sell its seats. */
export const seatsAudience = (companyId: string): string[] => companyAudience(companyId, TOPIC);

/** The companies whose tickets a user may read besides their own: all, one, or none. */
export const companyScope = (user: User): 'all' | string | null => {
  if (user.role === 'super_admin') return 'all';
  return STAFF.includes(user.role) ? user.companyId : null;
};

export const isStaffOf = (user: User, companyId: string): boolean => {
  const scope = companyScope(user);
  return scope === 'all' || scope === companyId;
};
const isDeskOf = (user: User, companyId: string): boolean => DESK.includes(user.role) && isStaffOf(user, companyId);

type Owned = { userId: string; companyId: string };
export const mayRead = (user: User, { userId, companyId }: Owned): boolean =>
  (user.role !== 'guest' && user.id === userId) || isStaffOf(user, companyId);

/** Throws FORBIDDEN unless the user decides about tickets of this company; for those who may read the ticket. */
export const requireDesk = (user: User, companyId: string): void => {
  if (!isDeskOf(user, companyId)) throw forbidden('Only agents and admins of the bus company may do this');
};
export const isDesk = (user: User): boolean => DESK.includes(user.role);

/** Its owner or the desk: who may extend, pay for and cancel a ticket that they may read. */
export const requireOwnerOrDesk = (user: User, { userId, companyId }: Owned): void => {
  if (user.id !== userId) requireDesk(user, companyId);
};

/** Throws FORBIDDEN for roles that do not run departures at all. */
export const requireStaff = (user: User): void => {
  if (!STAFF.includes(user.role)) throw forbidden();
};

/** Throws NOT_FOUND for staff of another company, FORBIDDEN for those who are nobody's staff. */
export const requireStaffOf = (user: User, companyId: string): void => {
  requireStaff(user);
  if (!isStaffOf(user, companyId)) throw notFound('Departure');
};

/** The company a new departure belongs to: the caller's, or the one a caller without a company names. */
export const companyFor = (user: User, named: string | undefined): string => {
  const companyId = user.companyId ?? named;
  if (!companyId)
    throw badRequest('companyId: name the company this belongs to', [{ path: 'companyId', message: 'Required' }]);
  return companyId;
};

/** A guest sees that a seat changed and until when it is held: no ticket, and no reason that staff wrote. */
const forGuests = (event: DurableEvent): DurableEvent => {
  const { expiresAt } = event.metadata as { expiresAt?: string };
  return { ...event, ticketId: null, metadata: expiresAt === undefined ? {} : { expiresAt } };
};

export const viewOf = (user: User) => (user.role === 'guest' ? 'public' : 'full');
/** One event as a user may see it. */
export const asSeenBy = (user: User, event: DurableEvent): DurableEvent =>
  viewOf(user) === 'public' ? forGuests(event) : event;

export const routeKind = registerStream({
  prefix: 'route',
  namespace: NAMESPACE,
  room: roomOf,
  views: ['public'],
  redact: (event, view) => (view === 'public' ? forGuests(event) : event),
  authorize: async (user, ids) => new Map([...(await readSeatMaps(ids)).keys()].map((id) => [id, viewOf(user)])),
  companyOf: async (id) => (await readRoutes([id]))[0]?.companyId,
  snapshots: (_user, ids) => readSeatMaps(ids),
  audience: async (id) => ((await readSeatMaps([id])).has(id) ? [routeRoom(id)] : null),
});
