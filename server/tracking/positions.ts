import type { User } from '../contract/auth.ts';
import type { ParcelLocation } from '../contract/tracking.ts';
import { FINAL_STATUSES, type Fix, type LocationsAccepted } from '../contract/tracking.ts';
import { config } from '../platform/config.ts';
import { afterCommit } from '../platform/database.ts';
import { conflict, forbidden, notFound } from '../platform/errors.ts';
import { isRiderOf, isStaffOf, viewOf } from './access.ts';
import { forgetParcels } from './cache.ts';
import { type Estimate, estimate, isMoving, isWorthTelling } from './eta.ts';
import { START, type State, takeAll } from './filters.ts';
import { metersBetween } from './geo.ts';
import {
  insertPoints,
  type Located,
  lockLocated,
  type NewPoint,
  readWindows,
  writeForecasts,
  writePositions,
} from './pointStore.ts';
import { emitRidersApproaching, tellEta, tellLocation } from './trackingEvents.ts';

/** Takes fixes of many parcels in one transaction, with a number of statements that does not grow with theirs. */

type Reported = Fix & { sequence?: number | null | undefined };
export type Report = {
  user: User;
  awb: string;
  deviceId: string | null;
  fixes: Reported[];
  source?: ParcelLocation['source'];
};
export type Outcome = LocationsAccepted | Error;

/** A clock this far ahead is wrong, in ms: what it says lies in the future would hide all that follows. */
const AHEAD_MS = 60_000;

let received = 0;
/** What tells a fix from another: the device's own count, else the moment it names, else that it came. */
const keyOf = (user: User, deviceId: string | null, fix: Reported): string => {
  const device = `${user.id}/${deviceId ?? ''}`;
  if (fix.sequence != null) return `${device}#${fix.sequence}`;
  if (fix.recordedAt) return `${device}@${fix.recordedAt}/${fix.lat}/${fix.long}`;
  received += 1;
  return `${device}!${process.pid}-${Date.now()}-${received}`;
};

const toLocation = (fix: Reported, source: ParcelLocation['source'], now: string): ParcelLocation => {
  const { lat, long, heading, speed, accuracy, recordedAt } = fix;
  const believable = recordedAt && Date.parse(recordedAt) <= Date.parse(now) + AHEAD_MS ? recordedAt : now;
  return {
    lat,
    long,
    ...(heading != null && { heading }),
    ...(speed != null && { speed }),
    ...(accuracy != null && { accuracy }),
    recordedAt: believable,
    source,
  };
};

/** Why a report is refused; undefined when it is not. */
const refusal = ({ user }: Report, parcel: Located | undefined, points: NewPoint[]): Error | undefined => {
  if (!parcel || viewOf(user, parcel) === undefined) return notFound('Parcel');
  if (!isStaffOf(user, parcel) && !isRiderOf(user, parcel))
    return forbidden('Only the assigned rider and staff report where a parcel is');
  // What was recorded before the end belongs to the trail, however late it comes.
  if (FINAL_STATUSES.includes(parcel.status) && points.every(({ fix }) => fix.recordedAt > parcel.statusChangedAt))
    return conflict(`The parcel is ${parcel.status}; nothing follows`);
  return undefined;
};

const inOrder = (a: NewPoint, b: NewPoint) =>
  a.fix.recordedAt < b.fix.recordedAt ? -1 : a.fix.recordedAt > b.fix.recordedAt ? 1 : a.key < b.key ? -1 : 1;

type Moved = { parcel: Located; location: ParcelLocation; state: State; forecast: Estimate | undefined; near: boolean };

/** What became of a parcel when `added` (not empty) joined its trail; `trail` is read only when one of them came late. */
const settle = (parcel: Located, added: NewPoint[], trail: ParcelLocation[] | undefined): Moved => {
  const fixes = added.toSorted(inOrder).map(({ fix }) => fix);
  const { state } = trail ? takeAll(START, trail) : takeAll(parcel.state, fixes);
  const location = state.good!;
  const destination = parcel.destination?.lat == null ? null : parcel.destination;
  const forecast = isMoving(parcel.status) ? estimate(state, destination) : undefined;
  const distance = destination ? metersBetween(location, destination as { lat: number; long: number }) : null;
  const near =
    parcel.status === 'OUT_FOR_DELIVERY' &&
    !parcel.approached &&
    distance !== null &&
    distance <= config.APPROACH_METERS;
  return { parcel, location, state, forecast, near };
};

