import type { User } from '../contract/auth.ts';
import type { ParcelLocation } from '../contract/tracking.ts';
import { FINAL_STATUSES, type Fix, type LocationsAccepted } from '../contract/tracking.ts';
import { config } from '../platform/config.ts';
import { afterCommit, transaction } from '../platform/database.ts';
import { conflict, forbidden, notFound } from '../platform/errors.ts';
import { isRiderOf, isStaffOf, viewOf } from './access.ts';
import { forgetParcels } from './cache.ts';
import { type Estimate, estimate, isMoving, isWorthTelling } from './eta.ts';
import { START, takeAll } from './filters.ts';
import { metersBetween } from './geo.ts';
import { type Located, lockLocated, writeForecasts, writeMoves, writeMovesOf } from './pointStore.ts';
import { forget, type Remembered, recall, remember } from './remembered.ts';
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

/** `until`: what a device says lies later is not believed. Both are as toISOString writes years of four digits. */
const toLocation = (fix: Reported, source: ParcelLocation['source'], now: string, until: string): ParcelLocation => {
  const { lat, long, heading, speed, accuracy, recordedAt } = fix;
  const location = { lat, long } as ParcelLocation;
  if (heading != null) location.heading = heading;
  if (speed != null) location.speed = speed;
  if (accuracy != null) location.accuracy = accuracy;
  location.recordedAt = recordedAt && recordedAt.length === until.length && recordedAt <= until ? recordedAt : now;
  location.source = source;
  return location;
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
  const all = trail ? [...trail, ...fixes].sort(inOrder).slice(-WINDOW) : fixes.sort(inOrder);
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

const newsOf = (moved: Moved[]) => ({
  forecasts: moved.filter(
    (one) =>
      isNewer(one) &&
      one.forecast &&
      one.parcel.etaSource !== 'staff' &&
      isWorthTelling(one.parcel.eta, one.forecast.eta),
  ),
  near: moved.filter((one) => one.near && isNewer(one)),
});

/** Tells where parcels are, once that is committed. */
const tell = (moved: Moved[]): void => {
  forgetParcels(moved.map(({ parcel }) => parcel.awb));
  // A late fix joins the trail; the marker that everybody sees never goes back.
  for (const one of moved) if (isNewer(one)) tellLocation(one.parcel, one.location);
};

const toMove = ({ parcel, state }: Moved) => ({ awb: parcel.awb, state });

/** As it stands after `moved`, with what its rows' revisions will be. */
const rememberMoved = ({ parcel, location, state }: Moved, position: string): void =>
  remember({ located: { ...parcel, location, state }, revisions: { parcel: parcel.revision, position } });

/** Stores and tells what moved. Answers the revisions of the positions' rows. */
const apply = async (moved: Moved[]): Promise<Map<string, string>> => {
  const revisions = await writeMoves(
    moved.flatMap(({ added }) => added),
    moved.map(toMove),
  );
  const { forecasts, near } = newsOf(moved);
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
    tell(moved);
    for (const { parcel, forecast } of forecasts) tellEta(parcel, forecast!);
  });
  for (const { parcel } of changed) revisions.delete(parcel.awb);
  return revisions;
};

type Prepared = {
  report: Report;
  points: NewPoint[];
  fault: Error | undefined;
  /** How many of the points are new in the trail. */
  accepted: number;
};

/** Points that are not in `known`, nor twice among themselves, by AWB; counts them in their reports. */
const distinct = (prepared: Prepared[], known: Set<string>): Map<string, NewPoint[]> => {
  const fresh = new Map<string, NewPoint[]>();
  for (const one of prepared) {
    const { awb } = one.report;
    const those = fresh.get(awb) ?? [];
    for (const point of one.points) {
      const name = `${awb} ${keyOf(point)}`;
      if (known.has(name)) continue;
      known.add(name);
      those.push(point);
      one.accepted += 1;
    }
    if (those.length > 0) fresh.set(awb, those);
  }
  return fresh;
};

/** Those that are not in their trails yet, by AWB. The rows' locks keep others from adding the same meanwhile. */
const onlyNew = async (accepted: Prepared[], parcels: Map<string, Located>): Promise<Map<string, NewPoint[]>> => {
  const doubtful = accepted.flatMap(({ report, points }) => {
    const { state } = parcels.get(report.awb)!;
    return points.filter((point) => mayBeKnown(point, state));
  });
  return distinct(accepted, doubtful.length > 0 ? await readKnown(doubtful) : new Set());
};

const isLate = ({ fix }: NewPoint, { newestAt }: Located['state']): boolean =>
  newestAt !== null && fix.recordedAt <= newestAt;

const prepare = (reports: Report[], parcels: Map<string, Located>): Prepared[] => {
  const at = Date.now();
  const now = new Date(at).toISOString();
  const until = new Date(at + AHEAD_MS).toISOString();
  return reports.map((report) => {
    const { user, awb, fixes } = report;
    const source = report.source ?? (user.role === 'rider' ? 'rider' : 'staff');
    const device = `${user.id}/${report.deviceId ?? ''}`;
    const points = fixes.map(
      (reported): NewPoint => ({
        awb,
        device,
        suffix: suffixOf(reported),
        told: reported.recordedAt ?? null,
        fix: toLocation(reported, source, now, until),
      }),
    );
    return { report, points, fault: refusal(report, parcels.get(awb), points), accepted: 0 };
  });
};

