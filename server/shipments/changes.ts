import type { User } from '../contract/auth.ts';
import type {
  CreateShipment,
  Inspection,
  InspectionStatus,
  Rejection,
  Shipment,
  ShipmentStatus,
} from '../contract/shipments.ts';
import { commitBehind, transaction } from '../platform/database.ts';
import { forbidden, notFound } from '../platform/errors.ts';
import { grouped, LOCKED, type Outcome } from '../platform/grouped.ts';
import { requireVersion } from '../platform/http.ts';
import { readHeads } from '../websocket/history.ts';
import { companyFor, isInspector, isManager, requireManager, scopeOf, shipmentStream } from './access.ts';
import {
  emitInspectionStatusChange,
  emitInspectionStatusChanges,
  emitShipmentCreated,
  emitShipmentRejection,
  emitShipmentStatusChange,
  emitShipmentStatusChanges,
} from './shipmentEvents.ts';
import { impossibleStep, previousStatuses } from './status.ts';
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

type StatusChange = { user: User; id: string; status: ShipmentStatus; note?: string | undefined };
type InspectionChange = { user: User; id: string; status: InspectionStatus; notes: string | null };

const absent = (patient: boolean) => (patient ? notFound('Shipment') : LOCKED);

/** Takes steps of different shipments. What was not moved has its error instead. */
const takeSteps = async (changes: StatusChange[], patient: boolean): Promise<Outcome<Shipment>[]> => {
  const found = await store.setStatuses(
    changes.map(({ user, id, status, note }) => ({
      scope: scopeOf(user),
      id,
      to: status,
      from: previousStatuses(status),
      by: user.username,
      note,
    })),
    patient,
  );
  return changes.map(({ id, status }) => {
    const one = found.get(id);
    if (!one) return absent(patient);
    return one.moved ? one.shipment : impossibleStep(one.shipment.status, status);
  });
};

/** Takes one step inside a transaction, or throws why not. */
const takeStep = async (change: StatusChange): Promise<Shipment> => {
  const [outcome] = await takeSteps([change], true);
  if (outcome instanceof Error) throw outcome;
  return outcome as Shipment;
};

const changeStatuses = grouped<StatusChange, Shipment>(
  ({ id }) => id,
  async (changes, { patient, last }) => {
    const outcomes = await takeSteps(changes, patient);
    const moved = changes.flatMap(({ user, note }, n) => {
      const shipment = outcomes[n]!;
      return shipment === LOCKED || shipment instanceof Error ? [] : [{ shipment, changedBy: user.username, note }];
    });
    const telling = emitShipmentStatusChanges(moved);
    if (last) commitBehind();
    const versions = await telling;
    return outcomes.map((one) =>
      one === LOCKED || one instanceof Error ? one : { ...one, version: versions.get(one.id)! },
    );
  },
);

const inspect = (changes: InspectionChange[], patient: boolean) =>
  store.setInspections(
    changes.map(({ user, ...change }) => ({ scope: scopeOf(user), by: user.username, ...change })),
    patient,
  );

const changeInspections = grouped<InspectionChange, { inspection: Inspection; version: number }>(
  ({ id }) => id,
  async (changes, { patient, last }) => {
    const outcomes = await inspect(changes, patient);
    const made = outcomes.filter((one) => one !== undefined);
    const telling = emitInspectionStatusChanges(made);
    if (last) commitBehind();
    const versions = await telling;
    return outcomes.map((one) =>
      one ? { inspection: one.inspection, version: versions[made.indexOf(one)]! } : absent(patient),
    );
  },
  { folds: true },
);

export const createShipment = (user: User, body: CreateShipment): Promise<Shipment> =>
  transaction(async () => {
    requireManager(user);
    const shipment = await store.insertShipment(companyFor(user, body.companyId), user.username, body);
    await emitShipmentCreated(shipment);
    return shipment;
  });

export const changeStatus = async (
  user: User,
  id: string,
  { status, note }: { status: ShipmentStatus; note?: string | undefined },
  expected: number | undefined,
): Promise<Shipment> => {
  const change = { user, id, status, note };
  if (isManager(user) && expected === undefined) return changeStatuses(change);
  return transaction(async () => {
    await check(user, id, expected, isManager(user));
    const shipment = await takeStep(change);
    const version = await emitShipmentStatusChange(id, shipment, user.username, note);
    return { ...shipment, version };
  });
};

export const rejectShipment = (
  user: User,
  id: string,
  reason: string,
  expected: number | undefined,
): Promise<Rejection> =>
  transaction(async () => {
    await check(user, id, expected, isManager(user));
    const shipment = await takeStep({ user, id, status: 'rejected', note: reason });
    const rejection = await store.insertRejection(shipment, reason);
    await emitShipmentStatusChange(id, shipment, user.username);
    await emitShipmentRejection(id, rejection);
    return rejection;
  });

export const changeInspection = async (
  user: User,
  id: string,
  { status, notes }: { status: InspectionStatus; notes?: string | null | undefined },
  expected: number | undefined,
): Promise<{ inspection: Inspection; version: number }> => {
  const change = { user, id, status, notes: notes ?? null };
  if (isInspector(user) && expected === undefined) return changeInspections(change);
  return transaction(async () => {
    await check(user, id, expected, isInspector(user));
    const [made] = await inspect([change], true);
    const { inspection, companyId } = made!;
    const version = await emitInspectionStatusChange(id, inspection, companyId);
    return { inspection, version };
  });
};
