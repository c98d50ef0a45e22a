import { afterCommit, inTransaction, query, transaction } from '../platform/database.ts';
import { eventsPublished } from '../platform/metrics.ts';
import type { Committed } from './committed.ts';

/**
 * Records events beside the change that caused them. Called inside a `transaction()` they are broadcast when it
 * commits and never when it rolls back; called outside one they open their own.
 */

type Event = {
  namespace?: string;
  /** Everybody in any of these rooms gets one copy. */
  rooms: string[];
  type: string;
  /** What JSON can say; not changed any more by who hands it over. */
  payload: Record<string, unknown>;
};

/** What only the database knows of an event. The rest is not read back: parsing it cost more than all else here. */
const GIVEN = 'id, xid::text as xid, version, at';
type Given = Pick<Committed, 'id' | 'xid' | 'version' | 'at'>;

let broadcast: (event: Committed) => void = () => {};
/** The dispatcher takes what commits on this node. Set once at start, so that domains need not know it. */
export const onCommitted = (listener: typeof broadcast) => {
  broadcast = listener;
};

/** An event of this node. Each field is named, so that all are of one shape for the engine, and none is copied twice. */
const toCommitted = (
  { id, xid, version, at }: Given,
  { stream = null, namespace = '/', rooms, type, payload }: Event & { stream?: string | null },
): Committed => ({ id, xid, stream, version, namespace, rooms, type, payload, at, way: 'here' });

const broadcastLater = (events: Committed[]) =>
  afterCommit(() => {
    const counts = new Map<string, number>();
    for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [type, count] of counts) eventsPublished.inc({ type }, count);
    for (const event of events) broadcast(event);
  });

const record = async (event: Event & { stream?: string }, sql: string, parameters: unknown[]): Promise<Given> => {
  const [given] = await query<Given>(sql, parameters);
  broadcastLater([toCommitted(given!, event)]);
  return given!;
};

const inOne = <Result>(work: () => Promise<Result>) => (inTransaction() ? work() : transaction(work));

/**
 * Records a durable event with the stream's next version: 1, 2, 3 … The stream's row stays locked until the
 * transaction ends, so versions commit in order. Answers the version.
 */
export const publish = (event: Event & { stream: string }): Promise<number> =>
  inOne(async () => {
    const { stream, namespace = '/', rooms, type, payload } = event;
    const { version } = await record(
      event,
      `with head as (
         insert into streams (name, version) values ($1, 1)
         on conflict (name) do update set version = streams.version + 1
         returning version
       )
       insert into events (stream, version, namespace, rooms, type, payload)
       select $1, head.version, $2, $3, $4, $5 from head
       returning ${GIVEN}`,
      [stream, namespace, rooms, type, JSON.stringify(payload)],
    );
    return version!;
  });

/** Records a notice for lists: sent after commit with the same certainty, with no version. */
export const publishNotice = (event: Event): Promise<void> =>
  inOne(async () => {
    const { namespace = '/', rooms, type, payload } = event;
    await record(
      event,
      `insert into events (namespace, rooms, type, payload) values ($1, $2, $3, $4) returning ${GIVEN}`,
      [namespace, rooms, type, JSON.stringify(payload)],
    );
  });

const toInput = ({ stream, namespace = '/', rooms, type, payload }: Event & { stream?: string }, n: number) => {
  return { n, stream, namespace, rooms, type, payload };
};

/**
 * Records many events in one statement: durable ones, as `publish` does, those of one stream with consecutive versions,
 * and notices, which name no stream. Answers the last version of each stream.
 */
export const publishEach = async (events: (Event & { stream?: string })[]): Promise<Map<string, number>> => {
  if (events.length === 0) return new Map();
  return inOne(async () => {
    const given = await query<Given>(
      `with input as (
         select * from jsonb_to_recordset($1) as t(n int, stream text, namespace text, rooms text[], type text, payload jsonb)
       ), head as (
         insert into streams (name, version)
         select stream, count(*) from input where stream is not null group by stream order by stream
         on conflict (name) do update set version = streams.version + excluded.version
         returning name, version
       )
       insert into events (stream, version, namespace, rooms, type, payload)
       select i.stream, head.version + 1 - row_number() over (partition by i.stream order by i.n desc), i.namespace, i.rooms, i.type, i.payload
       from input i left join head on head.name = i.stream order by i.n
       returning ${GIVEN}`,
      [JSON.stringify(events.map(toInput))],
    );
    // Recorded in the order in which they were named.
    const recorded = events.map((event, n) => toCommitted(given[n]!, event));
    broadcastLater(recorded);
    return new Map(recorded.flatMap(({ stream, version }) => (stream === null ? [] : [[stream, version!]])));
  });
};

/** Records many notices in one statement. */
export const publishNotices = async (notices: Event[]): Promise<void> => {
  await publishEach(notices);
};
