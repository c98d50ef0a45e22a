import type { LocationsAccepted } from '../contract/tracking.ts';
import { outsideTransaction, transaction } from '../platform/database.ts';
import { type Outcome, type Report, takeReports } from './positions.ts';

/**
 * Positions on their way into the database. While one transaction is under way the next is gathered: a thousand riders a
 * second are some dozens of transactions, and a single one waits for nobody. Who reports is answered after the commit.
 */

type Waiting = { report: Report; resolve: (accepted: LocationsAccepted) => void; reject: (error: Error) => void };
const waiting: Waiting[] = [];
let running = false;

/** Fixes in one transaction; more would make others wait for the locks. */
const MAX_FIXES = 5_000;

const nextGroup = (): Waiting[] => {
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

const work = async () => {
  running = true;
  while (waiting.length > 0) {
    // What arrives in this tick goes along.
    await new Promise(setImmediate);
    const group = nextGroup();
    try {
      answer(group, await transaction(() => takeReports(group.map(({ report }) => report))));
    } catch (error) {
      for (const { reject } of group) reject(error as Error);
    }
  }
  running = false;
};

/** Takes a report; resolves once it is committed. Throws NOT_FOUND, FORBIDDEN, CONFLICT. */
export const report = (given: Report): Promise<LocationsAccepted> =>
  new Promise((resolve, reject) => {
    waiting.push({ report: given, resolve, reject });
    // The caller's transaction, if it has one, is not that of the others.
    if (!running) void outsideTransaction(work);
  });
