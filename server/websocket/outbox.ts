import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { mirrorLagSeconds } from '../platform/metrics.ts';
import { COLUMNS, type Committed } from './committed.ts';
import { nodeId } from './nodes.ts';

/**
 * Brings durable events to a service elsewhere: at least once, in the order of commit, across restarts and while it is
 * down. How far it has come is a row in `mirrors`; of several nodes the one that holds the row's lease goes on from
 * there. Notices and ephemeral events are not part of it.
 */

type Mirror = {
  name: string;
  /** Only streams that begin so; '' for all. */
  prefix: string;
  /**
   * Delivers some events in their order; throws where it could not be brought to take them. Before each thing it sends it
   * calls `requireLease`, which throws once another node may have taken over: one that was frozen sends nothing old.
   */
  deliver: (events: Committed[], requireLease: () => void) => Promise<void>;
};

const PAGE = 200;
const EVERY_MS = 500;
/** Another node takes over this long after the holder died; one that lives renews it, also while it delivers. */
const LEASE_SECONDS = 8;
const RENEW_MS = 2_000;
const MAX_WAIT_MS = 30_000;

type Cursor = { xid: string; id: number };

/** Takes the lease, or keeps it; undefined while another node has it. A new mirror starts with what comes from now on. */
const claim = async (name: string): Promise<Cursor | undefined> => {
  await query(
    `insert into mirrors (name, xid, id) select $1, pg_snapshot_xmin(pg_current_snapshot()), 0
     where not exists (select 1 from mirrors where name = $1) on conflict do nothing`,
    [name],
  );
  const [row] = await query<Cursor>(
    `update mirrors set holder = $2, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     where name = $1 and (holder = $2 or lease_until < clock_timestamp()) returning xid::text as xid, id`,
    [name, nodeId],
  );
  return row;
};

/** A lease as this process knows it. Its clock goes on while the process is frozen. */
const createLease = (name: string) => {
  let heldUntil = 0;
  return {
    /** Takes or keeps it; see `claim`. Counted from before the question: the database's lease can only end later. */
    renew: async (): Promise<Cursor | undefined> => {
      const asked = performance.now();
      const position = await claim(name);
      heldUntil = position ? asked + LEASE_SECONDS * 1000 : 0;
      return position;
    },
    require: (): void => {
      if (performance.now() >= heldUntil) throw new Error('another node may have taken the mirror over');
    },
  };
};

const advance = ({ name }: Mirror, { xid, id }: Cursor) =>
  query('update mirrors set xid = $2::xid8, id = $3 where name = $1 and holder = $4', [name, xid, id, nodeId]);

const release = (name: string) =>
  query("update mirrors set holder = null, lease_until = '-infinity' where name = $1 and holder = $2", [name, nodeId]);

/** One page. Answers whether there may be more. */
const forward = async (mirror: Mirror): Promise<boolean> => {
  const lease = createLease(mirror.name);
  const from = await lease.renew();
  if (!from) {
    // Another node serves it, and says how far it is.
    mirrorLagSeconds.remove({ mirror: mirror.name });
    return false;
  }
  const events = await query<Committed>(
    `select ${COLUMNS} from events
     where (xid, id) > ($1::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
     order by events.xid, events.id limit ${PAGE}`,
    [from.xid, from.id],
  );
  const last = events.at(-1);
  const oldest = events[0]?.at.getTime() ?? Date.now();
  mirrorLagSeconds.set({ mirror: mirror.name }, Math.max(0, Date.now() - oldest) / 1000);
  if (!last) return false;
  const mine = events.filter(({ stream }) => stream?.startsWith(mirror.prefix));
  const renewal = setInterval(() => lease.renew().catch(() => {}), RENEW_MS);
  try {
    if (mine.length > 0) await mirror.deliver(mine, lease.require);
  } finally {
    clearInterval(renewal);
  }
  await advance(mirror, last);
  return events.length === PAGE;
};

const running = new Set<Mirror>();

/** The mirrors that this server serves, alone or with other nodes. */
export const runningMirrors = (): Pick<Mirror, 'name' | 'prefix'>[] => [...running];

export type RunningMirror = { state: () => 'up' | 'down'; stop: () => Promise<void> };

/** Starts to bring events to `mirror`; what cannot be delivered is tried again, with longer and longer waits. */
export const startMirror = (mirror: Mirror): RunningMirror => {
  let stopped = false;
  let failures = 0;
  let wake = () => {};
  running.add(mirror);
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = (async () => {
    while (!stopped) {
      try {
        while (!stopped && (await forward(mirror)));
        if (failures > 0) log.info({ mirror: mirror.name }, 'the mirror takes events again');
        failures = 0;
      } catch (error) {
        if (failures === 0) log.warn({ err: error, mirror: mirror.name }, 'the mirror is behind; trying again');
        failures += 1;
      }
      if (!stopped) await pause(failures === 0 ? EVERY_MS : Math.min(EVERY_MS * 2 ** failures, MAX_WAIT_MS));
    }
    // What this node committed last goes out with it; a service that is away gets it from the next.
    if (failures === 0) await forward(mirror).catch(() => {});
    await release(mirror.name).catch(() => {});
  })();
  return {
    state: () => (failures === 0 ? 'up' : 'down'),
    stop: async () => {
      stopped = true;
      wake();
      await loop;
      running.delete(mirror);
    },
  };
};
