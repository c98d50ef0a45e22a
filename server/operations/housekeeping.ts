import { config } from '../platform/config.ts';
import { query, transaction } from '../platform/database.ts';
import { dropOldKeys } from '../platform/idempotency.ts';
import { log } from '../platform/log.ts';
import { dropOldEvents } from '../websocket/history.ts';

/** Any constant; of several nodes the one that gets this lock cleans. */
const LOCK = 7_240_502;
const EVERY_MS = 10 * 60_000;

/** One bounded round. Answers whether there may be more to remove. */
const clean = (): Promise<boolean> =>
  transaction(async () => {
    const [row] = await query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [LOCK]);
    if (!row!.mine) return false;
    await dropOldKeys();
    return (await dropOldEvents(config.EVENT_RETENTION_HOURS)) > 0;
  });

/** Removes old events and idempotency keys now and then; the returned function ends that, after the round under way. */
export const startHousekeeping = (): (() => Promise<void>) => {
  let stopped = false;
  let round: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    round = (async () => {
      try {
        while (!stopped && (await clean()));
      } catch (error) {
        log.warn({ err: error }, 'old events could not be removed; trying again later');
      }
    })();
  }, EVERY_MS);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await round;
  };
};