const outcomeOf = (
  { report: { awb }, points, fault, accepted }: Prepared,
  locations: Map<string, ParcelLocation | null>,
): Outcome => fault ?? { awb, accepted, duplicates: points.length - accepted, location: locations.get(awb) ?? null };

const locationsOf = (parcels: Map<string, Located>, moved: Moved[]): Map<string, ParcelLocation | null> => {
  const locations = new Map([...parcels].map(([awb, { location }]) => [awb, location]));
  for (const { parcel, location } of moved) locations.set(parcel.awb, location);
  return locations;
};

type Taken = { outcomes: Outcome[]; moved: Moved[]; revisions: Map<string, string> };

const take = async (reports: Report[]): Promise<Taken> => {
  const parcels = await lockLocated([...new Set(reports.map(({ awb }) => awb))].sort());
  const prepared = prepare(reports, parcels);
  const fresh = await onlyNew(
    prepared.filter(({ fault }) => !fault),
    parcels,
  );
  const late = [...fresh].flatMap(([awb, points]) => {
    const { state } = parcels.get(awb)!;
    return points.some((point) => isLate(point, state)) ? [awb] : [];
  });
  const trails = late.length > 0 ? await readWindows(late) : new Map<string, KeyedFix[]>();
  const moved = [...fresh].map(([awb, points]) => settle(parcels.get(awb)!, points, trails.get(awb)));
  const revisions = moved.length > 0 ? await apply(moved) : new Map<string, string>();
  const locations = locationsOf(parcels, moved);
  return { outcomes: prepared.map((one) => outcomeOf(one, locations)), moved, revisions };
};

/**
 * Takes reports inside a transaction. Answers one outcome a report: what was accepted, or why not. Each parcel's row
 * stays locked until the end, so nodes agree on what came first.
 */
export const takeReports = async (reports: Report[]): Promise<Outcome[]> => (await take(reports)).outcomes;

/** The same in a transaction of its own, after which nothing else changes the rows: they are remembered. */
const takeAlone = async (reports: Report[]): Promise<Outcome[]> => {
  const { outcomes, moved, revisions } = await transaction(() => take(reports));
  for (const one of moved) {
    const position = revisions.get(one.parcel.awb);
    if (position) rememberMoved(one, position);
    else forget(one.parcel.awb);
  }
  return outcomes;
};

/**
 * Takes those reports that only move parcels which are remembered, in one statement: nothing in them is refused, late, a
 * repeat, or tells of anything but a place. Of the others, and where a row is not what it was, the outcome is absent.
 */
const takeRemembered = async (reports: Report[]): Promise<Map<Report, Outcome>> => {
  const before = new Map<string, Remembered>();
  for (const { awb } of reports) {
    const known = recall(awb);
    if (known) before.set(awb, known);
  }
  const parcels = new Map([...before].map(([awb, { located }]) => [awb, located]));
  const prepared = prepare(
    reports.filter(({ awb }) => parcels.has(awb)),
    parcels,
  );
  const involved = new Set<string>();
  for (const { report, points, fault } of prepared) {
    const { state } = parcels.get(report.awb)!;
    if (fault || points.some((point) => mayBeKnown(point, state) || isLate(point, state))) involved.add(report.awb);
  }
  const plain = prepared.filter(({ report }) => !involved.has(report.awb));
  const fresh = distinct(plain, new Set());
  const settled = [...fresh].map(([awb, points]) => settle(parcels.get(awb)!, points, undefined));
  const { forecasts, near } = newsOf(settled);
  const news = new Set([...forecasts, ...near]);
  const simple = settled.filter((one) => !news.has(one));
  if (simple.length === 0) return new Map();
  const revisions = await writeMovesOf(
    simple.flatMap(({ added }) => added),
    simple.map((one) => ({ ...toMove(one), ...before.get(one.parcel.awb)!.revisions })),
  );
  const moved = simple.filter(({ parcel }) => revisions.has(parcel.awb));
  for (const one of simple) {
    const position = revisions.get(one.parcel.awb);
    if (position) rememberMoved(one, position);
    else forget(one.parcel.awb);
  }
  tell(moved);
  const locations = locationsOf(new Map(), moved);
  return new Map(
    plain.filter(({ report }) => revisions.has(report.awb)).map((one) => [one.report, outcomeOf(one, locations)]),
  );
};

/** Takes reports, outside a transaction. Answers one outcome a report once all are committed. */
export const storeReports = async (reports: Report[]): Promise<Outcome[]> => {
  const taken = await takeRemembered(reports);
  const rest = reports.filter((report) => !taken.has(report));
  // Those that were taken are committed, whatever becomes of these.
  const outcomes = rest.length > 0 ? await takeAlone(rest).catch((error: Error) => rest.map(() => error)) : [];
  let next = 0;
  return reports.map((report) => taken.get(report) ?? outcomes[next++]!);
};
