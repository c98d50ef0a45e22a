import { config } from '../platform/config.ts';
import { query } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { eventsPutOff, outboxLagSeconds } from '../platform/metrics.ts';
import { COLUMNS, type Committed } from './committed.ts';

/**
 * Brings committed events to this node's sockets: each once, each stream in version order.
 *
 * An event comes by up to three ways: from memory when it committed here, from another node as a hint, and always
 * from the tail, which reads the `events` table itself. Whichever is first delivers it, the others find it done.
 * An event that comes too early makes the dispatcher fetch those before it: they are committed, since a later version
 * can only be given once the earlier one is.
 */

type Deliver = (event: Committed) => void;
let deliver: Deliver = () => {};
let onDurable: (stream: string, version: number) => void = () => {};

/** Sets what is done with each event, and who hears of heads that the database confirmed. */
export const startDelivering = (handlers: { deliver: Deliver; headMoved: typeof onDurable }) => {
  deliver = handlers.deliver;
  onDurable = handlers.headMoved;
};

/** Streams whose last delivered version is remembered; a forgotten one costs a query when it moves again. */
const MAX_POSITIONS = 100_000;
const positions = new Map<string, number>();
const setPosition = (stream: string, version: number) => {
  positions.delete(stream);
  positions.set(stream, version);
  if (positions.size > MAX_POSITIONS) positions.delete(positions.keys().next().value!);
};

type Cursor = { xid: string; id: number };
let cursor: Cursor | null = null;
/** Where the tail must start again, because something it read could not be delivered. */
let rewindTo: Cursor | null = null;
const isPast = (event: Cursor, position: Cursor) => {
  const a = BigInt(event.xid);
  const b = BigInt(position.xid);
  return a < b || (a === b && event.id <= position.id);
};
const rewind = (from: Cursor | null) => {
  if (from && (!rewindTo || isPast(from, rewindTo))) rewindTo = from;
};

const hand = (event: Committed) => {
  try {
    deliver(event);
  } catch (error) {
    // One event that cannot be rendered must not stop those behind it.
    log.error({ err: error, type: event.type, stream: event.stream }, 'an event could not be delivered');
  }
};

// Notices have no version to be known by: remembered by id until the tail is safely past them.
const notices = new Map<number, { xid: string; at: number }>();
const acceptNotice = (event: Committed) => {
  if (notices.has(event.id)) return;
  notices.set(event.id, { xid: event.xid, at: Date.now() });
  hand(event);
};
const forgetNotices = (position: Cursor) => {
  const before = Date.now() - 60_000;
  for (const [id, { xid, at }] of notices) {
    if (at > before) break;
    if (isPast({ xid, id }, position)) notices.delete(id);
  }
};

/**
 * Streams for which something is being fetched, with what came meanwhile: at most DISPATCH_MAX_WAITING events of all of
 * them. What comes above that is put off: the tail brings it again.
 */
const waiting = new Map<string, Committed[]>();
let waitingCount = 0;

const wait = (event: Committed, queue: Committed[]) => {
  if (waitingCount >= config.DISPATCH_MAX_WAITING) {
    eventsPutOff.inc();
    rewind(cursor);
    return;
  }
  waitingCount += 1;
  queue.push(event);
};

const fetchBefore = (event: Committed, known: number | undefined, from: Cursor | null) =>
  known === undefined
    ? // First heard of here: what the tail has not passed yet was perhaps not delivered yet.
      query<Committed>(
        `select ${COLUMNS} from events
         where stream = $1 and version < $2 and (xid, id) > ($3::xid8, $4) order by version`,
        [event.stream, event.version, from!.xid, from!.id],
      )
    : query<Committed>(
        `select ${COLUMNS} from events where stream = $1 and version > $2 and version < $3 order by version`,
        [event.stream, known, event.version],
      );

const fillGap = async (event: Committed) => {
  const stream = event.stream!;
  const queue: Committed[] = [];
  const from = cursor;
  waiting.set(stream, queue);
  try {
    const before = await fetchBefore(event, positions.get(stream), from);
    for (const earlier of [...before, event]) {
      setPosition(stream, earlier.version!);
      hand(earlier);
    }
  } catch (error) {
    // The database is away. The tail brings all of them, in order, once it is back.
    rewind(from);
    log.warn({ err: error, stream }, 'events are delayed until the database answers');
    waitingCount -= queue.length;
    queue.length = 0;
  }
  waiting.delete(stream);
  waitingCount -= queue.length;
  for (const next of queue) accept(next);
};

