import type { User } from '../contract/auth.ts';
import type { ParcelLocation } from '../contract/tracking.ts';
import { FINAL_STATUSES, type Fix, type LocationsAccepted } from '../contract/tracking.ts';
import { config } from '../platform/config.ts';
import { afterCommit } from '../platform/database.ts';
import { conflict, forbidden, notFound } from '../platform/errors.ts';
import { isRiderOf, isStaffOf, viewOf } from './access.ts';
import { forgetParcels } from './cache.ts';
import { type Estimate, estimate, isMoving, isWorthTelling } from './eta.ts';
import { START, takeAll } from './filters.ts';
import { metersBetween } from './geo.ts';
import { type Located, lockLocated, writeForecasts, writeMoves } from './pointStore.ts';
import { emitRidersApproaching, tellEta, tellLocation } from './trackingEvents.ts';
import { inOrder, type KeyedFix, keyOf, type NewPoint, readKnown, readWindows, WINDOW } from './trailStore.ts';

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
/** What tells a fix from its device's others: the device's own count, else the moment it names, else that it came. */
const suffixOf = (fix: Reported): string => {
  if (fix.sequence != null) return `#${fix.sequence}`;
  if (fix.recordedAt) return `@${fix.recordedAt}/${fix.lat}/${fix.long}`;
  received += 1;
  return `!${process.pid}-${Date.now()}-${received}`;
};

/** What names a moment after all that were named of this parcel before cannot be a repeat; nor can what has no name. */
const mayBeKnown = ({ told, suffix }: NewPoint, { toldAt, newestAt }: Located['state']): boolean =>
  told === null ? !suffix.startsWith('!') : told <= (toldAt ?? '') || told <= (newestAt ?? '');

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

type Moved = {
  parcel: Located;
  added: NewPoint[];
  location: ParcelLocation;
  state: Located['state'];
  forecast: Estimate | undefined;
  near: boolean;
};

/** The newest moment that was named of a parcel. */
const newestTold = ({ toldAt }: Located['state'], added: NewPoint[]): string | null =>
  added.reduce<string | null>(
    (newest, { told }) => (told !== null && told > (newest ?? '') ? told : newest),
    toldAt ?? null,
  );

/** What became of a parcel when `added` (not empty) joined its trail; `trail` is read only when one of them came late. */
const settle = (parcel: Located, added: NewPoint[], trail: KeyedFix[] | undefined): Moved => {
  const fixes = added.map((point) => ({ key: keyOf(point), fix: point.fix }));
  const all = [...(trail ?? []), ...fixes].sort(inOrder).slice(trail ? -WINDOW : 0);
  const { state: judged } = takeAll(
    trail ? START : parcel.state,
    all.map(({ fix }) => fix),
  );
  const state = { ...judged, toldAt: newestTold(parcel.state, added) };
  const location = state.good!;
  const destination = parcel.destination?.lat == null ? null : parcel.destination;
  const forecast = isMoving(parcel.status) ? estimate(state, destination) : undefined;
  const distance = destination ? metersBetween(location, destination as { lat: number; long: number }) : null;
  const near =
    parcel.status === 'OUT_FOR_DELIVERY' &&
    !parcel.approached &&
    distance !== null &&
    distance <= config.APPROACH_METERS;
  return { parcel, added, location, state, forecast, near };
};

const isNewer = ({ parcel, location }: Moved) =>
  parcel.location === null || location.recordedAt > parcel.location.recordedAt;

/** Stores and tells what moved. */
const apply = async (moved: Moved[]): Promise<void> => {
  await writeMoves(
    moved.flatMap(({ added }) => added),
    moved.map(({ parcel, location, state }) => ({ awb: parcel.awb, location, state })),
  );
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

/** Those that are not in their trails yet, by AWB. The rows' locks keep others from adding the same meanwhile. */
const onlyNew = async (points: NewPoint[], parcels: Map<string, Located>): Promise<Map<string, NewPoint[]>> => {
  const doubtful = points.filter((point) => mayBeKnown(point, parcels.get(point.awb)!.state));
  const known = doubtful.length > 0 ? await readKnown(doubtful) : new Set<string>();
  const fresh = new Map<string, NewPoint[]>();
  for (const point of points) {
    const name = `${point.awb} ${keyOf(point)}`;
    if (known.has(name)) continue;
    known.add(name);
    const those = fresh.get(point.awb);
    if (those) those.push(point);
    else fresh.set(point.awb, [point]);
  }
  return fresh;
};

/**
 * Takes reports inside a transaction. Answers one outcome a report: what was accepted, or why not. Each parcel's row
 * stays locked until the end, so nodes agree on what came first.
 */
export const takeReports = async (reports: Report[]): Promise<Outcome[]> => {
  const parcels = await lockLocated([...new Set(reports.map(({ awb }) => awb))].sort());
  const now = new Date().toISOString();
  const prepared = reports.map((report) => {
    const { user, awb, fixes } = report;
    const source = report.source ?? (user.role === 'rider' ? 'rider' : 'staff');
    const device = `${user.id}/${report.deviceId ?? ''}`;
    const points = fixes.map(
      (reported): NewPoint => ({
        awb,
        device,
        suffix: suffixOf(reported),
        told: reported.recordedAt ?? null,
        fix: toLocation(reported, source, now),
      }),
    );
    return { points, fault: refusal(report, parcels.get(awb), points) };
  });
  const accepted = prepared.filter(({ fault }) => !fault).flatMap(({ points }) => points);
  const fresh = await onlyNew(accepted, parcels);
  const late = [...fresh].flatMap(([awb, points]) => {
    const { newestAt } = parcels.get(awb)!.state;
    return newestAt !== null && points.some(({ fix }) => fix.recordedAt <= newestAt) ? [awb] : [];
  });
  const trails = late.length > 0 ? await readWindows(late) : new Map<string, KeyedFix[]>();
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
