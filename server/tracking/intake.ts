import { setTimeout as sleep } from 'node:timers/promises';
import type { LocationsAccepted } from '../contract/tracking.ts';
import { outsideTransaction } from '../platform/database.ts';
import { type Outcome, type Report, storeReports } from './positions.ts';

/**
 * Positions on their way into the database. While one transaction is under way the next is gathered: a thousand riders a
 * second are some dozens of transactions, and a single one waits for nobody. Who reports is answered after the commit.
 */

type Waiting = { report: Report; resolve: (accepted: LocationsAccepted) => void; reject: (error: Error) => void };
type Lane = { waiting: Waiting[]; running: boolean };

/**
 * Two, so that this process has work while the database has. A parcel always takes the same one: what is told of it
 * first is stored first.
 */
const lanes: readonly Lane[] = [
  { waiting: [], running: false },
  { waiting: [], running: false },
];
const laneOf = (awb: string): Lane => lanes[awb.charCodeAt(awb.length - 1) % lanes.length]!;

/**
 * So long, in ms, is gathered after a transaction for the next, unless so many wait already. One that comes alone still
 * waits for nobody; of a thousand a second each would be nearly alone otherwise, with five statements of its own.
 */
const GATHER_MS = 5;
const ENOUGH = 50;

/** Fixes in one transaction; more would make others wait for the locks. */
const MAX_FIXES = 5_000;

const nextGroup = ({ waiting }: Lane): Waiting[] => {
  let fixes = 0;
  let n = 0;
  while (n < waiting.length && (n === 0 || fixes + waiting[n]!.report.fixes.length <= MAX_FIXES)) {
    fixes += waiting[n]!.report.fixes.length;
    n += 1;
  }
  return waiting.splice(0, n);
};

const answer = (group: Waiting[], outcomes: Outcome[]) => {
  group.forEach(({ resolve, reject }, n) => {
    const outcome = outcomes[n]!;
    if (outcome instanceof Error) reject(outcome);
    else resolve(outcome);
  });
};

const work = async (lane: Lane) => {
  lane.running = true;
  while (lane.waiting.length > 0) {
    // What arrives in this tick goes along.
    await new Promise(setImmediate);
    const group = nextGroup(lane);
    try {
      answer(group, await storeReports(group.map(({ report }) => report)));
    } catch (error) {
      for (const { reject } of group) reject(error as Error);
    }
    if (lane.waiting.length < ENOUGH) await sleep(GATHER_MS);
  }
  lane.running = false;
};

/** Takes a report; resolves once it is committed. Throws NOT_FOUND, FORBIDDEN, CONFLICT. */
export const report = (given: Report): Promise<LocationsAccepted> =>
  new Promise((resolve, reject) => {
    const lane = laneOf(given.awb);
    lane.waiting.push({ report: given, resolve, reject });
    // The caller's transaction, if it has one, is not that of the others.
    if (!lane.running) void outsideTransaction(() => work(lane));
  });
