import type { User } from '../contract/auth.ts';
import type {
  CreateShipment,
  Inspection,
  InspectionStatus,
  Rejection,
  Shipment,
  ShipmentStatus,
} from '../contract/shipments.ts';
import { transaction } from '../platform/database.ts';
import { forbidden } from '../platform/errors.ts';
import { requireVersion } from '../platform/http.ts';
import { readHeads } from '../websocket/history.ts';
import { companyFor, isInspector, isManager, requireManager, scopeOf, shipmentStream } from './access.ts';
import {
  emitInspectionStatusChange,
  emitShipmentCreated,
  emitShipmentRejection,
  emitShipmentStatusChange,
} from './shipmentEvents.ts';
import { previousStatuses, requireStep } from './status.ts';
import * as store from './store.ts';

/** Changes of shipments: row, timeline and event in one transaction. */

/**
 * Holds the caller to the version it decided on, and tells one who may not do this whether there is anything to do it
 * to. Whoever may and names no version is checked by the write itself: one round trip less while others wait.
 */
const check = async (user: User, id: string, expected: number | undefined, mayDoIt: boolean): Promise<void> => {
  if (mayDoIt && expected === undefined) return;
  await store.lockShipment(scopeOf(user), id);
  if (!mayDoIt) throw forbidden();
  const stream = shipmentStream(id);
  requireVersion(expected, (await readHeads([stream])).get(stream)!);
};

/** Takes the step, or says why not. */
const takeStep = async (user: User, id: string, to: ShipmentStatus, note: string | undefined): Promise<Shipment> => {
  const scope = scopeOf(user);
  const step = { to, from: previousStatuses(to), by: user.username, note };
  const moved = await store.setStatus(scope, id, step);
  if (moved) return moved;
  requireStep((await store.lockShipment(scope, id)).status, to);
  // Between the two it came to where the step is allowed; now it is locked.
  return (await store.setStatus(scope, id, step))!;
};

export const createShipment = (user: User, body: CreateShipment): Promise<Shipment> =>
  transaction(async () => {
    requireManager(user);
    const shipment = await store.insertShipment(companyFor(user, body.companyId), user.username, body);
    await emitShipmentCreated(shipment);
    return shipment;
  });

export const changeStatus = (
  user: User,
  id: string,
  { status, note }: { status: ShipmentStatus; note?: string | undefined },
  expected: number | undefined,
): Promise<Shipment> =>
  transaction(async () => {
    await check(user, id, expected, isManager(user));
    const shipment = await takeStep(user, id, status, note);
    const version = await emitShipmentStatusChange(id, shipment, user.username, note);
    return { ...shipment, version };
  });

export const rejectShipment = (
  user: User,
  id: string,
  reason: string,
  expected: number | undefined,
): Promise<Rejection> =>
  transaction(async () => {
    await check(user, id, expected, isManager(user));
    const shipment = await takeStep(user, id, 'rejected', reason);
    const rejection = await store.insertRejection(shipment, reason);
    await emitShipmentStatusChange(id, shipment, user.username);
    await emitShipmentRejection(id, rejection);
    return rejection;
  });

export const changeInspection = (
  user: User,
  id: string,
  { status, notes }: { status: InspectionStatus; notes?: string | null | undefined },
  expected: number | undefined,
): Promise<{ inspection: Inspection; version: number }> =>
  transaction(async () => {
    await check(user, id, expected, isInspector(user));
    const change = { status, notes: notes ?? null, by: user.username };
    const { inspection, companyId } = await store.setInspection(scopeOf(user), id, change);
    const version = await emitInspectionStatusChange(id, inspection, companyId);
    return { inspection, version };
  });
