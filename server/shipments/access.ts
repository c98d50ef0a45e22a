import type { User } from '../contract/auth.ts';
import type { Role } from '../contract/common.ts';
import type { Shipment } from '../contract/shipments.ts';
import { batched } from '../platform/batch.ts';
import { badRequest, forbidden } from '../platform/errors.ts';
import { companyAudience, registerTopic } from '../websocket/rooms.ts';
import { registerStream } from '../websocket/streams.ts';
import { findCompany, findShipments } from './store.ts';

/** Who may see and change shipments. One place for HTTP and sockets alike. */

const STAFF: Role[] = ['super_admin', 'admin', 'operator', 'inspector'];
const TOPIC = 'shipments';
registerTopic(TOPIC, STAFF);

export const shipmentStream = (shipmentId: string) => `shipment:${shipmentId}`;
export const shipmentRoom = (shipmentId: string) => `shipment:${shipmentId}`;

/** Which shipments a user may read, as SQL sees it. `none`: their role has no part in shipments. */
export type Scope =
  | { kind: 'all' }
  | { kind: 'company'; companyId: string }
  | { kind: 'supplier'; supplierId: string }
  | { kind: 'none' };

export const scopeOf = (user: User): Scope => {
  if (user.role === 'super_admin') return { kind: 'all' };
  if (user.role === 'supplier') return { kind: 'supplier', supplierId: user.id };
  if (user.companyId !== null && STAFF.includes(user.role)) return { kind: 'company', companyId: user.companyId };
  return { kind: 'none' };
};

/** Throws FORBIDDEN for roles that have no part in shipments at all. */
export const requirePart = (user: User): void => {
  if (scopeOf(user).kind === 'none') throw forbidden('Your role has no part in shipments');
};

/** Who manages a company's shipments and warehouses; whom they belong to is another question. */
export const isManager = (user: User): boolean => ['super_admin', 'admin', 'operator'].includes(user.role);
export const isInspector = (user: User): boolean => STAFF.includes(user.role);

/** Throws FORBIDDEN; for those who were found to be allowed to read the thing. */
export const requireManager = (user: User): void => {
  if (!isManager(user)) throw forbidden();
};
export const requireInspector = (user: User): void => {
  if (!isInspector(user)) throw forbidden();
};

/** Who adds documents to a shipment they may read: its managers and its supplier. */
export const requireUploader = (user: User): void => {
  if (user.role !== 'supplier') requireManager(user);
};

/** The company a new thing belongs to: the caller's, or the one a caller without a company names. */
export const companyFor = (user: User, named: string | undefined): string => {
  const companyId = user.companyId ?? named;
  if (!companyId)
    throw badRequest('companyId: name the company this belongs to', [{ path: 'companyId', message: 'Required' }]);
  return companyId;
};

/** Everybody who hears of a company's shipments besides those who look at the one. */
export const shipmentsAudience = (companyId: string): string[] => companyAudience(companyId, TOPIC);

/** Rooms that hear what happens to one shipment. */
export const roomsFor = (shipmentId: string, companyId: string): string[] => [
  shipmentRoom(shipmentId),
  ...shipmentsAudience(companyId),
];

const isWithin = (scope: Scope, shipment: Shipment): boolean =>
  scope.kind === 'all' ||
  (scope.kind === 'company' && shipment.companyId === scope.companyId) ||
  (scope.kind === 'supplier' && shipment.supplierId === scope.supplierId);

/** Those whom many sockets ask for in one tick are read once, for all of them, and then sorted by who may see what. */
const load = batched(async (ids) => new Map((await findShipments({ kind: 'all' }, ids)).map((one) => [one.id, one])));

const readable = async (user: User, ids: string[]): Promise<Shipment[]> => {
  const scope = scopeOf(user);
  const found = await load(ids);
  return ids.flatMap((id) => found.get(id) ?? []).filter((shipment) => isWithin(scope, shipment));
};

export const shipmentKind = registerStream({
  prefix: 'shipment',
  namespace: '/',
  room: shipmentRoom,
  presence: true,
  authorize: async (user, ids) => new Map((await readable(user, ids)).map(({ id }) => [id, 'full'])),
  snapshots: async (user, ids) => new Map((await readable(user, ids)).map((shipment) => [shipment.id, shipment])),
  audience: async (id) => {
    const companyId = await findCompany(id);
    return companyId === undefined ? null : roomsFor(id, companyId);
  },
});
