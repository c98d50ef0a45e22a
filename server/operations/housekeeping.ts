import { setTimeout as wait } from 'node:timers/promises';
import { config } from '../platform/config.ts';
import { query, transaction } from '../platform/database.ts';
import { dropOldKeys } from '../platform/idempotency.ts';
import { log } from '../platform/log.ts';
import { mirrorDropped } from '../platform/metrics.ts';
import { dropOldEvents } from '../websocket/retention.ts';

/** Any constant; of several nodes the one that gets this lock cleans. */
const LOCK = 7_240_502;
const EVERY_MS = 10 * 60_000;
/** The lock of a node that died is free at once, of one that froze after 8 s; then this much later somebody has it. */
const LOOK_AGAIN_MS = 1_000;

/** One bounded round. `unseen`: events that were removed before a mirror had taken them. */
type Round = { state: 'more' | 'done' | 'busy'; unseen: Map<string, number> };

const clean = (): Promise<Round> =>
  transaction(async () => {
    const [row] = await query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [LOCK]);
    if (!row!.mine) return { state: 'busy', unseen: new Map() };
    await dropOldKeys();
    const { count, unseen } = await dropOldEvents(config.EVENT_RETENTION_HOURS);
    return { state: count > 0 ? 'more' : 'done', unseen };
  });

/**
 * Removes old events and idempotency keys until nothing is left to remove or `stopped` says so. While another node is at
 * it this one waits, so that it takes over should the other die.
 */
export const removeOld = async (stopped: () => boolean): Promise<void> => {
  const lost = new Map<string, number>();
  try {
    for (let state: Round['state'] = 'more'; state !== 'done' && !stopped(); ) {
      const round = await clean();
      state = round.state;
      for (const [mirror, count] of round.unseen) lost.set(mirror, (lost.get(mirror) ?? 0) + count);
      if (state === 'busy') await wait(LOOK_AGAIN_MS);
    }
  } finally {
    // Once for all that went, however many rounds it took.
    for (const [mirror, events] of lost) {
      mirrorDropped.inc({ mirror, reason: 'too old' }, events);
      log.error({ mirror, events }, 'events were removed by age before a mirror could take them: it has lost them');
    }
  }
};

/** Cleans now and then; the returned function ends that, after the round under way. */
export const startHousekeeping = (): (() => Promise<void>) => {
  let stopped = false;
  let round: Promise<void> | null = null;
  const timer = setInterval(() => {
    round ??= removeOld(() => stopped)
      .catch((error) => log.warn({ err: error }, 'old events could not be removed; trying again later'))
      .finally(() => {
        round = null;
      });
  }, EVERY_MS);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await round;
  };
};