/** Delivers an event unless that was done, after those before it. */
export const accept = (event: Committed): void => {
  if (event.stream === null || event.version === null) {
    acceptNotice(event);
    return;
  }
  const queue = waiting.get(event.stream);
  if (queue) {
    wait(event, queue);
    return;
  }
  const position = positions.get(event.stream) ?? (event.version === 1 || !cursor ? event.version - 1 : undefined);
  if (position === undefined) void fillGap(event);
  else if (event.version === position + 1) {
    setPosition(event.stream, event.version);
    hand(event);
  } else if (event.version > position + 1) void fillGap(event);
};

const PAGE = 1_000;

/** By what the tail knows an event; `at` in milliseconds. Nearly all were delivered from memory, and are not read whole. */
type Mark = Pick<Committed, 'id' | 'xid' | 'stream' | 'version'> & { at: number; final: boolean; snapshot: string };

const wasDelivered = ({ id, stream, version }: Mark) =>
  stream === null ? notices.has(id) : version! <= (positions.get(stream) ?? 0);

const readUndelivered = async (marks: Mark[]): Promise<Committed[]> => {
  const ids = marks.filter((mark) => !wasDelivered(mark)).map(({ id }) => id);
  if (ids.length === 0) return [];
  return query<Committed>(`select ${COLUMNS} from events where id = any($1) order by events.xid, id`, [ids]);
};

/** All that was committed at the moment of this snapshot, beyond the cursor too, was handed on. */
let seen: string | null = null;

/**
 * Reads what committed since the last call. The cursor passes only rows below the oldest transaction that still runs in
 * this PostgreSQL, be it another database's: before those no number can appear any more. What stands beyond is handed on
 * as soon as it can be seen, too: a long transaction of somebody else delays nothing. It is read once more when it is final.
 */
const readTail = async (): Promise<void> => {
  if (!cursor) {
    const [row] = await query<{ xid: string }>('select pg_snapshot_xmin(pg_current_snapshot())::text as xid');
    cursor = { xid: row!.xid, id: 0 };
    return;
  }
  if (rewindTo) {
    cursor = rewindTo;
    rewindTo = null;
    seen = null;
  }
  let position: Cursor = cursor;
  // Of the first page: what commits while the next ones are read may stand before them, and be final.
  let snapshot: string | null = null;
  let lag = 0;
  for (;;) {
    const rows: Mark[] = await query<Mark>(
      `select events.id, events.xid::text as xid, stream, version, extract(epoch from at)::float8 * 1000 as at,
         xid < pg_snapshot_xmin(coalesce($4::pg_snapshot, s.now)) as final, s.now::text as snapshot
       from events cross join (select pg_current_snapshot() as now) s
       where (xid, id) > ($1::xid8, $2)
         and ($3::pg_snapshot is null or xid < pg_snapshot_xmin(s.now) or not pg_visible_in_snapshot(xid, $3::pg_snapshot))
       order by events.xid, events.id limit ${PAGE}`,
      [position.xid, position.id, seen, snapshot],
    );
    for (const event of await readUndelivered(rows)) accept(event);
    snapshot ??= rows[0]?.snapshot ?? null;
    const final = rows.filter((row) => row.final);
    for (const { stream, version } of final) if (stream !== null) onDurable(stream, version!);
    const last = final.at(-1);
    if (last) {
      cursor = { xid: last.xid, id: last.id };
      lag = Math.max(0, (Date.now() - last.at) / 1000);
    }
    // What was put off is read again after a pause, not at once.
    if (rows.length < PAGE || rewindTo) break;
    const end = rows.at(-1)!;
    position = { xid: end.xid, id: end.id };
  }
  outboxLagSeconds.set(lag);
  if (rewindTo) return;
  seen = snapshot ?? seen;
  forgetNotices(cursor);
};

/** Without Redis this is how late another node's event may be; the promise is 2 s. */
const TAIL_MS = 500;

/** Starts reading the tail; resolves once its position is known, so that nothing that commits later is missed. */
export const startTail = async (): Promise<() => Promise<void>> => {
  await readTail();
  let stopped = false;
  let failing = false;
  let wake: () => void = () => {};
  const loop = (async () => {
    while (!stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, TAIL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (stopped) break;
      try {
        await readTail();
        if (failing) log.info('the tail of the events table is read again');
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'the tail of the events table cannot be read; trying again');
        failing = true;
      }
    }
  })();
  return async () => {
    stopped = true;
    wake();
    await loop;
  };
};
