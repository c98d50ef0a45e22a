import { query } from '../platform/database.ts';
import { runningMirrors } from './outbox.ts';

/** A stream keeps its last events whatever their age. */
const KEPT_EVENTS = 50;

/**
 * Removes events older than `hours`, a bounded number at a time. Answers how many went, and of those that a mirror of
 * this server had yet to take how many for each: a service that is away for longer than events are kept misses some.
 */
export const dropOldEvents = async (hours: number): Promise<{ count: number; unseen: Map<string, number> }> => {
  const mirrors = runningMirrors();
  const rows = await query<{ mirror: string | null; count: number }>(
    `with old as (
       select e.id from events e left join streams s on s.name = e.stream
       where e.at < now() - make_interval(hours => $1) and (e.stream is null or e.version <= s.version - $2)
       limit 5000
     ), gone as (delete from events where id in (select id from old) returning xid, id, stream)
     select null as mirror, count(*)::int as count from gone
     union all
     select m.name, count(*)::int from gone
       join unnest($3::text[], $4::text[]) as running(name, prefix) on starts_with(gone.stream, running.prefix)
       join mirrors m on m.name = running.name and (gone.xid, gone.id) > (m.xid, m.id)
     group by m.name`,
    [hours, KEPT_EVENTS, mirrors.map(({ name }) => name), mirrors.map(({ prefix }) => prefix)],
  );
  return {
    count: rows.find(({ mirror }) => mirror === null)!.count,
    unseen: new Map(rows.flatMap(({ mirror, count }) => (mirror === null ? [] : [[mirror, count] as const]))),
  };
};
