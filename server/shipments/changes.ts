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
import { requireVersion } from '../platform/http.ts';
import { readHeads } from '../websocket/history.ts';
import { companyFor, requireInspector, requireManager, scopeOf, shipmentStream } from './access.ts';
import {
  emitInspectionStatusChange,
  emitShipmentCreated,
  emitShipmentRejection,
  emitShipmentStatusChange,
} from './shipmentEvents.ts';
import { requireStep } from './status.ts';
import * as store from './store.ts';

/** Changes of shipments: row, timeline and event in one transaction. */

/** Locks the shipment and holds the caller to the version it decided on, if it named one. */
const lock = async (user: User, id: string, expected: number | undefined): Promise<Shipment> => {
  const shipment = await store.lockShipment(scopeOf(user), id);
  if (expected !== undefined) {
    const stream = shipmentStream(id);
    requireVersion(expected, (await readHeads([stream])).get(stream)!);
  }
  return shipment;
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
    const before = await lock(user, id, expected);
    requireManager(user);
    requireStep(before.status, status);
    const shipment = await store.setStatus(before, status, user.username, note);
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
    const before = await lock(user, id, expected);
    requireManager(user);
    requireStep(before.status, 'rejected');
    const shipment = await store.setStatus(before, 'rejected', user.username, reason);
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
    const before = await lock(user, id, expected);
    requireInspector(user);
    const inspection = await store.setInspection(before, status, notes ?? null, user.username);
    const version = await emitInspectionStatusChange(id, inspection, before.companyId);
    return { inspection, version };
  });
