import { randomUUID } from 'node:crypto';
import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';

/** This process among those that serve one database. */
export const nodeId = randomUUID();

const BEAT_MS = 5_000;
/** A node that has not been seen for this long is dead; its viewers left. Well within the promised 60 s. */
const DEAD_AFTER_SECONDS = 20;

/** Tells that this node lives, and buries those that do not. A frozen node that wakes up simply registers again. */
export const beat = async (): Promise<void> => {
  await query('insert into nodes (id) values ($1) on conflict (id) do update set seen_at = now()', [nodeId]);
  const dead = await query<{ id: string }>(
    'delete from nodes where seen_at < now() - make_interval(secs => $1) returning id',
    [DEAD_AFTER_SECONDS],
  );
  for (const { id } of dead) log.warn({ node: id }, 'a node is gone');
};

export const startBeating = (onBeat: () => Promise<void>): (() => void) => {
  let running = false;
  const timer = setInterval(async () => {
    if (running) return;
    running = true;
    try {
      await beat();
      await onBeat();
    } catch (error) {
      log.warn({ err: error }, 'could not tell that this node lives; trying again');
    } finally {
      running = false;
    }
  }, BEAT_MS);
  return () => clearInterval(timer);
};

/** Forgets this node, so that others need not wait for its silence. */
export const leaveCluster = () => query('delete from nodes where id = $1', [nodeId]).then(() => undefined);