const isNewer = ({ parcel, location }: Moved) =>
  parcel.location === null || location.recordedAt > parcel.location.recordedAt;

/** Stores and tells what moved. */
const apply = async (moved: Moved[]): Promise<void> => {
  await writePositions(moved.map(({ parcel, location, state }) => ({ awb: parcel.awb, location, state })));
  const forecasts = moved.filter(
    (one) =>
      isNewer(one) &&
      one.forecast &&
      one.parcel.etaSource !== 'staff' &&
      isWorthTelling(one.parcel.eta, one.forecast.eta),
  );
  const near = moved.filter((one) => one.near && isNewer(one));
  const told = new Set(forecasts);
  const changed = new Set([...forecasts, ...near]);
  if (changed.size > 0)
    await writeForecasts(
      [...changed].map((one) => ({
        awb: one.parcel.awb,
        eta: told.has(one) ? one.forecast!.eta : null,
        approached: one.near,
      })),
    );
  await emitRidersApproaching(
    near.map(({ parcel, location, forecast }) => ({
      parcel,
      distanceMeters: Math.round(metersBetween(location, parcel.destination as { lat: number; long: number })),
      minutes: forecast?.minutes ?? 0,
    })),
  );
  afterCommit(() => {
    forgetParcels(moved.map(({ parcel }) => parcel.awb));
    // A late fix joins the trail; the marker that everybody sees never goes back.
    for (const one of moved) if (isNewer(one)) tellLocation(one.parcel, one.location);
    for (const { parcel, forecast } of forecasts) tellEta(parcel, forecast!);
  });
};

/**
 * Takes reports inside a transaction. Answers one outcome a report: what was accepted, or why not. Each parcel's row
 * stays locked until the end, so nodes agree on what came first.
 */
export const takeReports = async (reports: Report[]): Promise<Outcome[]> => {
  const parcels = await lockLocated([...new Set(reports.map(({ awb }) => awb))].sort());
  const now = new Date().toISOString();
  const prepared = reports.map((report) => {
    const { user, awb, deviceId, fixes } = report;
    const source = report.source ?? (user.role === 'rider' ? 'rider' : 'staff');
    const points = fixes.map((fix) => ({
      awb,
      key: keyOf(user, deviceId, fix),
      receivedAt: now,
      fix: toLocation(fix, source, now),
    }));
    return { points, fault: refusal(report, parcels.get(awb), points) };
  });
  const accepted = prepared.filter(({ fault }) => !fault).flatMap(({ points }) => points);
  const added = accepted.length > 0 ? await insertPoints(accepted) : new Map<string, Set<string>>();
  const fresh = new Map<string, NewPoint[]>();
  for (const point of accepted) {
    // A key that stands twice in one statement was stored once.
    if (!added.get(point.awb)?.delete(point.key)) continue;
    const points = fresh.get(point.awb);
    if (points) points.push(point);
    else fresh.set(point.awb, [point]);
  }
  const late = [...fresh].flatMap(([awb, points]) => {
    const { newestAt } = parcels.get(awb)!.state;
    return newestAt !== null && points.some(({ fix }) => fix.recordedAt <= newestAt) ? [awb] : [];
  });
  const trails = late.length > 0 ? await readWindows(late) : new Map<string, ParcelLocation[]>();
  const moved = [...fresh].map(([awb, points]) => settle(parcels.get(awb)!, points, trails.get(awb)));
  if (moved.length > 0) await apply(moved);
  const where = new Map(moved.map(({ parcel, location }) => [parcel.awb, location]));
  return prepared.map(({ points, fault }, n) => {
    if (fault) return fault;
    const { awb } = reports[n]!;
    const mine = new Set(points);
    const count = fresh.get(awb)?.filter((point) => mine.has(point)).length ?? 0;
    const location = where.get(awb) ?? parcels.get(awb)!.location;
    return { awb, accepted: count, duplicates: points.length - count, location };
  });
};
