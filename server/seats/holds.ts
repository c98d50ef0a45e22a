import { outsideTransaction, query, transaction } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { atDeparture } from './departure.ts';
import { settleWaitingEvent } from './payments.ts';

/** Ends holds when their time is up, on whichever node looks first. Their time is the database's. */

/** A hold is to end on every screen within a second. */
const EVERY_MS = 250;

/** Ends the overdue holds of one departure that nobody works at. Answers whether there was one. */
const sweepOne = (): Promise<boolean> =>
  transaction(async () => {
    const [due] = await query<{ id: string }>(
      `select r.id from routes r
       where r.id in (select route_id from tickets where status = 'reserved' and expires_at <= now())
       limit 1 for no key update skip locked`,
    );
    // Opening it is what ends them.
    if (due) await atDeparture(due.id, async () => {});
    return due !== undefined;
  });

/** One round: everything that is due by now, and money that waited for its ticket. */
export const sweepHolds = async (): Promise<void> => {
  while (await sweepOne());
  while (await settleWaitingEvent());
};

/** Looks for ended holds now and then; the returned function ends that, after the round under way. */
export const startHolds = (): (() => Promise<void>) => {
  let running: Promise<void> | null = null;
  let failing = false;
  const timer = setInterval(() => {
    running ??= outsideTransaction(sweepHolds)
      .then(
        () => {
          failing = false;
        },
        (error) => {
          if (!failing) log.warn({ err: error }, 'ended holds could not be looked for; trying again');
          failing = true;
        },
      )
      .finally(() => {
        running = null;
      });
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
};
